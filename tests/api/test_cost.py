"""What an operation is measured to ask for."""

import pytest
from graphql import GraphQLError, get_introspection_query

from api.documents import Documents
from api.schema import schema
from domain.adapters.settings import read_settings

WIDE = {"MISTUDIO_MAX_TOKENS": "100000", "MISTUDIO_MAX_CHARACTERS": "1000000", "MISTUDIO_MAX_DEPTH": "100000"}
DOCUMENTS = Documents(schema._schema, read_settings(WIDE))


def measure(text, name=None, **variables):
    document = DOCUMENTS.read(text)
    return DOCUMENTS.measure(document, document.operation(name), variables)


def cost(text, **variables):
    return measure(text, **variables)["cost"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ position }", 0),
        ("{ datasets { totalCount } }", 1),
        ("{ datasets { nodes { id name } } }", 1 + 20),
        ("{ datasets(first: 5) { nodes { id } pageInfo { hasNextPage } } }", 1 + 5 + 1),
        ("{ datasets(last: 7) { edges { node { id } } } }", 1 + 7 * 2),
        ("{ datasets(first: 0) { nodes { id } } }", 1),
        ("{ datasets(first: -3) { nodes { id } } }", 1),
        ("{ datasets(first: 99999999999) { nodes { id } } }", 1 + 500),
        ("{ datasets(first: 10) { nodes { samples { nodes { id } } } } }", 1 + 10 * (1 + 1 + 50)),
        (
            '{ dataset(id: "x") { samples(first: 3) { notices { code } nodes { highlights { end } } } } }',
            2 + 1 + 3 * 11,
        ),
        ('{ dataset(id: "x") { samples { facets { splits { split } lengths { to } } } } }', 2 + 1 + 10 + 10),
        ("{ events { events { type } } }", 1 + 100),
        ("{ presets { nodes { name recipe { mode } } } }", 1 + 20 * 2),
        ("{ presets(first: 3) { nodes { name } } }", 1 + 3),
        ('{ planTokenization(input: {datasetId: "x"}) { warnings { code } existing { id } } }', 1 + 10 + 1),
        ('mutation { deletePreset(input: {presetId: "x"}) { presetId } }', 10),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ('{ dataset(id: "x") { columns { name } } }', 1 + 10),
        ('mutation { cancelJob(input: {jobId: "x"}) { job { id } } }', 10 + 1),
        ("{ ...Q } fragment Q on Query { datasets(first: 2) { ... { nodes { id } } } }", 1 + 2),
        ('{ node(id: "x") { ... on Dataset { jobs(first: 3) { nodes { id } } } } }', 1 + 1 + 3),
    ],
)
def test_a_page_costs_what_it_may_hold(text, expected):
    assert cost(text) == expected


def test_the_size_of_a_page_may_come_from_a_variable_or_its_default():
    text = "query ($n: Int = 4) { datasets(first: $n) { nodes { id } } }"
    assert [cost(text), cost(text, n=None), cost(text, n="x")] == [5, 21, 21]
    assert cost(text, n=9) == cost(text, n=9.0) == 10
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a", "b"]) == 2


def test_what_a_variable_asks_for_is_measured_each_time():
    text = "query ($n: Int) { datasets(first: $n) { nodes { id } } }"
    assert [cost(text, n=number % 101) for number in range(300)] == [1 + number % 101 for number in range(300)]


def test_depth_counts_fields_whatever_holds_them():
    assert measure("{ position }")["depth"] == 1
    assert measure("{ datasets { ... { nodes { ...D } } } } fragment D on Dataset { error { code } }")["depth"] == 4


def test_a_chain_of_fragments_that_doubles_is_measured_without_going_through_it():
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(100))
    assert cost("{ ...F0 } " + chain + "fragment F100 on Query { datasets { totalCount } }") == 2**53


def test_what_is_nested_beyond_all_measure_is_too_deep():
    chain = "".join(f"fragment F{n} on Query {{ node {{ ...F{n + 1} }} }} " for n in range(1000))
    with pytest.raises(GraphQLError) as refused:
        measure("{ ...F0 } " + chain + "fragment F1000 on Query { position }")
    assert refused.value.extensions["code"] == "DEPTH_LIMIT"


def test_fragments_that_contain_themselves_are_measured_and_left_to_validation():
    text = "{ ...A } fragment A on Query { datasets { totalCount } ...B } fragment B on Query { ...A ...B ...Missing }"
    assert measure(text) == {"cost": 1, "limit": 5000, "depth": 2}
    assert {error.extensions["code"] for error in DOCUMENTS.validate(DOCUMENTS.read(text))} == {
        "GRAPHQL_VALIDATION_FAILED"
    }


def test_introspection_costs_the_same_however_much_it_asks_for():
    text = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
    )
    assert measure(text) == {"cost": 100, "limit": 5000, "depth": 15}
