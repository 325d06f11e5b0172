"""Everything that can be asked for: an input becomes a command."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import strawberry
from strawberry import ID

from api.checks import or_none
from api.context import Info
from api.describe_inputs import DescribeDatasetInput
from api.fields import mutation
from api.imports import ImportDatasetInput
from api.inputs import (
    CancelJobInput,
    DownloadDatasetInput,
    ExportTokenizationInput,
    IndexDatasetInput,
    RetryJobInput,
    TokenizeDatasetInput,
)
from api.keeping import Keeping
from api.payloads import (
    CancelJobPayload,
    DeleteDatasetPayload,
    DeletePresetPayload,
    DescribeDatasetPayload,
    DownloadDatasetPayload,
    ExportTokenizationPayload,
    ImportDatasetPayload,
    IndexDatasetPayload,
    Prepared,
    RestoreDatasetPayload,
    RetryJobPayload,
    SavePresetPayload,
    TokenizeDatasetPayload,
    UploadDatasetPayload,
    carry_out,
    carry_out_on_dataset,
)
from api.prepared import dataset_key, prepare_tokenization, preset_key, row_of
from api.preset_inputs import DeletePresetInput, SavePresetInput
from api.secrets import gone_secret
from api.taken_uploads import prepare_upload
from api.trash_inputs import DeleteDatasetInput, RestoreDatasetInput
from api.uploads import UploadDatasetInput
from domain.commands import CancelJob, DeletePreset, RetryJob
from domain.exports import export_id, export_job_id
from domain.trash import purge_job_id

What = strawberry.argument(description="What is asked for.")
Cancel = Annotated[CancelJobInput, What]
Delete = Annotated[DeletePresetInput, What]
Describe = Annotated[DescribeDatasetInput, What]
Download = Annotated[DownloadDatasetInput, What]
Index = Annotated[IndexDatasetInput, What]
Export = Annotated[ExportTokenizationInput, What]
Import = Annotated[ImportDatasetInput, What]
Restore = Annotated[RestoreDatasetInput, What]
Retry = Annotated[RetryJobInput, What]
Save = Annotated[SavePresetInput, What]
Tokenize = Annotated[TokenizeDatasetInput, What]
Trash = Annotated[DeleteDatasetInput, What]
Upload = Annotated[UploadDatasetInput, What]


@strawberry.type(description="Everything that can be asked for.")
class Mutation(Keeping):
    @mutation("Bring a dataset from the Hub: fetch its files, check them, count them, and make it browsable.")
    async def download_dataset(self, info: Info, input: Download) -> DownloadDatasetPayload:
        async def prepare() -> Prepared:
            ids = {"dataset": str(uuid4()), "job": str(uuid4())}
            return input.command(ids["dataset"], ids["job"]), ids

        return await carry_out(info, DownloadDatasetPayload, input, prepare)

    @mutation(
        "Make a dataset of a file that comes with this request, or was sent to `/uploads`: check it, count it, and "
        "make it browsable. An upload becomes one dataset; asked for again, it is a duplicate."
    )
    async def upload_dataset(self, info: Info, input: Upload) -> UploadDatasetPayload:
        async def prepare() -> Prepared:
            return await info.context.threads.run(prepare_upload, info.context.adapters, input)

        return await carry_out(info, UploadDatasetPayload, input, prepare)

    @mutation(
        "Make a dataset of files of this machine, below the folder of MISTUDIO_IMPORTS: copy them, check them, count "
        "them, and make them browsable. What is done to the files afterwards is done to them alone."
    )
    async def import_dataset(self, info: Info, input: Import) -> ImportDatasetPayload:
        async def prepare() -> Prepared:
            ids = {"dataset": str(uuid4()), "job": str(uuid4())}
            imports = info.context.adapters.settings.imports
            return await info.context.threads.run(input.command, imports, ids["dataset"], ids["job"]), ids

        return await carry_out(info, ImportDatasetPayload, input, prepare)

    @mutation("Say of a dataset what it is called, tagged, noted and read as. What is so already is no change.")
    async def describe_dataset(self, info: Info, input: Describe) -> DescribeDatasetPayload:
        return await carry_out_on_dataset(info, DescribeDatasetPayload, input)

    @mutation(
        "Build the search index of a ready dataset anew; until then searches go on as they are. Where it is being "
        "built, that is the answer, as a replay."
    )
    async def index_dataset(self, info: Info, input: Index) -> IndexDatasetPayload:
        async def prepare() -> Prepared:
            ids = {"dataset": dataset_key(input.dataset_id), "job": str(uuid4())}
            return input.command(ids["dataset"], ids["job"]), ids

        return await carry_out(info, IndexDatasetPayload, input, prepare)

    @mutation(
        "Tokenize a ready dataset. Where the very same is being made or is ready, that is the answer, as a replay."
    )
    async def tokenize_dataset(self, info: Info, input: Tokenize) -> TokenizeDatasetPayload:
        async def prepare() -> Prepared:
            return await prepare_tokenization(info, input)

        return await carry_out(info, TokenizeDatasetPayload, input, prepare)

    @mutation(
        "Write the tokens of a ready tokenization as files to be taken away. Asked for again, it is the export that is "
        "here; one that failed goes on, one that was cancelled begins anew."
    )
    async def export_tokenization(self, info: Info, input: Export) -> ExportTokenizationPayload:
        async def prepare() -> Prepared:
            row = await row_of(info.context.tokenizations, "Tokenization", input.tokenization_id, "tokenizationId")
            ids = {"tokenization": row["id"], "dataset": row["dataset_id"]}
            ids["export"] = export_id(row["id"], input.format.value)
            ids["job"] = export_job_id(row["id"], input.format.value)
            return input.command(ids), ids

        return await carry_out(info, ExportTokenizationPayload, input, prepare)

    @mutation("Stop a job; what it has made so far goes away.")
    async def cancel_job(self, info: Info, input: Cancel) -> CancelJobPayload:
        async def prepare() -> Prepared:
            ids = await _job_and_dataset(info, input.job_id)
            return CancelJob(dataset_id=ids["dataset"], job_id=ids["job"]), ids

        return await carry_out(info, CancelJobPayload, input, prepare)

    @mutation("Go on with a job that failed, or begin one anew that was cancelled.")
    async def retry_job(self, info: Info, input: Retry) -> RetryJobPayload:
        async def prepare() -> Prepared:
            ids = await _job_and_dataset(info, input.job_id)
            gone = await info.context.threads.run(gone_secret, info.context.adapters, ids["dataset"], ids["job"])
            return RetryJob(dataset_id=ids["dataset"], job_id=ids["job"], gone=gone), ids

        return await carry_out(info, RetryJobPayload, input, prepare)

    @mutation(
        "Move a dataset to the trash, from where it can be restored; with `purge`, remove it and all that was made of "
        "it for good. One that jobs work on is in use: cancel them, or wait. The job that builds its search index is "
        "stopped, and goes on when it is restored. A purge that failed goes on."
    )
    async def delete_dataset(self, info: Info, input: Trash) -> DeleteDatasetPayload:
        async def prepare() -> Prepared:
            command = input.command(dataset_key(input.dataset_id))
            ids = {"dataset": command.dataset_id}
            return command, ids | ({"job": purge_job_id(command.dataset_id)} if command.purge else {})

        return await carry_out(info, DeleteDatasetPayload, input, prepare)

    @mutation(
        "Bring a dataset back from the trash, with all that was made of it. Refused where the same data has been "
        "brought here again meanwhile."
    )
    async def restore_dataset(self, info: Info, input: Restore) -> RestoreDatasetPayload:
        return await carry_out_on_dataset(info, RestoreDatasetPayload, input)

    @mutation("Keep a tokenizer and a recipe under a name.")
    async def save_preset(self, info: Info, input: Save) -> SavePresetPayload:
        async def prepare() -> Prepared:
            kept = or_none(input.preset_id)
            preset_id = str(uuid4()) if kept is None else preset_key(kept)
            return input.command(preset_id, is_new=kept is None), {"preset": preset_id}

        return await carry_out(info, SavePresetPayload, input, prepare)

    @mutation("Forget a preset. What was tokenized with it stays as it is.")
    async def delete_preset(self, info: Info, input: Delete) -> DeletePresetPayload:
        async def prepare() -> Prepared:
            preset_id = preset_key(input.preset_id)
            return DeletePreset(preset_id=preset_id), {"preset": preset_id}

        return await carry_out(info, DeletePresetPayload, input, prepare)


async def _job_and_dataset(info: Info, job_id: ID) -> dict[str, str]:
    row = await row_of(info.context.jobs, "Job", job_id, "jobId")
    return {"job": row["id"], "dataset": row["dataset_id"]}
