"""How a tokenization is cut: one piece a shard of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.adapters.peaks import beside_shards, tokenizing_bytes
from domain.adapters.pieces import NewPiece
from domain.adapters.reservations import Need
from domain.dataset import Tokenization
from domain.tokenization_commands import CompleteTokenization, FallBackTokenizationEngine, PinTokenization
from workers.runs import Call, Ledger, Run, Task, finished, work_pieces


def _asked(task: Task) -> Tokenization:
    job = task.state.jobs[task.lease.job_id]
    assert job.tokenization_id is not None, "a TOKENIZE job belongs to a tokenization"
    return task.state.tokenizations[job.tokenization_id]


def _folder(task: Task) -> str:
    assert task.state.folder is not None, "only a READY dataset is tokenized"
    return str(task.storage / task.state.folder)


def _tokenizer(task: Task, plan: Mapping[str, Any]) -> str:
    """The pinned tokenizer as the child finds it: a folder of the run, or the name of a built-in one."""
    folder = plan["tokenizerFolder"]
    return str(task.work / folder) if folder else _asked(task).tokenizer


def _source(task: Task) -> dict[str, Any]:
    """Where the dataset is from, as far as it is known."""
    source, pin = task.state.source, task.state.pin
    found = {name: source.get(name) for name in ("repository", "config", "files")}
    return found if pin is None else {**found, "commit": pin.commit, "config": pin.config}


def plan(task: Task) -> Call:
    """Pin the tokenizer, resolve the recipe, cut the rows; a run that was pinned before keeps its commit."""
    asked = _asked(task)
    from_hub = ":" not in asked.tokenizer
    arguments = {
        "folder": _folder(task),
        "text_column": asked.text_column,
        "splits": asked.recipe.get("splits"),
        "tokenizer": asked.tokenizer,
        "revision": asked.commit if asked.commit and from_hub else asked.revision,
        "recipe": asked.recipe,
        "work": str(task.work),
        "tokenizers_root": str(task.settings.tokenizers),
        "shard_bytes": task.settings.shard_bytes,
        "workers": task.settings.workers,
    }
    return Call("plan_tokenization", arguments, task.secret if from_hub else None)


def needs(_task: Task, found: Mapping[str, Any] | None) -> Need | None:
    """By the estimate of the plan. What is packed, or padded to the longest, is put together when all of it is here."""
    if found is None:
        return None
    plan, recipe = found["plan"], found["recipe"]
    rows = sum(piece["stop"] - piece["start"] for piece in found["pieces"])
    needed = tokenizing_bytes(
        plan["sizeBytes"],
        plan["sequenceCount"],
        beside=beside_shards(len(found["pieces"]), found["vocabularySize"]),
        is_made_twice=recipe["mode"] == "PACK" or recipe["padding"] == "LONGEST",
        is_sampled=plan["sampledRows"] < rows,
    )
    return Need(needed, "Tokenizing this dataset", "give a smaller maxLength, less padding, or fewer splits")


def pin(task: Task, found: Mapping[str, Any]) -> PinTokenization:
    """Fix the run to what was found."""
    return PinTokenization(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        tokenizer_commit=found["tokenizerCommit"],
        recipe=found["recipe"],
        vocabulary_size=found["vocabularySize"],
        plan=found.get("plan"),
    )


def pieces(_task: Task, found: Mapping[str, Any]) -> Sequence[NewPiece]:
    """The shards in row order, their rows as the amounts."""
    return work_pieces(found["pieces"], [piece["stop"] - piece["start"] for piece in found["pieces"]])


def work(task: Task, plan: Mapping[str, Any]) -> Call:
    """Tokenize one shard."""
    arguments = {
        **task.lease.spec,
        "folder": _folder(task),
        "text_column": _asked(task).text_column,
        "tokenizer": _tokenizer(task, plan),
        "recipe": plan["recipe"],
        "target": task.target(".arrow"),
        "document_memory": task.settings.document_memory,
    }
    return Call("tokenize_shard", arguments)


def facts(task: Task, outcome: Mapping[str, Any]) -> Sequence[FallBackTokenizationEngine]:
    """That the faster engine gave other ids in this shard, if it did."""
    fallback = outcome["fallback"]
    if fallback is None:
        return ()
    told = FallBackTokenizationEngine(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        piece=task.lease.piece,
        split=outcome["split"],
        row=fallback["row"],
        engine=outcome["engine"],
        reason=fallback["reason"],
    )
    return (told,)


def complete(task: Task, ledger: Ledger) -> Call:
    """Put the shards together."""
    arguments = {
        "final": str(task.final("tokens")),
        "splits": ledger["plan"]["recipe"]["splits"],
        "tokenizer": _tokenizer(task, ledger["plan"]),
        "recipe": ledger["plan"]["recipe"],
        "pieces": finished(task, ledger),
        "source": _source(task),
    }
    return Call("complete_tokenization", arguments)


def completed(task: Task, _ledger: Ledger, result: Mapping[str, Any]) -> CompleteTokenization:
    """The tokens are published."""
    return CompleteTokenization(
        dataset_id=task.lease.dataset_id,
        job_id=task.lease.job_id,
        folder=task.relative(task.final("tokens")),
        size_bytes=result["sizeBytes"],
        sums_sha256=result["sumsSha256"],
        statistics=result["statistics"],
    )


TOKENIZE = Run("ROWS", plan, pin, pieces, work, complete, completed, facts=facts, needs=needs)
