"""Tokens of users: encrypted in Postgres under a random handle. Everything else of ours carries the handle only."""

import logging
import os
from hashlib import sha256
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.adapters.secret_key import KeyOfSecrets

NONCE_BYTES = 12

KEEP = "INSERT INTO secrets (handle, sealed) VALUES (%s, %s)"
# The database's clock alone says whether the time is over, and a secret counts as gone before it is swept.
OPEN = "SELECT sealed FROM secrets WHERE handle = %s AND kept_at >= clock_timestamp() - interval '24 hours'"
FORGET = "DELETE FROM secrets WHERE handle = %s"
FORGET_EXPIRED = "DELETE FROM secrets WHERE kept_at < clock_timestamp() - interval '24 hours'"

log = logging.getLogger("mistudio.secrets")


class Secrets:
    """The store of one process; safe for use by many threads. The key is read, or made, when it is first needed."""

    def __init__(self, pool: ConnectionPool[Connection[TupleRow]], key: KeyOfSecrets) -> None:
        self._pool = pool
        self._key = key

    def keep(self, token: str) -> str:
        """Encrypt a token and give the handle under which it is kept for 24 hours."""
        handle, nonce = uuid4(), os.urandom(NONCE_BYTES)
        sealed = nonce + self._cipher().encrypt(nonce, token.encode(), handle.bytes)
        with self._pool.connection() as connection:
            connection.execute(KEEP, (handle, sealed))
        return str(handle)

    def open(self, handle: str) -> str | None:
        """The token; None when it was forgotten, its 24 hours are over, or another key has sealed it."""
        with self._pool.connection() as connection:
            row = connection.execute(OPEN, (handle,)).fetchone()
        return None if row is None else self._opened(UUID(handle), row[0])

    def forget(self, handle: str | None) -> None:
        """Drop a token; one that is gone, and no handle at all, are fine."""
        if handle is not None:
            with self._pool.connection() as connection:
                connection.execute(FORGET, (handle,))

    def forget_expired(self) -> None:
        """Drop the tokens whose 24 hours are over."""
        with self._pool.connection() as connection:
            connection.execute(FORGET_EXPIRED)

    def _opened(self, handle: UUID, sealed: bytes) -> str | None:
        try:
            # bound to its handle: a row put under another one does not open
            return self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], handle.bytes).decode()
        except InvalidTag:
            log.warning("A secret was kept under another key: every host needs the same MISTUDIO_SECRET_KEY.")
            return None

    def _cipher(self) -> AESGCM:
        return AESGCM(sha256(self._key.read().encode()).digest())
