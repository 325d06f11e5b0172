"""Documents that the service has beforehand, by the hash of their text."""

from hashlib import sha256
from pathlib import Path

from api.asked import Asked
from api.errors import Code, refusal

PREFIX = "sha256:"


class ListedDocuments:
    """The .graphql files of a folder. `only`: nothing else is run."""

    def __init__(self, folder: Path | None, *, only: bool) -> None:
        files = sorted(folder.rglob("*.graphql")) if folder else []
        texts = [file.read_bytes() for file in files]
        self._texts = {PREFIX + sha256(text).hexdigest(): text.decode() for text in texts}
        self._only = only

    def text(self, asked: Asked) -> str | None:
        """The text of the document that is asked for; raises BAD_REQUEST, DOCUMENT_NOT_FOUND, FORBIDDEN."""
        if asked.document_id is None:
            if self._only:
                raise refusal(Code.FORBIDDEN, "Only listed documents are run here: name one by `documentId`.")
            return asked.query
        if asked.query is not None:
            raise refusal(Code.BAD_REQUEST, "Give `query` or `documentId`, not both.")
        if asked.document_id not in self._texts:
            raise refusal(Code.DOCUMENT_NOT_FOUND, "No document with this id is listed: it is sha256:, then the hash.")
        return self._texts[asked.document_id]
