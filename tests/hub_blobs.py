"""The host that keeps the Hub's large files: it serves whoever comes with an address that the Hub has signed.

It is another host than the Hub, 127.0.0.2. A request that brings the Hub's token along is refused, and logged.
"""

import hashlib
import hmac
import secrets
import time
from urllib.parse import quote

from tests.hub_faults import BLOBS, Refusal
from tests.hub_wire import Wire
from tests.snapshots import Blob

SIGNED_FOR_SECONDS = 3600


class Signatures:
    """The addresses that were signed, and what is there."""

    def __init__(self) -> None:
        self._blobs: dict[str, Blob] = {}
        self._key = secrets.token_bytes(16)

    def sign(self, path: str, blob: Blob) -> str:
        """The address, from its path on, for some time."""
        self._blobs[path] = blob
        until = str(int(time.time()) + SIGNED_FOR_SECONDS)
        return f"{quote(path)}?Expires={until}&Signature={self._signature(path, until)}"

    def blob(self, path: str, query: dict[str, str]) -> Blob | None:
        """None where the signature is missing, wrong or too old."""
        until = query.get("Expires", "0")
        signed = hmac.compare_digest(self._signature(path, until), query.get("Signature", ""))
        return self._blobs[path] if signed and int(until) > time.time() else None

    def expire(self) -> None:
        """No address that was signed so far is good any more."""
        self._key = secrets.token_bytes(16)

    def _signature(self, path: str, until: str) -> str:
        return hmac.new(self._key, f"{path} {until}".encode(), hashlib.sha256).hexdigest()


class BlobHandler(Wire):
    host = BLOBS

    def dispatch(self) -> None:
        if self.entry.authorization is not None:
            raise Refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
        blob = self.hub.signatures.blob(self.entry.path, self.query)
        if blob is None:
            raise Refusal(403, "AccessDenied", "Request has expired")
        self.send_blob(blob, {})
