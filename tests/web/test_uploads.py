"""Large files as tus-js-client sends them: paused, over lost connections, and while the API is killed."""

import hashlib
import json
import subprocess

import pytest

from tests.end_to_end.service import kill, until
from tests.texts import texts
from tests.web.conftest import NODE, WEB
from tests.web.slow_line import slow_line

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20
BYTES_PER_SECOND = 12 * MEGABYTE
# The rest takes longer than anybody stands still.
SLOW_BYTES_PER_SECOND = 3 * MEGABYTE
TAKE = """
mutation ($id: ID!) {
  uploadDataset(input: {uploadId: $id}) { dataset { id source { ... on UploadSource { fileName sizeBytes sha256 } } }
    errors { code message } }
}"""
DATASET = "query ($id: ID!) { dataset(id: $id) { status rowCount error { message } } }"


@pytest.fixture
def file(tmp_path):
    """40 MB of text."""
    path = tmp_path / "large.txt"
    lines = "\n".join(texts(20_000)).encode() + b"\n"
    path.write_bytes(lines * (40 * MEGABYTE // len(lines)))
    return path


class Uploader:
    """tus-js-client in a process of its own."""

    def __init__(self, port, path):
        words = [f"http://127.0.0.1:{port}/uploads", path, "../large.txt"]
        self.process = subprocess.Popen(
            [NODE, "upload.ts", *words],
            cwd=WEB / "clients",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def until(self, enough):
        """The first thing it tells that is enough."""
        for line in self.process.stdout:
            if enough(told := json.loads(line)):
                return told
        raise AssertionError(self.process.stderr.read())

    def until_sent(self, size):
        return self.until(lambda told: told.get("sent", 0) >= size)

    def order(self, word):
        self.process.stdin.write(f"{word}\n")

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def line(service):
    with slow_line(service.port, SLOW_BYTES_PER_SECOND) as opened:
        yield opened


@pytest.fixture
def uploader(packages, line, file):
    running = Uploader(line.port, file)
    yield running
    running.close()


def test_a_file_comes_whole_over_a_pause_a_lost_connection_and_a_killed_server(service, line, uploader, file):
    size = file.stat().st_size
    uploader.until_sent(MEGABYTE)
    uploader.order("pause")
    uploader.until(lambda told: "paused" in told)
    line.bytes_per_second = BYTES_PER_SECOND
    uploader.order("resume")

    uploader.until_sent(2 * size // 5)
    line.cut()
    line.mend()

    uploader.until_sent(3 * size // 5)
    (api,) = service.apis()
    kill(api)
    url = uploader.until(lambda told: "url" in told)["url"]
    until(lambda: service.is_ready() and service.apis() != [api])

    answer = service.ask(TAKE, id=url.rpartition("/")[2])["uploadDataset"]
    assert answer["errors"] == []
    content = file.read_bytes()
    told = {"fileName": "large.txt", "sizeBytes": size, "sha256": hashlib.sha256(content).hexdigest()}
    assert answer["dataset"]["source"] == told

    def is_ready():
        dataset = service.ask(DATASET, id=answer["dataset"]["id"])["dataset"]
        assert dataset["error"] is None
        return dataset["status"] == "READY" and dataset["rowCount"] == content.count(b"\n")

    until(is_ready)
    assert list((service.home / "storage/uploads").iterdir()) == []
