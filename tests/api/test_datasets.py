"""What is told of datasets, jobs and tokenizations."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from api.ids import global_id
from tests.api.figures import TOKEN_STATISTICS
from tests.api.stories import COMMIT, begin, write_progress

DATASET = """
query ($id: ID!) {
  dataset(id: $id) {
    id name status version createdAt updatedAt lastUsedAt tags license sizeBytes rowCount textColumn path
    source { __typename ... on HubSource { repository revision commit config splits } }
    splits { name rowCount sizeBytes } columns { name type isText } error { code message retryable errorId }
    progress { fraction done total unit ratePerSecond secondsLeft updatedAt }
    statistics { rowCount wordCount characterCount meanWords medianWords minWords maxWords vocabularySize
      vocabularyIsExact histogram { from to count } bySplit { name rowCount histogram { count } } }
    samples { totalCount nodes { id } }
    tokenizations { totalCount nodes { id } }
    jobs { totalCount nodes { kind status attempt datasetName startedAt finishedAt error { code }
      dataset { id } tokenization { id } progress { done } } }
    history { events { type version } cursor caughtUp }
  }
}"""


def test_a_dataset_that_was_just_asked_for_says_what_was_asked(api, adapters):
    story = begin(adapters, "acme/english", config="plain", splits=["test"], tags=["news"], name="English")
    id_ = api.ask("{ datasets { nodes { id } } }")["nodes"][0]["id"]
    found = api.ask(DATASET, id=id_)
    assert story.id not in id_
    assert (found["status"], found["version"], found["name"], found["tags"]) == ("QUEUED", 1, "English", ["news"])
    assert found["source"] == {
        "__typename": "HubSource",
        "repository": "acme/english",
        "revision": "main",
        "commit": None,
        "config": "plain",
        "splits": ["test"],
    }
    assert found["splits"] == found["columns"] == found["samples"]["nodes"] == []
    assert found["samples"]["totalCount"] == found["tokenizations"]["totalCount"] == 0
    for name in ("license", "sizeBytes", "rowCount", "path", "error", "progress", "statistics"):
        assert found[name] is None, name
    (job,) = found["jobs"]["nodes"]
    assert (job["kind"], job["status"], job["attempt"], job["datasetName"]) == ("DOWNLOAD", "QUEUED", 1, "English")
    assert job["dataset"] == {"id": id_}
    assert found["history"]["events"] == [{"type": "DownloadRequested", "version": 1}]


def test_a_ready_dataset_has_its_figures_and_its_folder(api, adapters, settings):
    story = begin(adapters).is_ready()
    found = api.ask(DATASET, id=api.ask("{ datasets { nodes { id } } }")["nodes"][0]["id"])
    assert (found["status"], found["license"], found["source"]["commit"]) == ("READY", "mit", COMMIT)
    assert found["path"] == str(settings.storage / "datasets" / story.id / "data")
    assert found["splits"][0] == {"name": "train", "rowCount": 7, "sizeBytes": 100}
    assert found["statistics"]["wordCount"] == 36
    assert len(found["statistics"]["histogram"]) == 20
    assert [split["name"] for split in found["statistics"]["bySplit"]] == ["train", "test"]
    assert [job["kind"] for job in found["jobs"]["nodes"]] == ["INGEST", "DOWNLOAD"]
    assert found["version"] == 6


def test_a_dataset_tells_how_many_rows_were_skipped_once_it_is_ready(api, adapters):
    story = begin(adapters).starts().is_pinned().is_downloaded().starts()
    query = "query ($id: ID!) { dataset(id: $id) { skippedRows } }"
    assert api.ask(query, id=global_id("Dataset", story.id)) == {"skippedRows": None}
    story.is_ingested(skipped_rows=3)
    assert api.ask(query, id=global_id("Dataset", story.id)) == {"skippedRows": 3}


def test_progress_is_told_while_work_runs_and_then_no_more(api, adapters):
    story = begin(adapters).starts()
    write_progress(adapters, story, done=250)
    id_ = api.ask("{ datasets { nodes { id } } }")["nodes"][0]["id"]
    found = api.ask(DATASET, id=id_)
    told = found["progress"]
    assert (told["fraction"], told["done"], told["total"], told["unit"]) == (0.25, 250, 1000, "BYTES")
    assert (told["ratePerSecond"], told["secondsLeft"]) == (100.0, 7.5)
    assert found["jobs"]["nodes"][0]["progress"] == {"done": 250}
    story.is_pinned().is_downloaded().starts()
    assert api.ask(DATASET, id=id_)["progress"] is None
    write_progress(adapters, story, done=3, total=None, unit="ROWS")
    told = api.ask(DATASET, id=id_)["progress"]
    assert (told["fraction"], told["done"], told["total"], told["secondsLeft"]) == (None, 3, None, None)


def test_a_dataset_that_is_asked_for_twice_is_told_twice_alike(api, adapters):
    id_ = global_id("Dataset", begin(adapters).is_ready().asks_for_tokens().id)
    told = "{ jobs { totalCount nodes { id } } tokenizations { nodes { id } } statistics { rowCount } }"
    answer = api.ask(f"query ($id: ID!) {{ one: dataset(id: $id) {told} other: dataset(id: $id) {told} }}", id=id_)
    assert answer["one"] == answer["other"]
    assert len(answer["one"]["jobs"]["nodes"]) == answer["one"]["jobs"]["totalCount"] == 3


def test_a_failed_dataset_says_why(api, adapters):
    begin(adapters).starts().fails()
    (node,) = api.ask(
        "{ datasets { nodes { status error { code message retryable errorId } jobs { nodes { status "
        "error { code } finishedAt } } } } }"
    )["nodes"]
    assert node["status"] == "FAILED"
    assert node["error"]["code"] == "HUB_UNAVAILABLE"
    assert node["jobs"]["nodes"][0]["error"] == {"code": "HUB_UNAVAILABLE"}
    assert node["jobs"]["nodes"][0]["finishedAt"]


TOKENIZATION = """
query ($id: ID!) {
  tokenization(id: $id) {
    id datasetName status tokenizer tokenizerCommit recipeHash createdAt sizeBytes path progress { done }
    recipe { mode maxLength addSpecialTokens textColumns splits } error { code }
    dataset { name } job { kind status tokenization { id } }
    statistics { sequenceCount tokenCount meanLength histogram { count } bySplit { name tokenCount }
      specialTokens { id token count } topTokens(first: 2) { id token count } all: topTokens { id }
      sourceTokens keptTokens truncatedTokens filteredTokens tailTokens
      outputCells realCells specialCells overlapCells paddingCells skippedSamples vocabularySize vocabularyUsed }
  }
}"""


def test_a_tokenization_tells_its_recipe_before_and_after_it_is_resolved(api, adapters, settings):
    story = begin(adapters).is_ready().asks_for_tokens()
    id_ = api.ask("{ datasets { nodes { tokenizations { nodes { id } } } } }")["nodes"][0]["tokenizations"]["nodes"][0][
        "id"
    ]
    found = api.ask(TOKENIZATION, id=id_)
    asked = {"mode": "TRUNCATE", "maxLength": 16, "addSpecialTokens": True, "textColumns": None, "splits": None}
    assert found["recipe"] == asked
    assert (found["status"], found["statistics"], found["path"]) == ("QUEUED", None, None)
    story.is_tokenized()
    found = api.ask(TOKENIZATION, id=id_)
    assert found["recipe"] == {**asked, "textColumns": ["text"], "splits": ["train", "test"]}
    assert found["status"] == "READY"
    assert found["path"] == str(settings.storage / "tokens")
    assert found["job"] == {"kind": "TOKENIZE", "status": "SUCCEEDED", "tokenization": {"id": id_}}
    told = found["statistics"]
    assert told["topTokens"] == TOKEN_STATISTICS["topTokens"][:2]
    assert len(told["all"]) == 20
    assert told["bySplit"] == [{"name": "test", "tokenCount": 48}]
    assert {name: told[name] for name in ("sourceTokens", "outputCells")} == {"sourceTokens": 40, "outputCells": 48}


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every SELECT that views make meanwhile."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_what_belongs_to_twenty_datasets_is_fetched_together(api, adapters, statements):
    for number in range(20):
        write_progress(adapters, begin(adapters).starts(), done=number)
    statements.clear()
    document = "{ datasets { nodes { progress { done } jobs(first: 1) { totalCount nodes { progress { done } } } } } }"
    nodes = api.ask(document)["nodes"]
    assert {node["progress"]["done"] for node in nodes} == set(range(20))
    assert all(node["progress"] == node["jobs"]["nodes"][0]["progress"] for node in nodes)
    assert len(statements) == 5, "datasets, their progress, their jobs, how many, the progress of these"
