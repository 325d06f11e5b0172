"""The stories of the web client: download and watch, browse and search, statistics, tokenize, delete and restore."""

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from api.pages import BUILT
from tests.api.conftest import Served
from tests.end_to_end.operations import DOWNLOAD
from tests.end_to_end.service import kill, until
from tests.texts import english, texts
from tests.web.slow_line import slow_line
from tests.web.web_client import GETS_WARM_MILLISECONDS, WebClient, ready

pytestmark = pytest.mark.slow

FIGURES = """query ($id: ID!) { dataset(id: $id) { statistics { wordCount vocabularySize }
    samples(filter: {search: "python"}) { totalCount nodes { highlights { start } } }
    tokenizations { nodes { path statistics { tokenCount } } } } }"""


ROWS = 12_000
BYTES_PER_SECOND = 200_000


@pytest.fixture
def file(tmp_path):
    """Some 2 MB of text, a sample a line."""
    written = tmp_path / "paragraphs.txt"
    written.write_text("".join(f"{n} {text!r}\n" for n, text in enumerate(texts(ROWS))))
    return written


@pytest.fixture
def client(browser, service):
    opened = WebClient(browser, service.url)
    yield opened
    opened.assert_well()


def test_a_download_is_looked_at_begun_and_watched_until_it_is_ready(client):
    client.open()
    client.download("acme/watched", "Watched")
    card = client.card("Watched")
    expect(card).to_contain_text("Ready")
    expect(card).to_contain_text("450")
    card.get_by_role("link").click()
    expect(client.page.get_by_role("tab", name="Overview")).to_have_attribute("data-state", "active")
    expect(client.page.get_by_role("heading", name="Watched")).to_be_visible()


def test_a_repository_that_cannot_be_read_says_why_before_anything_is_asked_for(client):
    client.open()
    client.page.keyboard.press("d")
    client.page.get_by_label("Repository").fill("acme/nothing")
    client.page.keyboard.press("Enter")
    expect(client.page.get_by_text("Cannot be read")).to_be_visible(timeout=GETS_WARM_MILLISECONDS)
    expect(client.page.get_by_role("dialog").get_by_role("button", name="Download")).to_be_disabled()
    client.assert_good_looks()
    client.page.get_by_label("Repository").fill("acme/english")
    client.page.keyboard.press("Enter")
    expect(client.page.get_by_text("Can be read")).to_be_visible()
    client.assert_good_looks()


def test_what_a_token_field_was_told_is_nowhere_once_the_form_is_closed(client):
    client.open()
    client.page.keyboard.press("d")
    field = client.page.get_by_label("Access token")
    expect(field).to_have_attribute("type", "password")
    field.fill("hf_planted")
    client.page.keyboard.press("Escape")
    client.page.keyboard.press("d")
    expect(field).to_have_value("")
    assert "hf_planted" not in client.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )


def test_samples_are_searched_narrowed_down_and_read(client, service):
    dataset = ready(service, "acme/searched")
    told = service.ask(FIGURES, id=dataset)["dataset"]["samples"]
    client.open(f"/datasets/{dataset}/samples")
    expect(client.page.get_by_text("450 rows").first).to_be_visible()
    client.page.keyboard.press("/")
    client.page.keyboard.type("python")
    expect(client.page.get_by_role("status").filter(has_text="searched as")).to_contain_text(str(told["totalCount"]))
    client.page.wait_for_url("**search=python*")  # what is looked at has an address
    expect(client.page.locator("mark").first).to_have_text("Python")

    client.page.get_by_role("button", name="test").click()
    client.page.wait_for_url("**split=test*")
    client.page.get_by_role("row").first.get_by_role("button").click()
    text = client.page.get_by_role("dialog").get_by_role("region", name="Text")
    expect(text.locator("mark").first).to_have_text("Python")


def test_statistics_are_those_of_the_service(client, service):
    dataset = ready(service, "acme/counted")
    told = service.ask(FIGURES, id=dataset)["dataset"]["statistics"]
    client.open(f"/datasets/{dataset}/statistics")
    expect(client.page.get_by_role("heading", name="Words", exact=True)).to_be_visible()
    assert client.figure("Words") == f"{told['wordCount']:,}"
    assert client.figure("Different words") == f"{told['vocabularySize']:,}"
    whole = client.page.get_by_role("table").locator("td").all_inner_texts()
    assert sum(int(count.replace(",", "")) for count in whole) == 450, "every row is in one of the bars"


