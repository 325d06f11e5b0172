"""Multipart requests, as a client sends them."""

import json
import os
from pathlib import Path

UPLOAD = """
mutation ($input: UploadDatasetInput!) {
  uploadDataset(input: $input) {
    dataset { id name status source { ... on UploadSource { fileName format sizeBytes sha256 } } }
    job { id kind status } position replayed
    errors { __typename message code path ... on InsufficientStorageError { neededBytes freeBytes } }
  }
}"""
MAP = {"0": ["variables.input.file"]}
OPERATIONS = {"query": UPLOAD, "variables": {"input": {"file": None}}}
CSV = b"text,n\nalpha beta,1\ngamma,2\n"
FILES = {"0": ("rows.csv", CSV)}


def code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


def send(api, content=CSV, file_name="rows.csv", document=UPLOAD, headers=None, **given):
    """The response to an upload."""
    operations = {"query": document, "variables": {"input": {"file": None, **given}}}
    return post(api, operations, MAP, {"0": (file_name, content)}, headers)


def post(api, operations, map_, files, headers=None):
    """The response to a multipart request of these parts."""
    fields = {"operations": json.dumps(operations), "map": json.dumps(map_)}
    return api.http.post("/graphql", data=fields, files=files, headers={"GraphQL-Preflight": "1", **(headers or {})})


def upload(api, content=CSV, file_name="rows.csv", **given):
    """What came of an upload."""
    answer = send(api, content, file_name, **given).json()
    assert "errors" not in answer, answer
    return answer["data"]["uploadDataset"]


def files_below(folder):
    """Every file that there is; folders may go while they are looked through."""
    found = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())


def part(name, content, *headers, filename=None):
    """A part as it is written."""
    named = f'; filename="{filename}"' if filename is not None else ""
    lines = [f'Content-Disposition: form-data; name="{name}"{named}', *headers]
    return "\r\n".join(["--x", *lines, "", ""]).encode(errors="replace") + content + b"\r\n"


def whole(*parts):
    return b"".join(parts) + b"--x--\r\n"


def post_raw(api, body, kind='multipart/form-data; boundary="x"', **headers):
    return api.http.post(
        "/graphql", content=body, headers={"Content-Type": kind, "GraphQL-Preflight": "yes", **headers}
    )


ASKED = part("operations", json.dumps(OPERATIONS).encode())
MAPPED = part("map", json.dumps(MAP).encode())
FILE = part("0", CSV, filename="rows.csv")
