"""Everything that can be asked for: an input becomes a command."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import strawberry
from strawberry import ID

from api.context import Info
from api.fields import mutation
from api.ids import key_of
from api.inputs import CancelJobInput, DownloadDatasetInput, RetryJobInput, TokenizeDatasetInput
from api.payloads import (
    CancelJobPayload,
    DownloadDatasetPayload,
    Prepared,
    RetryJobPayload,
    TokenizeDatasetPayload,
    UploadDatasetPayload,
    carry_out,
)
from api.secrets import gone_secret
from api.uploads import UploadDatasetInput
from domain.commands import CancelJob, RetryJob
from domain.errors import ErrorCode, Refused

What = strawberry.argument(description="What is asked for.")
Cancel = Annotated[CancelJobInput, What]
Download = Annotated[DownloadDatasetInput, What]
Retry = Annotated[RetryJobInput, What]
Tokenize = Annotated[TokenizeDatasetInput, What]
Upload = Annotated[UploadDatasetInput, What]


@strawberry.type(description="Everything that can be asked for.")
class Mutation:
    @mutation("Bring a dataset from the Hub: fetch its files, check them, count them, and make it browsable.")
    async def download_dataset(self, info: Info, input: Download) -> DownloadDatasetPayload:
        async def prepare() -> Prepared:
            ids = {"dataset": str(uuid4()), "job": str(uuid4())}
            return input.command(ids["dataset"], ids["job"]), ids

        return await carry_out(info, DownloadDatasetPayload, input, prepare)

    @mutation("Make a dataset of a file that comes with this request: check it, count it, and make it browsable.")
    async def upload_dataset(self, info: Info, input: Upload) -> UploadDatasetPayload:
        async def prepare() -> Prepared:
            ids = {"dataset": str(uuid4()), "job": str(uuid4())}
            return input.command(ids["dataset"], ids["job"]), ids

        return await carry_out(info, UploadDatasetPayload, input, prepare)

    @mutation("Tokenize a ready dataset.")
    async def tokenize_dataset(self, info: Info, input: Tokenize) -> TokenizeDatasetPayload:
        async def prepare() -> Prepared:
            dataset_id = key_of("Dataset", input.dataset_id)
            if dataset_id is None:
                raise Refused(ErrorCode.NOT_FOUND, "There is no such dataset.", "datasetId")
            ids = {"dataset": dataset_id, "tokenization": str(uuid4()), "job": str(uuid4())}
            return input.command(dataset_id, ids["tokenization"], ids["job"]), ids

        return await carry_out(info, TokenizeDatasetPayload, input, prepare)

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


async def _job_and_dataset(info: Info, job_id: ID) -> dict[str, str]:
    key = key_of("Job", job_id)
    row = None if key is None else await info.context.jobs.load(key)
    if row is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such job.", "jobId")
    return {"job": row["id"], "dataset": row["dataset_id"]}
