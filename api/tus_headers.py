"""What the headers of a tus request say. Each reader raises the GraphQLError by whose code the request is refused."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from starlette.requests import Request

from api.errors import Code, bad_request, refusal
from domain.adapters.upload_writer import ALGORITHMS, Checksum
from domain.adapters.uploads import clean_name

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
BODY = "application/offset+octet-stream"
OVERRIDE = "x-http-method-override"  # for clients that can only GET and POST
METADATA_CHARACTERS = 32 * 1024
METADATA_KEY = re.compile(r"[!-+\--~]+")  # printable ASCII but commas
NAMED_BY = ("filename", "name")
NUMBER = re.compile(r"[0-9]{1,18}")


def method_of(request: Request) -> str:
    """The method that is meant."""
    return request.headers.get(OVERRIDE, request.method).upper() if request.method == "POST" else request.method


def check_version(headers: Mapping[str, str]) -> None:
    """PRECONDITION_FAILED for another protocol; a page of another site cannot send this header unasked."""
    if headers.get("tus-resumable") != VERSION:
        raise refusal(Code.PRECONDITION_FAILED, f"Uploads are sent by tus: give a header Tus-Resumable: {VERSION}.")


def upload_length(headers: Mapping[str, str], most_bytes: int) -> int:
    """The bytes of a new upload; BAD_REQUEST, UPLOAD_TOO_LARGE."""
    if "upload-length" not in headers:
        raise bad_request("Give the file's size in bytes as Upload-Length: one that is not known yet is not taken.")
    length = _number(headers, "upload-length")
    if length > most_bytes:
        raise refusal(Code.UPLOAD_TOO_LARGE, f"An upload has at most {most_bytes:,} bytes, and this has {length:,}.")
    return length


def upload_offset(headers: Mapping[str, str]) -> int:
    """Where what is sent begins; BAD_REQUEST."""
    return _number(headers, "upload-offset")


def body_length(headers: Mapping[str, str]) -> int | None:
    """Bytes of the body; None: not told. BAD_REQUEST."""
    return _number(headers, "content-length") if "content-length" in headers else None


def has_body(headers: Mapping[str, str]) -> bool:
    """Whether bytes come with the request."""
    return "transfer-encoding" in headers or bool(body_length(headers))


def check_body(headers: Mapping[str, str], most_bytes: int) -> None:
    """UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE for what is no part of an upload, or more than `most_bytes`."""
    if headers.get("content-type", "").strip().lower() != BODY:
        raise refusal(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the bytes as Content-Type: {BODY}.")
    if headers.get("content-encoding", "identity") != "identity":
        raise refusal(Code.UNSUPPORTED_MEDIA_TYPE, "Send the bytes as they are, without a Content-Encoding.")
    if (body_length(headers) or 0) > most_bytes:
        raise beyond(most_bytes)


def beyond(most_bytes: int) -> Exception:
    """PAYLOAD_TOO_LARGE for bytes past the end of an upload."""
    return refusal(Code.PAYLOAD_TOO_LARGE, f"Only {most_bytes:,} bytes of this upload have yet to come.")


def checksum_of(headers: Mapping[str, str]) -> Checksum | None:
    """What the body must come to; None: not told. BAD_REQUEST."""
    if "upload-checksum" not in headers:
        return None
    algorithm, _, told = headers["upload-checksum"].partition(" ")
    if algorithm not in ALGORITHMS:
        raise bad_request(f"An Upload-Checksum is by one of {', '.join(ALGORITHMS)}.")
    digest = _decoded(told, "The Upload-Checksum")
    if len(digest) != hashlib.new(algorithm).digest_size:
        raise bad_request(f"This Upload-Checksum is none of {algorithm}: it has another length.")
    return Checksum(algorithm, digest)


def metadata_of(headers: Mapping[str, str]) -> tuple[str, str]:
    """The Upload-Metadata as it was sent, and the name of the file out of it. BAD_REQUEST."""
    sent = headers.get("upload-metadata", "").strip()
    if len(sent) > METADATA_CHARACTERS:
        raise bad_request(f"The Upload-Metadata has at most {METADATA_CHARACTERS:,} characters.")
    found: dict[str, str] = {}
    for pair in sent.split(",") if sent else []:
        key, _, value = pair.strip().partition(" ")
        if not METADATA_KEY.fullmatch(key) or key in found:
            raise bad_request("Each key of the Upload-Metadata is there once, in ASCII, before a space and its value.")
        found[key] = _decoded(value, f"The value of {key[:100]} in the Upload-Metadata").decode(errors="replace")
    return sent, clean_name(next((found[name] for name in NAMED_BY if found.get(name)), ""))


def _number(headers: Mapping[str, str], name: str) -> int:
    told = headers.get(name, "")
    if not NUMBER.fullmatch(told):
        raise bad_request(f"{name.title()} is a whole number of bytes.")
    return int(told)


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeError):
        raise bad_request(f"{what} is no base64.") from None
