"""An upload over a slow line: paused, cut, and gone on with."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.service import until
from tests.texts import texts
from tests.web.slow_line import slow_line
from tests.web.web_client import WebClient

pytestmark = pytest.mark.slow

ROWS = 12_000
BYTES_PER_SECOND = 200_000


@pytest.fixture
def file(tmp_path):
    """Some 2 MB of text, a sample a line."""
    written = tmp_path / "paragraphs.txt"
    written.write_text("".join(f"{n} {text!r}\n" for n, text in enumerate(texts(ROWS))))
    return written


def test_an_upload_is_paused_cut_and_comes_whole(browser, service, file):
    with slow_line(service.port, BYTES_PER_SECOND) as line:
        client = WebClient(browser, f"http://127.0.0.1:{line.port}")
        client.open()
        client.page.get_by_label("Files to upload").set_input_files(file)
        upload = client.page.get_by_role("list", name="Uploads").get_by_role("listitem")
        expect(upload).to_contain_text("Sending")
        client.button("Pause paragraphs.txt").click()
        expect(upload).to_contain_text("Paused")
        client.button("Resume paragraphs.txt").click()
        expect(upload).to_contain_text("Sending")

        until(lambda: client.progress(upload) > 5, 60)
        line.cut()
        expect(upload).to_contain_text("Connection lost")
        line.mend()
        expect(upload).to_contain_text("Here", timeout=60_000)
        expect(client.card("paragraphs.txt")).to_contain_text("Ready")
        expect(client.card("paragraphs.txt")).to_contain_text(f"{ROWS:,}")
