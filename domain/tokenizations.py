"""What may be asked of the tokenizations of a dataset, and when two of them are the same work."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain import commands as ask
from domain import events as past
from domain.conservation import check_conservation
from domain.dataset import Dataset, DatasetStatus, Earlier, Tokenization, data_of, recipe_hash
from domain.errors import ErrorCode, Refused
from domain.jobs import WORKABLE, Job, JobKind, JobStatus
from domain.recipe import Recipe, columns_of, conflicts, meant
from domain.tokenization_commands import CompleteTokenization, PinTokenization, TokenizeDataset
from domain.tokenization_events import TokenizationCompleted, TokenizationPinned, TokenizationRequested

Meaning = tuple[str, Recipe, str]
"""A tokenizer, a recipe in which nothing of the dataset is left open, and a revision."""

OF_TOKENS = frozenset({JobKind.TOKENIZE, JobKind.EXPORT})
STANDING = WORKABLE | {JobStatus.SUCCEEDED}


def earlier_tokenization(state: Dataset | None, command: ask.DatasetCommand) -> Earlier | None:
    """The tokenization that was asked for before with the same tokenizer and recipe, in whatever words; or that has
    come to what is asked for now."""
    if state is None or not isinstance(command, TokenizeDataset):
        return None
    asked = _asked(state, command)
    same = next((one for one in _standing(state) if asked in _meanings(state, one)), None)
    if same is None:
        return None
    return Earlier(same.version, {"dataset": state.id, "tokenization": same.id, "job": same.job_id})


def request_tokenization(state: Dataset, command: TokenizeDataset) -> Sequence[past.Event]:
    """None where the same one runs or is ready."""
    if state.status != DatasetStatus.READY:
        raise Refused(
            ErrorCode.NOT_READY,
            f"Only a READY dataset is tokenized; this one is {state.status}.",
            "datasetId",
        )
    if command.tokenization_id in state.tokenizations or command.job_id in state.jobs:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This tokenization exists already.", status=state.status)
    for conflict in conflicts(command.recipe):
        raise conflict
    _check_splits(state, command.recipe)
    _check_columns(state, command.recipe)
    if earlier_tokenization(state, command) is not None:
        return []
    asked = _asked(state, command)
    return [
        TokenizationRequested(
            tokenization_id=command.tokenization_id,
            job_id=command.job_id,
            tokenizer=command.tokenizer,
            revision=command.revision,
            recipe=dict(command.recipe),
            recipe_hash=recipe_hash(*asked, data_of(state)),
            secret=command.secret,
        )
    ]


def pin_tokenization(state: Dataset, mine: Tokenization, command: PinTokenization) -> Sequence[past.Event]:
    """None where it is pinned. DUPLICATE_DATASET where another one turns out to be the same."""
    if mine.commit is not None and mine.commit != command.tokenizer_commit:
        raise Refused(
            ErrorCode.TOKENIZATION_FAILED,
            f"The tokenizer is no longer the one that this run began with ({mine.commit[:12]}): tokenize again.",
        )
    if mine.commit is not None:
        return []
    pinned = recipe_hash("", command.recipe, data_of(state), command.tokenizer_commit)
    _refuse_same(one for one in _standing(state) if one.id != mine.id and one.pinned_hash == pinned)
    return [
        TokenizationPinned(
            tokenization_id=mine.id,
            job_id=mine.job_id,
            tokenizer_commit=command.tokenizer_commit,
            recipe=dict(command.recipe),
            recipe_hash=pinned,
            vocabulary_size=command.vocabulary_size,
            plan=None if command.plan is None else dict(command.plan),
            tokenizer=mine.tokenizer,
        )
    ]


def complete_tokenization(mine: Tokenization, command: CompleteTokenization) -> Sequence[past.Event]:
    """Refuses figures that do not add up."""
    check_conservation(command.statistics)
    return [
        TokenizationCompleted(
            tokenization_id=mine.id,
            job_id=mine.job_id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            sums_sha256=command.sums_sha256,
            statistics=dict(command.statistics),
            tokenizer=mine.tokenizer,
        )
    ]


def check_retry(state: Dataset, job: Job) -> None:
    """NOT_FOUND where what the job would make was deleted, INVALID_TRANSITION where it would go on with other data than
    it began with, DUPLICATE_DATASET where it was asked for again meanwhile."""
    if job.kind not in OF_TOKENS or job.tokenization_id is None:
        return
    if job.tokenization_id not in state.tokenizations:
        message = "The tokenization of this job was deleted: ask for it anew with tokenizeDataset."
        raise Refused(ErrorCode.NOT_FOUND, message, "jobId")
    if job.kind != JobKind.TOKENIZE:
        return
    mine = state.tokenizations[job.tokenization_id]
    others = (one for one in _standing(state) if one.id != mine.id)
    begins_anew = job.status == JobStatus.CANCELLED
    if not begins_anew and mine.made_of != data_of(state):
        message = "The data of this dataset has been made again of other files since: tokenize it anew instead."
        raise Refused(ErrorCode.INVALID_TRANSITION, message, status=job.status)
    known = _meanings(state, replace(mine, recipe=mine.asked, commit=None) if begins_anew else mine)
    _refuse_same(one for one in others if any(meaning in known for meaning in _meanings(state, one)))


def _standing(state: Dataset) -> Iterator[Tokenization]:
    """Those that are made or will be, of the data that is here; one that failed or was stopped is in nobody's way."""
    made = (one for one in state.tokenizations.values() if one.made_of == data_of(state))
    return (one for one in made if state.jobs[one.job_id].status in STANDING)


