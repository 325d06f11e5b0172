"""One dataset, read while it changes: what is found, what is counted, and what can be taken away."""

import pytest
from playwright.sync_api import expect

from api.ids import global_id, key_of
from tests.api import searchable
from tests.api.figures import FIGURES, SPLITS
from tests.api.operations import describe
from tests.api.stories import begin

pytestmark = pytest.mark.slow

NEWEST = "query ($id: ID!) { dataset(id: $id) { jobs(first: 1) { nodes { id kind } } } }"


def id_of(story):
    return global_id("Dataset", story.id)


def found(client):
    return client.page.get_by_role("status").filter(has_text="of 50 rows")


def test_what_is_found_grows_with_the_index(client, shared_adapters):
    story = begin(shared_adapters, name="Grows").is_ready(searchable.rows())
    searchable.is_being_indexed(story, 1)
    client.open(f"/datasets/{id_of(story)}/samples?search=here")
    expect(found(client)).not_to_contain_text("50 of 50")
    searchable.finishes(story)
    expect(found(client)).to_contain_text("50 of 50")
    expect(client.page.get_by_role("table", name="Samples")).to_have_attribute("aria-rowcount", "50")


def test_the_words_of_a_new_text_column_are_waited_for_and_told_by_split(client, here, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Other column").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/statistics")
    expect(client.page.get_by_role("heading", name="Words", exact=True)).to_be_visible()
    describe(here.client, story.id, textColumn="title")
    client.says("The words of title are being counted.")

    [job] = here.client.ask(NEWEST, id=id_of(story))["jobs"]["nodes"]
    story.job = key_of("Job", job["id"])
    by_split = [{"name": name, **FIGURES, "wordCount": 3 * rows} for name, rows in SPLITS.items()]
    searchable.finishes(story.starts(), {**FIGURES, "bySplit": by_split})
    expect(client.page.get_by_role("heading", name="Words", exact=True)).to_be_visible()
    for name, told in (("train", "21"), ("test", "15"), ("All splits", "36")):
        client.page.get_by_role("group", name="Split").get_by_role("button", name=name, exact=True).click()
        assert client.figure("Words") == told


def test_a_row_that_was_found_by_another_column_says_so(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Titled").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples?search=mouse")
    expect(client.page.get_by_role("row").first).to_contain_text("found in title")
    client.page.get_by_label("Search samples").fill("mat")
    expect(client.page.locator("mark").first).to_have_text("mat")
    expect(client.page.get_by_text("found in title")).to_have_count(0)


def test_rows_are_numbered_as_they_are_gone_to(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Numbered").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples?split=test")
    client.page.get_by_label("Go to row").fill("7")
    client.page.get_by_label("Go to row").press("Enter")
    row = client.page.get_by_role("row").filter(has=client.page.get_by_text("test[6]", exact=True))
    expect(row.get_by_role("cell").first).to_have_text("7")
    row.get_by_role("button").click()
    expect(client.page.get_by_role("dialog", name="test[6]")).to_contain_text("number36")


def test_a_click_below_the_bars_keeps_all_rows(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Axes").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples")
    client.page.locator(".recharts-xAxis").click(force=True)
    client.page.locator(".recharts-yAxis").click(force=True)
    client.page.locator(".recharts-bar-rectangle").nth(1).click()
    expect(client.button("Remove the filter")).to_have_count(1)
    assert "words=3-" not in client.page.url, "the first bar was not meant"


def test_a_bar_tells_its_exact_count_under_the_mouse(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Told exactly").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples")
    bars = client.page.locator(".recharts-bar-rectangle")
    told = client.page.locator("figure").get_by_role("row")
    for index in range(2):
        bars.nth(index).hover()
        length, times = told.nth(index).get_by_role("rowheader"), told.nth(index).get_by_role("cell")
        tip = client.page.locator(".recharts-tooltip-wrapper")
        expect(tip).to_have_text(f"{length.inner_text()}{times.inner_text()}")


def test_the_python_that_loads_tokens_is_copied_by_a_key(client, shared_adapters):
    story = begin(shared_adapters, name="Taken away").is_ready().asks_for_tokens().is_tokenized()
    client.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    client.open(f"/datasets/{id_of(story)}/tokenizations")
    client.button("Copy").focus()
    client.page.keyboard.press("Enter")
    expect(client.button("Copied")).to_be_visible()
    copied = client.page.evaluate("navigator.clipboard.readText()")
    path = str(shared_adapters.storage / "tokens")
    assert copied == f'from datasets import load_from_disk\n\ndataset = load_from_disk("{path}")'