def test_a_tokenization_is_planned_run_with_a_preset_and_can_be_loaded(client, service):
    dataset = ready(service, "acme/tokenized")
    client.open(f"/datasets/{dataset}/tokenizations")
    client.button("Train").click()
    client.page.get_by_label("Tokenizer").fill("builtin:byt5")
    client.page.get_by_label("Longest, in tokens").fill("64")
    expect(client.page.get_by_role("region", name="Plan")).to_contain_text("450 rows tried")
    client.assert_good_looks()
    client.page.get_by_role("button", name="Tokenize", exact=True).click()
    made = client.page.get_by_role("article", name="builtin:byt5, packed of 64 tokens, end dropped")
    expect(made).to_contain_text("Ready")
    told = service.ask(FIGURES, id=dataset)["dataset"]["tokenizations"]["nodes"][0]
    expect(made).to_contain_text(f"{told['statistics']['tokenCount']:,} tokens")
    expect(made).to_contain_text(f'load_from_disk("{told["path"]}")')

    client.open(f"/datasets/{dataset}/samples")
    client.page.get_by_role("row").first.get_by_role("button").click()
    client.page.get_by_label("Show the tokens of").select_option(index=1)
    client.says("Point at one")
    client.page.get_by_role("region", name="Text").locator("span[title]").nth(1).hover()
    client.says("characters 1 to 2")
    client.assert_good_looks()


def test_a_deleted_dataset_comes_back_by_undo_and_from_the_trash(client, service):
    dataset = ready(service, "acme/trashed", name="Not wanted")
    client.open()
    client.button("Delete Not wanted").click()
    expect(client.card("Not wanted")).to_have_count(0)
    client.button("Undo").click()
    expect(client.card("Not wanted")).to_contain_text("Ready")

    client.page.get_by_label("Select Not wanted").check()
    client.page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    expect(client.card("Not wanted")).to_have_count(0)
    client.page.keyboard.type("gs")
    client.button("Restore Not wanted").click()
    client.says("The trash is empty.")
    assert service.ask("query ($id: ID!) { dataset(id: $id) { status } }", id=dataset)["dataset"]["status"] == "READY"


def test_nothing_is_removed_for_good_before_its_name_and_bytes_were_read(client, service):
    dataset = ready(service, "acme/purged", name="To be removed")
    service.ask("mutation ($id: ID!) { deleteDataset(input: {datasetId: $id}) { position } }", id=dataset)
    client.open("/storage")
    named = client.page.get_by_role("region", name="By dataset").get_by_role("link", name="To be removed")
    expect(named).to_be_visible()
    used = client.figure("of it in the trash")
    client.button("Remove for good: To be removed").click()
    dialog = client.page.get_by_role("dialog", name="Remove To be removed for good?")
    expect(dialog).to_contain_text(re.compile(r"Frees [\d.]+ kB on disk"))
    dialog.get_by_role("button", name="Keep").click()
    expect(client.button("Restore To be removed")).to_be_visible()
    client.button("Remove for good: To be removed").click()
    dialog.get_by_role("button", name="Remove for good").click()
    client.says("The trash is empty.")
    expect(named).to_have_count(0)
    until(lambda: client.figure("of it in the trash") != used)
    until(lambda: service.ask("query ($id: ID!) { dataset(id: $id) { status } }", id=dataset)["dataset"] is None)


def test_a_download_that_failed_says_why_and_goes_on_when_it_is_retried(client, service, hub):
    service.ask(DOWNLOAD, repository="acme/later")
    client.open()
    card = client.card("acme/later")
    expect(card).to_contain_text("Failed")
    expect(card).to_contain_text("not on the Hub")
    english(hub.folder, "acme/later")
    client.button("Retry acme/later").click()
    client.page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    expect(card).to_contain_text("Ready")


def followed(page):
    """From where the page has asked for all datasets, each time, and the positions that it was told, as they come."""
    asked, heard, ids = [], [], set()

    def says(frame):
        said = json.loads(frame)
        variables = said.get("payload", {}).get("variables", {})
        if said["type"] == "subscribe" and variables.get("filter") == {}:
            ids.add(said["id"])
            asked.append(variables["after"])

    def hears(frame):
        told = json.loads(frame)
        if told["type"] == "next" and told["id"] in ids:
            position = told["payload"]["data"]["datasetsChanged"]["position"]
            heard.extend([position] if position else [])  # none within a list that is told anew

    def opens(socket):
        socket.on("framesent", says)
        socket.on("framereceived", hears)

    page.on("websocket", opens)
    return asked, heard


