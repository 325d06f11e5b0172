"""Ids: opaque, global, and null where there is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ids import SampleKey, decode, global_id, key_of, kind_and_key, sample_id, sample_key
from domain.adapters.public_ids import encode
from tests.api.operations import save
from tests.api.stories import begin

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_every_node_is_found_by_its_id_in_the_order_asked(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens()
    sample = sample_id(SampleKey(story.id, "test", 2))
    preset = key_of("TokenizationPreset", save(api)["preset"]["id"])
    keys = {
        "Tokenization": story.tokenization,
        "Dataset": story.id,
        "Job": story.job,
        "TokenizationPreset": preset,
    }
    ids = [sample, *(global_id(kind, key) for kind, key in keys.items())]
    asked = [ids[0], "nothing", *ids[1:], ids[0]]
    expected = [*("Sample", None), *keys, "Sample"]
    found = api.ask(NODES, ids=asked)
    assert [node and node["__typename"] for node in found] == expected
    assert [node and node["id"] for node in found] == [ids[0], None, *ids[1:], ids[0]]
    for id_, kind in zip(ids, ["Sample", *keys], strict=True):
        assert api.ask("query ($id: ID!) { node(id: $id) { __typename } }", id=id_) == {"__typename": kind}


@pytest.mark.parametrize(
    "id_",
    [
        *("", "x", "!!!", "é", "\u0000", encode("Dataset"), encode("Dataset:"), encode("Dataset:x"), encode(":")),
        *(encode(f"Nothing:{UNKNOWN}"), global_id("Dataset", UNKNOWN), global_id("Job", UNKNOWN)),
        global_id("TokenizationPreset", UNKNOWN),
        *(global_id("Tokenization", UNKNOWN), global_id("Dataset", UNKNOWN.upper().replace("8", "A"))),
        *(encode(f"Sample:{UNKNOWN}:0:train"), encode("Sample:x"), encode(f"Sample:{UNKNOWN}:{'9' * 30}:train")),
        *(global_id("Dataset", UNKNOWN) + "==", global_id("Dataset", "\udcff".encode("utf-8", "surrogatepass").hex())),
    ],
)
def test_what_is_no_id_of_anything_is_null(shared_api, id_):
    fields = " ".join(f"{name}(id: $id) {{ id }}" for name in ("node", "dataset", "job", "tokenization"))
    document = f"query ($id: ID!) {{ {fields} }}"
    assert set(shared_api.ask(document, id=id_).values()) == {None}


def test_an_id_of_another_kind_is_null(shared_api, shared_adapters):
    story = begin(shared_adapters)
    document = "query ($id: ID!) { job(id: $id) { id } tokenization(id: $id) { id } }"
    assert set(shared_api.ask(document, id=global_id("Dataset", story.id)).values()) == {None}


def test_a_hundred_nodes_at_most(shared_api):
    assert shared_api.ask(NODES, ids=["x"] * 100) == [None] * 100
    assert shared_api.refused(NODES, ids=["x"] * 101)["extensions"]["code"] == "BAD_USER_INPUT"


@given(st.text())
def test_what_is_encoded_is_decoded(text):
    assert decode(encode(text)) == text


@given(st.text())
def test_any_text_is_read_as_an_id_or_refused(text):
    kind_and_key(text)
    assert key_of("Dataset", text) is None


@pytest.mark.slow
@given(st.uuids().map(str), st.integers(0, 10**15), st.from_regex(r"\w+(\.\w+)*", fullmatch=True))
def test_a_sample_is_found_by_its_id(dataset_id, index, split):
    key = SampleKey(dataset_id, split, index)
    kind, text = kind_and_key(sample_id(key)) or ("", "")
    assert (kind, sample_key(text)) == ("Sample", key)
