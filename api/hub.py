"""A repository of the Hub before it is downloaded: what the questions process finds out, and what is here of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from api import checks
from api.checks import checked, together
from api.context import Info
from api.errors import bad_request
from api.fields import resolved
from api.scalars import BigInt
from api.types import Dataset, dataset
from api.values import JobError, error_from, from_json
from domain.adapters import views
from domain.adapters.questions import job_error

Repository = Annotated[str, strawberry.argument(description='The repository, as "owner/name" or "name".')]
Revision = Annotated[str | None, strawberry.argument(description='A branch, tag or commit; "main" when left out.')]
AccessToken = Annotated[
    str | None,
    strawberry.argument(description="A token of the Hub, for what not everybody may read: forgotten with the answer."),
]


@strawberry.type(description="A split of a config.")
class HubSplit:
    name: str = strawberry.field(description="The name of the split.")
    file_count: int = strawberry.field(description="How many files it has.")
    size_bytes: BigInt | None = strawberry.field(description="How large they are at the Hub.")


@strawberry.type(description="A config: one way to read a repository.")
class HubConfig:
    name: str = strawberry.field(description="The name of the config.")
    is_default: bool = strawberry.field(description="Whether it is the one that a download without a config takes.")
    splits: list[HubSplit] = strawberry.field(description="Its splits, in the order of the source: the first 50.")
    split_count: int | None = strawberry.field(
        description="How many splits it has. Null where they were not looked up: they are for the 50 first configs, "
        "as far as five seconds last, of repositories with at most 10,000 files."
    )
    size_bytes: BigInt | None = strawberry.field(description="What a download of it fetches: every file once.")
    error: JobError | None = strawberry.field(description="Why it cannot be downloaded, where that is known.")


@strawberry.type(description="A repository of the Hub, looked at before anything is fetched.")
class HubDataset:
    repository: str = strawberry.field(description="The repository; by its new name where the Hub has another one.")
    commit: str | None = strawberry.field(description="The commit that the revision stands for now.")
    gated: bool | None = strawberry.field(description="Whether one has to ask for access; null where it is not known.")
    private: bool | None = strawberry.field(
        description="Whether only some know that it exists; null where it is not known."
    )
    accessible: bool = strawberry.field(description="Whether its files can be read, with the token that was given.")
    license: str | None = strawberry.field(description="The license that its card names.")
    card: str | None = strawberry.field(description="The text of its README: the first 20,000 characters.")
    card_truncated: bool = strawberry.field(description="Whether the README goes on after that.")
    configs: list[HubConfig] = strawberry.field(
        description="Its configs, the default one first: 1,000 at most. Also told, from the head of the card, "
        "where access has yet to be asked for."
    )
    config_count: int | None = strawberry.field(description="How many configs it has; null where it is not known.")
    size_bytes: BigInt | None = strawberry.field(description="How large all its files are together.")
    free_bytes: BigInt = strawberry.field(
        description="How much a download may use: what the disk has free without its reserve, within the quota."
    )
    error: JobError | None = strawberry.field(
        description="Why it cannot be downloaded as it is, or why this is not all; what is known is told all the same."
    )
    existing_names: strawberry.Private[tuple[str, ...]]

    @resolved(
        "What is here of it already, whatever became of it, but what is in the trash: last used first, 100 at most."
    )
    async def existing(self, info: Info) -> list[Dataset]:
        found = await info.context.view(views.datasets_of_repository_view, self.existing_names)
        return [dataset(row) for row in found]


async def look_up(info: Info, repository: str, revision: str | None, token: str | None) -> HubDataset:
    """The repository as the Hub tells of it now. What is wrong with what was asked is an error of the answer, too."""
    if info.context.by_get:
        raise bad_request("Ask by POST: addresses are kept in logs and histories, and a token has no place there.")
    wrong = together(
        checked(repository, checks.repository, "repository"),
        checked(revision, checks.revision, "revision"),
        checked(token, checks.token, "accessToken"),
    )
    free = await info.context.threads.run(info.context.adapters.free_bytes)
    if wrong:
        error = job_error(wrong[0].code, wrong[0].message)
        return _hub_dataset({"repository": checks.without_secrets(repository), "error": error}, free)
    asked = {"repository": repository, "revision": revision or "main"}
    answer = {"repository": repository, **await info.context.asking.ask("hub_dataset", token, **asked)}
    return _hub_dataset(answer, free, (repository, answer["repository"]))


def _hub_dataset(answer: Mapping[str, Any], free_bytes: int, existing: tuple[str, ...] = ()) -> HubDataset:
    return from_json(
        HubDataset,
        answer,
        accessible=answer.get("accessible", False),
        card_truncated=answer.get("cardTruncated", False),
        configs=[_config(config) for config in answer.get("configs", ())],
        free_bytes=BigInt(free_bytes),
        error=error_from(answer.get("error")),
        existing_names=existing,
    )


def _config(config: Mapping[str, Any]) -> HubConfig:
    splits = [from_json(HubSplit, split) for split in config["splits"]]
    return from_json(HubConfig, config, splits=splits, error=error_from(config["error"]))