def test_after_a_restart_of_the_service_the_page_goes_on_by_itself(browser, service, hub):
    client = WebClient(browser, service.url)
    asked, heard = followed(client.page)
    client.open()
    hub.throttle(60_000)
    try:
        client.download("acme/slow", "Slow")
        until(lambda: client.progress(client.card("Slow")) > 0)
        with service.starting_nobody():
            kill(*service.apis())
            expect(client.page.get_by_role("alert")).to_contain_text("goes on by itself")
        expect(client.page.get_by_role("alert")).to_have_count(0)
    finally:
        hub.throttle(None)
    expect(client.card("Slow")).to_contain_text("Ready")
    expect(client.card("Slow")).to_have_count(1)
    expect(client.card("Slow")).to_contain_text("45,000")
    before, after = asked
    assert before is None
    assert after in heard, "it goes on after a position that it was told"
    numbers = [int(position.rpartition(":")[2]) for position in heard]
    assert numbers == sorted(numbers), "and is told nothing from before"


def test_a_dropped_file_is_uploaded_and_what_is_found_in_it_is_marked_to_the_letter(client):
    client.open()
    dropped = client.page.evaluate_handle("""() => {
        const dropped = new DataTransfer();
        const text = 'text\\n\\u{1F600}\\u{1F469}\\u200D\\u{1F52C} a cat \\u{1F408} seen\\ntwo\\n';
        dropped.items.add(new File([text], 'dropped.csv'));
        return dropped;
    }""")
    client.page.get_by_role("banner").dispatch_event("drop", {"dataTransfer": dropped})
    card = client.card("dropped.csv")
    expect(card).to_contain_text("Ready")
    card.get_by_role("link").click()
    expect(client.page.get_by_text("100%", exact=True)).to_be_visible()  # of it can be searched
    client.page.get_by_role("tab", name="Samples").click()
    client.page.get_by_label("Search samples").fill("cat seen")
    expect(client.page.locator("mark")).to_have_text(["cat", "seen"])


def test_an_upload_is_paused_cut_and_comes_whole(browser, service, file):
    with slow_line(service.port, BYTES_PER_SECOND) as line:
        client = WebClient(browser, f"http://127.0.0.1:{line.port}")
        client.open()
        client.page.get_by_label("Files to upload").set_input_files(file)
        upload = client.page.get_by_role("list", name="Uploads").get_by_role("listitem")
        expect(upload).to_contain_text("Sending")
        client.button("Pause paragraphs.txt").click()
        expect(upload).to_contain_text("Paused")
        client.assert_good_looks()
        client.button("Resume paragraphs.txt").click()
        expect(upload).to_contain_text("Sending")

        until(lambda: client.progress(upload) > 5, 60)
        line.cut()
        expect(upload).to_contain_text("Connection lost")
        line.mend()
        expect(upload).to_contain_text("Here", timeout=60_000)
        expect(client.card("paragraphs.txt")).to_contain_text("Ready")
        expect(client.card("paragraphs.txt")).to_contain_text(f"{ROWS:,}")


def test_the_token_of_the_service_is_asked_for_once(browser, settings):
    served = Served(replace(settings, api_token="secret"), BUILT)
    try:
        client = WebClient(browser, f"http://127.0.0.1:{served.port}")
        client.open()
        client.page.locator("input[type=password]").fill("a wrong one")
        client.button("Go on").click()
        client.says("The service refused the token that it was told.")
        client.assert_good_looks()
        client.page.keyboard.press("Escape")
        expect(client.page.get_by_role("dialog")).to_have_count(0)
        expect(client.page.get_by_role("alert")).to_have_text(re.compile("This service asks for its token"))
        client.button("Tell it").click()
        client.page.locator("input[type=password]").fill("secret")
        client.button("Go on").click()
        client.says("Nothing is here yet")
        client.page.reload()
        client.says("Nothing is here yet")
        expect(client.page.get_by_role("dialog")).to_have_count(0)
    finally:
        served.stop()
