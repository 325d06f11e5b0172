"""What is found, kept apart, put in order and told of the list of datasets, as it changes."""

import pytest
from playwright.sync_api import expect

from domain.errors import ErrorCode
from tests.api.stories import begin
from tests.end_to_end.service import until
from tests.web.quality import WIDTHS
from tests.web.web_client import id_of

pytestmark = pytest.mark.slow

# The fewest cards that were drawn at any moment since.
FEWEST = """() => {
    const count = () => document.querySelectorAll('main article').length;
    window.fewest = count();
    const look = () => { window.fewest = Math.min(window.fewest, count()); };
    new MutationObserver(look).observe(document.querySelector('main'), { childList: true, subtree: true });
}"""
JOBS = "query ($id: ID!) { dataset(id: $id) { status } }"


def names(client):
    return client.page.get_by_role("article").get_by_role("heading").all_inner_texts()


def test_datasets_are_searched_kept_apart_put_in_order_and_found_by_tag(client, shared_adapters):
    for name, rows, tags in (("Found b", 3, ["news"]), ("Found a", 1, ["news", "small"]), ("Found c", 2, [])):
        begin(shared_adapters, name=name, tags=tags).is_ready({"train": [{"text": "a"}] * rows})
    begin(shared_adapters, name="Found failed", tags=["news"]).starts().fails()
    begin(shared_adapters, name="Other").is_ready()
    client.open()
    expect(client.card("Other")).to_be_visible()
    client.page.evaluate(FEWEST)
    client.page.get_by_label("Search datasets").press_sequentially("found")
    expect(client.card("Other")).to_have_count(0)
    expect(client.page.get_by_role("article")).to_have_count(4)
    assert client.page.evaluate("window.fewest") == 4, "the list is not emptied while the service searches"

    client.page.get_by_label("Sort").select_option("name")
    until(lambda: names(client) == ["Found a", "Found b", "Found c", "Found failed"])
    client.page.get_by_label("Sort").select_option("rows")
    until(lambda: names(client) == ["Found b", "Found c", "Found a", "Found failed"])
    client.page.get_by_role("button", name="Failed or cancelled").click()
    until(lambda: names(client) == ["Found failed"])
    client.page.get_by_role("button", name="Ready", pressed=False).click()
    client.page.get_by_role("button", name="#news").click()
    until(lambda: names(client) == ["Found b", "Found a"])
    client.page.get_by_role("button", name="#small").click()
    until(lambda: names(client) == ["Found a"])
    client.page.reload()
    expect(client.card("Found a")).to_be_visible()
    assert names(client) == ["Found a"], "what is looked at has an address"


def test_a_screen_reader_is_told_what_becomes_ready(client, shared_adapters):
    story = begin(shared_adapters, name="Awaited")
    client.open()
    expect(client.card("Awaited")).to_contain_text("Queued")
    told = client.page.get_by_role("log", name="News")
    story.is_ready()
    expect(told).to_contain_text("Awaited: Ready")
    story.asks_for_tokens().is_tokenized()
    expect(told).to_contain_text("Awaited: tokens are ready")
    expect(told).to_contain_text("Awaited: Ready")


def test_a_job_for_want_of_a_token_asks_for_it_on_the_page_of_jobs_too(client, here, shared_adapters):
    story = begin(shared_adapters, name="Gated").starts().fails(ErrorCode.ACCESS_DENIED)
    client.open("/jobs")
    client.button("Retry: Download Gated").click()
    dialog = client.page.get_by_role("dialog", name="Retry Gated")
    dialog.get_by_label("Access token").fill("hf_told")
    dialog.get_by_role("button", name="Retry").click()
    until(lambda: here.client.ask(JOBS, id=id_of(story))["status"] == "QUEUED")


def test_what_is_selected_is_told_whole_and_hides_no_button_on_a_narrow_screen(client, shared_adapters):
    begin(shared_adapters, name="Selected").is_ready()
    client.page.set_viewport_size({"width": 375, "height": 700})
    client.open("/?search=Selected")
    client.page.get_by_label("Select Selected").check()
    told = client.page.get_by_role("toolbar").get_by_text("1 dataset · 200 B")
    assert told.evaluate("(place) => place.scrollWidth <= place.clientWidth")
    client.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    bar = client.page.get_by_role("toolbar").bounding_box()
    button = client.button("Delete Selected").bounding_box()
    assert button["y"] + button["height"] <= bar["y"]
    expect(client.page.get_by_role("button", name="Keyboard shortcuts")).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS.values())
def test_what_is_said_lies_above_what_can_be_done_with_the_selected(client, shared_adapters, width):
    begin(shared_adapters, name=f"Deleted at {width}").is_ready()
    begin(shared_adapters, name=f"Kept at {width}").is_ready()
    client.page.set_viewport_size({"width": width, "height": 700})
    client.open()
    client.button(f"Delete Deleted at {width}").click()
    said = client.page.get_by_role("status").filter(has=client.button("Undo"))
    client.page.get_by_label(f"Select Kept at {width}").check()
    expect(said).to_contain_text(f"Moved Deleted at {width}")
    below, bar = said.bounding_box(), client.page.get_by_role("toolbar").bounding_box()
    assert below["y"] + below["height"] <= bar["y"]


def test_the_focus_is_seen_around_a_card_and_a_tab(client, shared_adapters):
    story = begin(shared_adapters, name="Focused").is_ready()
    client.open("/?search=Focused")
    client.page.get_by_label("Select Focused").focus()
    client.page.keyboard.press("Tab")
    expect(client.card("Focused")).to_have_css("outline-style", "solid")
    client.open(f"/datasets/{id_of(story)}")
    client.page.get_by_role("tab", name="Overview").focus()
    client.page.keyboard.press("Tab")
    expect(client.page.get_by_role("tabpanel")).to_have_css("outline-style", "solid")
