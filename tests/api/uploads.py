"""Multipart requests, as a client sends them."""

import json

UPLOAD = """
mutation ($input: UploadDatasetInput!) {
  uploadDataset(input: $input) {
    dataset { id name status source { ... on UploadSource { fileName format sizeBytes sha256 } } }
    job { id kind status } position replayed
    errors { __typename message code path ... on InsufficientStorageError { neededBytes freeBytes } }
  }
}"""
MAP = {"0": ["variables.input.file"]}
CSV = b"text,n\nalpha beta,1\ngamma,2\n"


def send(api, content=CSV, name="rows.csv", document=UPLOAD, headers=None, **given):
    """The response to an upload."""
    operations = {"query": document, "variables": {"input": {"file": None, **given}}}
    return post(api, operations, MAP, {"0": (name, content)}, headers)


def post(api, operations, map_, files, headers=None):
    """The response to a multipart request of these parts."""
    fields = {"operations": json.dumps(operations), "map": json.dumps(map_)}
    return api.http.post("/graphql", data=fields, files=files, headers={"GraphQL-Preflight": "1", **(headers or {})})


def upload(api, content=CSV, name="rows.csv", **given):
    """What came of an upload."""
    answer = send(api, content, name, **given).json()
    assert "errors" not in answer, answer
    return answer["data"]["uploadDataset"]


def files_below(folder):
    """Every file that there is."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
