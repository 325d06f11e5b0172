"""The schema that clients were promised."""

import json
from pathlib import Path

import pytest
from graphql import (
    build_schema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_scalar_type,
    specified_scalar_types,
)

from api import schema as served

CHANGING_INPUTS = (
    *("CancelJobInput", "RetryJobInput", "TokenizeDatasetInput", "SavePresetInput", "DeletePresetInput"),
    *("IndexDatasetInput", "ExportTokenizationInput", "DeleteDatasetInput", "RestoreDatasetInput"),
)
PRINTED = Path(served.__file__).with_name("schema.graphql")


def test_the_committed_schema_is_the_one_that_is_served():
    assert PRINTED.read_text() == served.schema.as_str() + "\n", "python -m api.cli schema > api/schema.graphql"


@pytest.fixture(scope="module")
def types():
    found = build_schema(PRINTED.read_text()).type_map
    return {name: kind for name, kind in found.items() if not name.startswith("__")}


def test_everything_has_a_description(types):
    own = {name: kind for name, kind in types.items() if name not in ("String", "Int", "Float", "Boolean", "ID")}
    bare = [name for name, kind in own.items() if not kind.description]
    for name, kind in own.items():
        if is_enum_type(kind):
            bare += [f"{name}.{value}" for value, of in kind.values.items() if not of.description]
        if is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for field, of in kind.fields.items():
                bare += [f"{name}.{field}"] if not of.description else []
                given = getattr(of, "args", {})
                bare += [f"{name}.{field}({key})" for key, value in given.items() if not value.description]
    assert bare == []


def test_every_scalar_says_where_it_is_specified(types):
    own = {name: kind for name, kind in types.items() if is_scalar_type(kind) and name not in specified_scalar_types}
    assert {"BigInt", "DateTime", "JSON", "Position"} <= set(own)
    assert [name for name, kind in own.items() if not (kind.specified_by_url or "").startswith("https://")] == []


def test_every_node_can_be_told_from_all_others(types):
    nodes = [kind for kind in types.values() if is_object_type(kind) and types["Node"] in kind.interfaces]
    assert nodes
    assert {str(kind.fields["id"].type) for kind in nodes} == {"ID!"}


def test_payloads_and_connections_have_what_all_of_them_have(types):
    for name, kind in types.items():
        if name.endswith("Payload"):
            told = {field: str(of.type) for field, of in kind.fields.items()}
            assert told["errors"] == "[UserError!]!"
            assert (told["position"], told["replayed"]) == ("Position", "Boolean!")
        if name.endswith("Connection"):
            assert {"nodes", "edges", "pageInfo", "totalCount"} <= set(kind.fields)
        if name in CHANGING_INPUTS:
            assert "expectedVersion" in kind.fields
    for field in types["Mutation"].fields.values():
        assert "idempotencyKey" in get_named_type(field.args["input"].type).fields


def test_the_schema_is_told_by_introspection(api):
    document = "{ __schema { queryType { name } types { name description } } }"
    assert "Dataset" in json.dumps(api.ask(document))
