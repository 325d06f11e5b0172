"""Who watches a tokenization sees its figures grow."""

from api.ids import global_id
from tests.api.live_shards import SHARDS, commit, plan
from tests.api.stories import begin, write_progress

WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) { tokenizations { nodes { status statistics {
    sequenceCount tokenCount medianLength vocabularySize vocabularyUsed histogram { from to count }
    bySplit { name sequenceCount vocabularyUsed histogram { count } }
    topTokens { id } specialTokens { id } keptTokens paddingCells } } } }
}"""


def test_statistics_grow_with_every_progress_and_are_whole_in_the_end(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().starts()
    plan(adapters, story)

    def told(values):
        (node,) = values.next()["tokenizations"]["nodes"]
        return node["statistics"]

    with api.subscribe(WATCH, id=global_id("Dataset", story.id)) as values:
        assert told(values) is None
        seen = []
        for number in range(len(SHARDS)):
            commit(adapters, story, number)
            write_progress(adapters, story, done=number + 1, unit="ROWS")
            seen.append(told(values))

    assert [each["sequenceCount"] for each in seen] == [3, 5]
    assert [each["tokenCount"] for each in seen] == [10, 21]
    assert [each["medianLength"] for each in seen] == [3.0, 4.0]
    assert [each["vocabularyUsed"] for each in seen] == [2, 3]
    assert [each["keptTokens"] for each in seen] == [10, 21]
    assert [sum(bin_["count"] for bin_ in each["histogram"]) for each in seen] == [3, 5]
    assert [
        [(split["name"], split["sequenceCount"], split["vocabularyUsed"]) for split in each["bySplit"]] for each in seen
    ] == [
        [("train", 3, 2), ("test", 0, 0)],
        [("train", 3, 2), ("test", 2, 2)],
    ]
    for each in seen:
        for split in each["bySplit"]:
            assert sum(bin_["count"] for bin_ in split["histogram"]) == split["sequenceCount"]
    assert (seen[0]["vocabularySize"], seen[0]["topTokens"], seen[0]["specialTokens"]) == (384, [], [])


def test_statistics_of_a_run_that_has_failed_are_those_of_nothing(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().starts()
    plan(adapters, story)
    commit(adapters, story, 0)
    query = "query ($id: ID!) { tokenization(id: $id) { statistics { sequenceCount } } }"
    id_ = global_id("Tokenization", story.tokenization)
    assert api.ask(query, id=id_) == {"statistics": {"sequenceCount": 3}}
    story.fails()
    assert api.ask(query, id=id_) == {"statistics": None}
