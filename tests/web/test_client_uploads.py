"""Files that a browser sends: dropped or chosen, paused, cut and gone on with."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.service import until
from tests.texts import texts
from tests.web.web_client import WebClient

pytestmark = pytest.mark.slow

ROWS = 12_000
BYTES_PER_SECOND = 300_000


@pytest.fixture
def client(browser, service):
    return WebClient(browser, service.url)


@pytest.fixture
def file(tmp_path):
    """Some 2 MB of text, a sample a line."""
    written = tmp_path / "paragraphs.txt"
    written.write_text("".join(f"{n} {text!r}\n" for n, text in enumerate(texts(ROWS))))
    return written


def slowly(client, *, is_offline=False):
    """The network as it is from now on."""
    session = client.page.context.new_cdp_session(client.page)
    session.send("Network.enable")
    limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": BYTES_PER_SECOND}
    session.send("Network.emulateNetworkConditions", {"offline": is_offline, **limits})


def test_an_upload_is_paused_cut_and_comes_whole(client, file):
    client.open()
    slowly(client)
    client.page.get_by_label("Files to upload").set_input_files(file)
    line = client.page.get_by_role("list", name="Uploads").get_by_role("listitem")
    until(lambda: client.progress(line) > 5)
    client.button("Pause paragraphs.txt").click()
    expect(line).to_contain_text("Paused")
    client.button("Resume paragraphs.txt").click()
    expect(line).to_contain_text("Sending")

    slowly(client, is_offline=True)
    expect(line).to_contain_text("Connection lost")
    slowly(client)
    expect(line).to_contain_text("Here")
    card = client.card("paragraphs.txt")
    expect(card).to_contain_text("Ready")
    expect(card).to_contain_text(f"{ROWS:,}")


def test_a_file_that_is_dropped_on_the_page_is_uploaded(client):
    client.open()
    dropped = client.page.evaluate_handle("""() => {
        const dropped = new DataTransfer();
        dropped.items.add(new File(['text\\none\\ntwo\\n'], 'dropped.csv'));
        return dropped;
    }""")
    client.page.locator("main > div").first.dispatch_event("drop", {"dataTransfer": dropped})
    expect(client.card("dropped.csv")).to_contain_text("Ready")
    client.assert_well()
