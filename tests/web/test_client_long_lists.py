"""Lists that are longer than what is shown at first: what is behind that is told of, and comes when it is wanted."""

import re

import pytest
from playwright.sync_api import expect

from tests.api.live_shards import plan
from tests.api.stories import begin, write_progress
from tests.web.web_client import id_of

pytestmark = pytest.mark.slow

TOKENIZATIONS = 43
EVENTS = "query ($id: ID!) { dataset(id: $id) { version } }"


@pytest.fixture(scope="module")
def tokenized(here, shared_adapters):
    """A dataset with more tokenizations than two pages; the first of them, which comes last, is running."""
    story = begin(shared_adapters, name="Tokenized often").is_ready()
    story.asks_for_tokens(1).starts()
    plan(shared_adapters, story)
    first = (story.tokenization, story.job)
    for length in range(2, TOKENIZATIONS + 1):
        story.asks_for_tokens(length).is_tokenized(maxLength=length)
    story.tokenization, story.job = first
    return story


def test_all_tokenizations_are_shown_once_they_are_wanted_and_go_on_being_watched(client, shared_adapters, tokenized):
    client.open(f"/datasets/{id_of(tokenized)}/tokenizations")
    made = client.page.get_by_role("article")
    for shown in (20, 40):
        expect(made).to_have_count(shown)
        client.button("Show more").click()
    expect(made).to_have_count(TOKENIZATIONS)
    expect(client.button("Show more")).to_have_count(0)
    oldest = made.last.get_by_role("progressbar")
    for done in (250, 500):
        write_progress(shared_adapters, tokenized, done, unit="ROWS")
        expect(oldest).to_have_attribute("aria-valuenow", str(done // 10))


def test_the_tokens_of_every_tokenization_can_be_chosen(client, tokenized):
    ready = TOKENIZATIONS - 1
    client.open(f"/datasets/{id_of(tokenized)}/statistics")
    expect(client.page.get_by_label("Tokenization", exact=True).locator("option")).to_have_count(ready)
    client.open(f"/datasets/{id_of(tokenized)}/samples")
    client.page.get_by_role("row").first.get_by_role("button").click()
    expect(client.page.get_by_label("Show the tokens of").locator("option")).to_have_count(1 + ready)


def test_every_dataset_that_takes_up_room_is_told_and_more_than_a_hundred_are_removed_at_once(client, shared_adapters):
    stories = [begin(shared_adapters, name=f"One of many {number}").is_ready() for number in range(102)]
    for story in stories:
        story.is_trashed()
    client.open("/storage")
    rows = client.page.get_by_role("region", name="By dataset").get_by_role("listitem")
    for shown in range(20, 102, 20):
        expect(rows.get_by_role("link")).to_have_count(shown)
        client.button("Show smaller ones").click()
    expect(rows.get_by_role("link", name="One of many")).to_have_count(102)
    expect(client.button("Show smaller ones")).to_have_count(0)

    client.button("Empty the trash").click()
    dialog = client.page.get_by_role("dialog", name=re.compile("Remove 10. datasets for good"))
    expect(dialog).to_contain_text("Frees 20.4 kB on disk")
    expect(dialog.get_by_role("listitem").filter(has_text="200 B")).to_have_count(102)


def test_a_long_history_is_told_from_its_newest_to_its_first_event(client, here, shared_adapters):
    story = begin(shared_adapters, name="Old").is_ready()
    for _ in range(250):
        story.is_trashed().is_restored()
    events = here.client.ask(EVENTS, id=id_of(story))["version"]
    assert events > 500
    client.open(f"/datasets/{id_of(story)}/history")
    told = client.page.get_by_role("tabpanel").get_by_role("listitem")
    expect(told).to_have_count(events)
    expect(told.first).to_contain_text(f"DatasetRestored · {events}")
    expect(told.last).to_contain_text("DownloadRequested · 1")