def _refuse_same(found: Iterator[Tokenization]) -> None:
    same = next(found, None)
    if same is not None:
        message = f"The same tokens are made or here already, with {same.tokenizer}."
        raise Refused(ErrorCode.DUPLICATE_DATASET, message, tokenization=same.id)


def _meanings(state: Dataset, one: Tokenization) -> list[Meaning]:
    """What was asked for, and what it has come to: whoever asks for either gets the same."""
    revisions = (one.revision, one.commit or one.revision)
    recipes = [meant(recipe, splits=state.splits, text_column=one.text_column) for recipe in (one.asked, one.recipe)]
    return [(one.tokenizer, recipe, of or "main") for of in revisions for recipe in recipes]


def _asked(state: Dataset, command: TokenizeDataset) -> Meaning:
    """What is asked for, equal for the same in other words. Only tokenizers of the Hub have a revision."""
    recipe = meant(command.recipe, splits=state.splits, text_column=state.text_column)
    return command.tokenizer, recipe, command.revision or "main"


def _check_splits(state: Dataset, recipe: Recipe) -> None:
    unknown = sorted(set(recipe.get("splits") or ()) - set(state.splits))
    if unknown:
        known = ", ".join(state.splits)
        raise Refused(
            ErrorCode.SPLIT_NOT_FOUND,
            f"There is no split {unknown[0]}; there are {known}.",
            "recipe",
            "splits",
        )


def _check_columns(state: Dataset, recipe: Recipe) -> None:
    """COLUMN_NOT_FOUND, COLUMN_NOT_TEXT."""
    chat, columns, template = (recipe.get(name) for name in ("chatColumn", "textColumns", "template"))
    if chat is not None:
        _check_chat(state, chat)
    elif columns is not None:
        for number, name in enumerate(columns):
            _check_text(state, name, "textColumns", str(number))
    elif template is not None:
        for name in columns_of(template):
            _check_text(state, name, "template")
    elif state.text_column is None:
        raise _not_text(state, "This dataset has no text column", "textColumns")


def _check_chat(state: Dataset, name: str) -> None:
    _check_exists(state, name, "chatColumn")
    if state.columns[name]:
        message = f"The column {name} holds texts, not conversations: name it in textColumns."
        raise Refused(ErrorCode.COLUMN_NOT_TEXT, message, "recipe", "chatColumn")


def _check_text(state: Dataset, name: str, *path: str) -> None:
    _check_exists(state, name, *path)
    if not state.columns[name]:
        raise _not_text(state, f"The column {name} holds no text", *path)


def _check_exists(state: Dataset, name: str, *path: str) -> None:
    if name not in state.columns:
        message = f"There is no column {name}; there are {', '.join(state.columns)}."
        raise Refused(ErrorCode.COLUMN_NOT_FOUND, message, "recipe", *path)


def _not_text(state: Dataset, what: str, *path: str) -> Refused:
    known = ", ".join(name for name, is_text in state.columns.items() if is_text) or "none is here"
    return Refused(ErrorCode.COLUMN_NOT_TEXT, f"{what}: name a text column ({known}).", "recipe", *path)
