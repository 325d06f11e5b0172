"""Requests to /uploads, as a tus client sends them."""

import base64
import fcntl
import hashlib
import socket
from contextlib import contextmanager

from domain.adapters.resumable import DURABLE
from tests.api.client import until

BODY = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}
CONTENT = b"text,n\nalpha beta,1\ngamma,2\n"
LENGTH = len(CONTENT)


def encoded(value):
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def named(name):
    return {"Upload-Metadata": f"filename {encoded(name)}".strip()}


def checksum(content, algorithm="sha256"):
    return {"Upload-Checksum": f"{algorithm} {encoded(hashlib.new(algorithm, content).digest())}"}


def create(api, length=LENGTH, name="rows.csv", **headers):
    """The answer to a creation."""
    return api.http.post("/uploads", headers={**TUS, "Upload-Length": str(length), **named(name), **headers})


def created(api, length=LENGTH, name="rows.csv"):
    """The address of a new upload."""
    answer = create(api, length, name)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def add(api, address, content, offset=0, **headers):
    """The answer to a PATCH with the content."""
    sent = {**TUS, "Content-Type": BODY, "Upload-Offset": str(offset), **headers}
    return api.http.patch(address, content=content, headers=sent)


def sent(api, content=CONTENT, name="rows.csv"):
    """The id of an upload that has come whole."""
    address = created(api, len(content), name)
    if content:
        assert add(api, address, content).status_code == 204
    return id_of(address)


def look(api, address):
    return api.http.head(address, headers=TUS)


def offset_of(api, address):
    return int(look(api, address).headers["Upload-Offset"])


def id_of(address):
    return address.rpartition("/")[2]


@contextmanager
def adding(api, address, length, content=b"", offset=0, checksum=None):
    """A connection on which a PATCH of a length has begun with the content."""
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Type: {BODY}\r\n"
        f"Upload-Offset: {offset}\r\nContent-Length: {length}\r\n"
    )
    told = f"Upload-Checksum: {checksum}\r\n\r\n" if checksum else "\r\n"
    with socket.create_connection((api.http.base_url.host, api.http.base_url.port)) as connection:
        connection.sendall((head + told).encode() + content)
        yield connection


def until_held(folder):
    """Wait until a request adds to the upload of a folder."""

    def is_held():
        with (folder / DURABLE).open("rb") as record:
            try:
                fcntl.flock(record, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    until(is_held)
