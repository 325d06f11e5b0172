"""What comes to a service by the functions of its API: files in one request or in many, and files of this machine."""

from domain.adapters import Adapters
from domain.adapters.resumable import TooManyUploads, uploads_of
from domain.adapters.storage import TooLittleRoom, room_of
from domain.adapters.upload_writer import Checksum, Digests, UploadWriter, WrongChecksum
from domain.adapters.uploads import IncomingFile, UploadedFile

ROWS = b"title,text,stars\n" + b"".join(b"Title %d,some text of row %d,%d\n" % (n, n, n % 5) for n in range(12))
NAME = "rows.csv"
WRONG = Checksum("sha1", b"\0" * 20)


class Sending:
    """Uploads that are open, and those that were: all that were ever begun are remembered, the oldest first."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._digests = Digests()
        self.uploads: list[str] = []

    @property
    def open(self) -> list[str]:
        """Those that are there."""
        return [each for each in self.uploads if uploads_of(self._adapters).find(each)]

    def in_one_request(self) -> tuple[IncomingFile, UploadedFile]:
        """Close the first once the request is over."""
        room, promises = room_of(self._adapters.settings), self._adapters.reservations
        file = IncomingFile(self._adapters.storage, room, NAME, len(ROWS), promises)
        file.write(ROWS)
        return file, file.end()

    def begin(self) -> None:
        try:
            self.uploads.append(uploads_of(self._adapters).create(len(ROWS), NAME, "").id)
        except (TooManyUploads, TooLittleRoom):
            return

    def go_on(self, upload_id: str, most: int, *, is_torn: bool) -> None:
        """Send so many bytes at most; `is_torn`: what came is not what was sent."""
        uploads = uploads_of(self._adapters)
        upload = uploads.find(upload_id)
        if upload is None or upload.is_whole:
            return
        uploads.go_on(upload)
        room, checksum = room_of(self._adapters.settings), WRONG if is_torn else None
        writer = UploadWriter(uploads.folder(upload_id), upload.length, room, self._digests, checksum)
        try:
            writer.write(ROWS[writer.offset :][:most])
            writer.end()
        except WrongChecksum:
            pass
        finally:
            writer.close()

    def end(self, upload_id: str) -> None:
        uploads_of(self._adapters).remove(upload_id)
        self._digests.forget(upload_id)
