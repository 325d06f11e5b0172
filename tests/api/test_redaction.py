"""No error repeats a token that was given, however wrongly it was given."""

import json

import pytest

from tests.api.operations import DOWNLOAD, RETRY, TOKENIZE

TOKEN = "hf_" + "".join(f"{number:03}" for number in range(70))
LONG = "hf_" + "".join(f"{number:03}" for number in range(120))
INLINE = "mutation { downloadDataset(input: %s) { errors { message } } }"


def is_told(answer, token) -> bool:
    """Whether any 12 characters of the token in a row are in the answer."""
    text = json.dumps(answer)
    return any(token[start : start + 12] in text for start in range(3, len(token) - 12))


@pytest.mark.parametrize("token", [TOKEN, LONG])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda token: {"accessToken": token},
        lambda token: {"repository": "acme/english", "unknown": 1, "accessToken": token},
        lambda token: {"repository": 7, "accessToken": token},
        lambda token: {"repository": "acme/english", "accessToken": [token]},
        lambda token: {"repository": "acme/english", "accessToken": {"token": token}},
        lambda token: {"repository": "acme/english", "accessToken": {token: "token"}},
        lambda token: [{"accessToken": token}, 1],
    ],
)
def test_variables_that_do_not_fit_are_told_without_the_token(shared_api, token, wrap):
    answer = shared_api.post(DOWNLOAD, input=wrap(token))
    assert answer["errors"][0]["message"]
    assert not is_told(answer, token)


@pytest.mark.parametrize("value", [[TOKEN], {"is": TOKEN}])
def test_a_variable_of_its_own_is_told_without_the_token(shared_api, value):
    document = (
        'mutation ($mine: String) { downloadDataset(input: {repository: "a/b", accessToken: $mine}) { replayed } }'
    )
    answer = shared_api.post(document, mine=value)
    assert "invalid value" in answer["errors"][0]["message"]
    assert not is_told(answer, TOKEN)


@pytest.mark.parametrize(
    "given",
    [
        f'{{repository: 5, accessToken: "{TOKEN}"}}',
        f"{{repository: 5, accessToken: {TOKEN}}}",
        f'{{repository: "a/b", accessToken "{TOKEN}"}}',
        f'{{repository: "a/b", accessToken: ["{TOKEN}"]}}',
        f'{{repository: "a/b", accessToken: {{is: "{TOKEN}"}}}}',
        f'{{repository: "a/b", accessToken: "{TOKEN}}}',
        f'{{repository: "a/b", accessToken: """{TOKEN}""", accessToken: "{TOKEN}"}}',
        f'{{repository: "a/b", accessToken: "{TOKEN}" "{TOKEN}"}}',
    ],
)
def test_a_document_that_cannot_be_run_is_told_without_the_token(shared_api, given):
    answer = shared_api.post(INLINE % given)
    assert answer["errors"][0]["message"]
    assert not is_told(answer, TOKEN)


@pytest.mark.parametrize("token", ["", " ", "hf_a b", "hf_ä", "hf_\n", "hf_\u0000", "x" * 501])
@pytest.mark.parametrize(
    ("document", "asked"),
    [
        (DOWNLOAD, {"repository": "acme/english"}),
        (TOKENIZE, {"datasetId": "x", "tokenizer": "acme/bpe"}),
        (RETRY, {"jobId": "x"}),
    ],
)
def test_a_malformed_token_is_refused_and_not_repeated(shared_api, document, asked, token):
    answer = shared_api.ask(document, input={**asked, "accessToken": token})
    (error,) = answer["errors"]
    assert (error["__typename"], error["code"], error["path"]) == (
        "InvalidInputError",
        "INVALID_INPUT",
        ["accessToken"],
    )
    assert len(token) < 3 or token not in json.dumps(answer, ensure_ascii=False)


def test_variables_of_any_depth_are_told_without_the_token(shared_api):
    deep = {"accessToken": TOKEN}
    for _ in range(400):
        deep = {"a": [deep]}
    answer = shared_api.post(DOWNLOAD, input=deep)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert not is_told(answer, TOKEN)


def test_a_fault_of_ours_is_logged_without_the_token(api, adapters, caplog):
    with adapters.pool.connection() as connection:
        connection.execute("DROP TABLE secrets")
    answer = api.post(DOWNLOAD, input={"repository": "acme/english", "accessToken": TOKEN})
    assert answer["errors"][0]["message"] == "Internal error"
    assert "UndefinedTable" in caplog.text
    assert not is_told([answer, caplog.text], TOKEN)
