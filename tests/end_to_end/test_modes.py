"""Every mode over HTTP, done by the workers of a running service, against the slow reference."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk
from transformers import AutoTokenizer

from domain.conservation import check_conservation
from tests.end_to_end.datasets import download, wait_for_status
from tests.end_to_end.operations import EXPORT, EXPORTS
from tests.end_to_end.service import Service, until
from tests.end_to_end.tokenizing import Tokenizing
from tests.hub import Hub
from tests.texts import texts
from tests.tokenizers import save_bpe
from tests.workers.slow_modes import Reference, expected_rows

pytestmark = pytest.mark.slow

ROWS = {"train": 900, "test": 120}
BAD_ROW = 57
# As those of real models, it refuses roles that it does not know.
CHAT = (
    "{% for message in messages %}{% if message.role == 'nobody' %}{{ raise_exception('nobody speaks') }}{% endif %}"
    "<|begin|>{{ message.role }}: {{ message.content }}<|end|>{% endfor %}"
)

Rows = dict[str, dict[str, list[Any]]]


def rows_of(split: str) -> dict[str, list[Any]]:
    """Titles, some of them null; texts; conversations, one of which cannot be rendered."""
    count = ROWS[split]
    conversations = [
        [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        for question, answer in zip(texts(count), texts(count, start=7), strict=True)
    ]
    if split == "train":
        conversations[BAD_ROW][0]["role"] = "nobody"
    titles = [None if number % 11 == 5 else f"Title {number}" for number in range(count)]
    return {"title": titles, "text": texts(count, start=3), "messages": conversations}


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture(scope="module")
def source(hub_folder: Path) -> Rows:
    """`acme/columns`, and `acme/chatty` with a chat template."""
    source = {split: rows_of(split) for split in ROWS}
    repository = hub_folder / "datasets/acme/columns"
    repository.mkdir(parents=True)
    for split, columns in source.items():
        pq.write_table(pa.table(columns), repository / f"{split}.parquet")
    folder = save_bpe(hub_folder / "models/acme/chatty")
    chatty = AutoTokenizer.from_pretrained(folder)
    chatty.chat_template = CHAT
    chatty.save_pretrained(folder)
    return source


@pytest.fixture(scope="module")
def columns(service: Service, source: Rows) -> str:
    dataset_id = download(service, "columns")
    wait_for_status(service, dataset_id, "READY", "FAILED")
    return dataset_id


def check(hub: Hub, made: Tokenizing, source: dict[str, list[str | None]]) -> tuple[Any, list[Reference]]:
    """Ids, masks and every counter; gives what was loaded, and the reference of each split."""
    folder, found = made.folder(), made.look()
    tokenizer = AutoTokenizer.from_pretrained(hub.folder / "models/acme/chatty")
    wanted = {split: expected_rows(tokenizer, rows, found["recipe"]) for split, rows in source.items()}
    loaded = load_from_disk(str(folder))
    assert set(loaded) == set(wanted)
    for split, reference in wanted.items():
        assert loaded[split]["input_ids"][:] == reference.ids
        if "attention_mask" in loaded[split].column_names:
            assert loaded[split]["attention_mask"][:] == reference.masks
    check_counters(found["statistics"], list(wanted.values()))
    return loaded, list(wanted.values())


def check_counters(told: dict[str, int], wanted: list[Reference]) -> None:
    check_conservation(told)
    for name, count in (("sourceTokens", "source"), ("truncatedTokens", "truncated"), ("tailTokens", "tail")):
        assert told[name] == sum(getattr(reference, count) for reference in wanted)
    for name, role in (("keptTokens", "text"), ("specialCells", "special"), ("overlapCells", "overlap")):
        assert told[name] == sum(reference.count(role) for reference in wanted)
    assert told["paddingCells"] == sum(reference.count("padding") for reference in wanted)
    assert told["sequenceCount"] == sum(len(reference.rows) for reference in wanted)


def of(source: Rows, make: Any) -> dict[str, list[str | None]]:
    return {split: make(columns) for split, columns in source.items()}


WINDOW = {
    "mode": "WINDOW",
    "maxLength": 48,
    "stride": 12,
    "padding": "MAX_LENGTH",
    "padToken": "<|end|>",
    "template": "{title}: {text}",
}


@pytest.fixture(scope="module")
def windows(service: Service, columns: str) -> Tokenizing:
    return Tokenizing(service, columns, "acme/chatty", WINDOW)


def test_windows_of_a_template_overlap_and_are_padded_with_a_mask(hub: Hub, source: Rows, windows: Tokenizing) -> None:
    joined = of(source, lambda rows: [f"{a or ''}: {b}" for a, b in zip(rows["title"], rows["text"], strict=True)])

    loaded, wanted = check(hub, windows, joined)

    assert loaded["train"].column_names == ["input_ids", "attention_mask"]
    assert {len(row) for row in loaded["train"]["input_ids"][:]} == {48}
    assert min(sum(reference.count(role) for reference in wanted) for role in ("overlap", "padding")) > 0
    assert windows.look()["recipe"]["textColumns"] == ["title", "text"]


def test_windows_are_exported_to_parquet(service: Service, windows: Tokenizing) -> None:
    folder = windows.folder()
    assert service.ask(EXPORT, id=windows.id)["exportTokenization"]["errors"] == []

    def exported() -> Any:
        return service.ask(EXPORTS, id=windows.id)["tokenization"]["exports"][0]

    until(lambda: exported()["status"] in ("READY", "FAILED"))
    assert exported()["status"] == "READY", exported()
    found: dict[str, list[Any]] = {split: [] for split in ROWS}
    for file in exported()["files"]:
        content = service.client.get(file["url"]).raise_for_status().content
        found[file["split"]] += pq.read_table(io.BytesIO(content)).to_pylist()
    assert found == {split: list(rows) for split, rows in load_from_disk(str(folder)).items()}


def test_a_packed_stream_has_rows_of_one_length_and_its_settings_beside(
    service: Service, hub: Hub, source: Rows, columns: str
) -> None:
    recipe = {"mode": "PACK", "maxLength": 100, "tail": "DROP", "textColumns": ["text"]}
    tokens = {"beginToken": "<|begin|>", "endOfDocumentToken": "<|end|>"}
    made = Tokenizing(service, columns, "acme/chatty", recipe | tokens)

    loaded, wanted = check(hub, made, of(source, lambda rows: rows["text"]))

    assert {len(row) for row in loaded["train"]["input_ids"][:]} == {100}
    assert sum(reference.tail for reference in wanted) > 0
    settings = json.loads((made.folder() / "sae_lens.json").read_text())
    ids = AutoTokenizer.from_pretrained(hub.folder / "models/acme/chatty").get_vocab()
    assert (settings["original_dataset"], settings["original_revision"]) == (
        "acme/columns",
        hub.commit_of("acme/columns"),
    )
    assert (settings["context_size"], settings["disable_concat_sequences"]) == (100, False)
    assert (settings["begin_batch_token"], settings["end_of_document_token"]) == (ids["<|begin|>"], ids["<|end|>"])
    assert settings["recipe"] == made.look()["recipe"]


def test_a_conversation_that_cannot_be_rendered_is_skipped_and_told(
    service: Service, hub: Hub, source: Rows, columns: str
) -> None:
    made = Tokenizing(service, columns, "acme/chatty", {"chatColumn": "messages", "maxLength": 64, "onError": "SKIP"})

    def rendered(rows: dict[str, list[Any]]) -> list[str]:
        return [
            "".join(f"<|begin|>{each['role']}: {each['content']}<|end|>" for each in conversation)
            for conversation in rows["messages"]
            if conversation[0]["role"] != "nobody"
        ]

    check(hub, made, of(source, rendered))

    (skipped,) = made.look()["skipped"]
    assert (skipped["split"], skipped["row"], skipped["code"]) == ("train", BAD_ROW, "TOKENIZATION_FAILED")
    assert "nobody speaks" in skipped["reason"]
    assert made.look()["statistics"]["skippedSamples"] == 1


def test_without_skipping_the_sample_is_named(service: Service, columns: str) -> None:
    found = Tokenizing(service, columns, "acme/chatty", {"chatColumn": "messages", "maxLength": 64}).over()

    assert (found["status"], found["error"]["code"]) == ("FAILED", "TOKENIZATION_FAILED")
    assert f"Row {BAD_ROW} of split train" in found["error"]["message"]
