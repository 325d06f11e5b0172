"""One dataset, read while it changes: what is found, what is counted, and what can be taken away."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api.ids import global_id, key_of
from tests.api import searchable
from tests.api.figures import FIGURES, SPLITS
from tests.api.operations import describe
from tests.api.stories import begin
from tests.end_to_end.service import until
from tests.web.quality import beyond_its_width

pytestmark = pytest.mark.slow

NEWEST = "query ($id: ID!) { dataset(id: $id) { jobs(first: 1) { nodes { id kind } } } }"
STORED = "query ($ids: [ID!]) { storage { byDataset(ids: $ids) { bytes } } }"
ROW_PIXELS = 60
FIRST_IN_VIEW = """() => {
    const table = document.querySelector('[role=table][aria-label=Samples]');
    const top = table.getBoundingClientRect().top;
    const shown = [...table.querySelectorAll('[role=row]')].filter((row) => row.getBoundingClientRect().top >= top - 1);
    return Math.min(...shown.map((row) => Number(row.getAttribute('aria-rowindex'))));
}"""
# Once it has not moved for many frames, however long those take to be drawn.
AT_REST = """() => new Promise((rests) => {
    const table = document.querySelector('[role=table][aria-label=Samples]');
    let [before, still] = [table.scrollTop, 0];
    const look = () => {
        still = table.scrollTop === before ? still + 1 : 0;
        before = table.scrollTop;
        if (still < 20) requestAnimationFrame(look);
        else rests(null);
    };
    requestAnimationFrame(look);
})"""


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
        until(lambda told=told: client.figure("Words") == told)


def test_a_row_that_was_found_by_another_column_says_so(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Titled").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples?search=mouse")
    expect(client.page.get_by_role("row").first).to_contain_text("found in title")
    client.page.get_by_label("Search samples").fill("mat")
    expect(client.page.locator("mark").first).to_have_text("mat")
    expect(client.page.get_by_text("found in title")).to_have_count(0)


def test_all_that_lies_on_disk_of_a_dataset_is_told_by_what_it_is(client, here, shared_adapters):
    story = begin(shared_adapters, name="Large").starts().is_pinned().is_downloaded()
    client.open(f"/datasets/{id_of(story)}")
    disk = client.page.get_by_role("region", name="On disk")
    expect(disk).to_contain_text("Files as they came")
    expect(disk).to_contain_text("1.0 kB · 100%")
    story.starts().is_ingested()
    story.asks_for_an_index().is_indexed().asks_for_tokens(16).is_tokenized()
    story.asks_for_an_export().is_exported({"train-00000-of-00001.parquet": bytes(500)})
    told = {"Rows": 200, "Search index": 400, "Tokenizations": 300, "Exports": 500}
    for name, size in told.items():
        expect(disk.locator("div", has=client.page.get_by_text(name, exact=True)).last).to_contain_text(f"{size} B")
    expect(disk.locator("dt")).to_have_count(len(told))
    [stored] = here.client.ask(STORED, ids=[id_of(story)])["byDataset"]
    assert stored["bytes"] == sum(told.values())
    expect(disk).to_contain_text("1.4 kB")


def test_a_dataset_that_is_purged_from_elsewhere_is_gone_where_it_is_shown(client, shared_adapters):
    story = begin(shared_adapters, name="Purged elsewhere").is_ready()
    client.open(f"/datasets/{id_of(story)}")
    expect(client.page.get_by_role("heading", name="Purged elsewhere")).to_be_visible()
    story.is_purged()
    expect(client.page.get_by_role("heading", level=1)).to_have_text("There is no such dataset")


def test_rows_are_numbered_as_they_are_gone_to(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Numbered").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples?split=test")
    client.page.get_by_label("Go to row").fill("7")
    client.page.get_by_label("Go to row").press("Enter")
    row = client.page.get_by_role("row").filter(has=client.page.get_by_text("test[6]", exact=True))
    expect(row.get_by_role("cell").first).to_have_text("7")
    row.get_by_role("button").click()
    expect(client.page.get_by_role("dialog", name="test[6]")).to_contain_text("number36")


def test_the_rows_that_are_wanted_are_saved_all_of_them_in_one_file(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Saved").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples?split=test")
    with client.page.expect_download() as saved:
        client.page.get_by_role("button", name="Save these rows").click()
    rows = [json.loads(line) for line in Path(saved.value.path()).read_text().splitlines()]
    wanted = searchable.rows()["test"]
    assert [row["row"]["text"] for row in rows] == [row["text"] for row in wanted]


def test_a_click_below_the_bars_keeps_all_rows(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Axes").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples")
    chart = client.page.locator(".recharts-surface")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    client.page.mouse.click(box["x"] + 6, box["y"] + box["height"] / 2)
    client.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
    client.page.get_by_role("button", name="test 20").click()
    client.page.wait_for_url("**split=test*")
    assert "words=" not in client.page.url


def test_a_bar_tells_its_exact_count_under_the_mouse(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Told exactly").is_ready(searchable.rows()))
    client.open(f"/datasets/{id_of(story)}/samples")
    bars, tip = client.page.locator(".recharts-bar-rectangle"), client.page.locator(".recharts-tooltip-wrapper")
    told = client.page.locator("figure").get_by_role("row").filter(has_not=client.page.get_by_text("0", exact=True))
    for index in range(2):
        bars.nth(index).hover()
        length, times = told.nth(index).get_by_role("rowheader"), told.nth(index).get_by_role("cell")
        expect(tip).to_have_text(f"{length.inner_text()}{times.inner_text()}")


def test_a_bar_tells_its_exact_count_where_keys_come_to_it(client, shared_adapters):
    story = searchable.is_indexed(begin(shared_adapters, name="Told to keys").is_ready(searchable.rows()))
    client.page.set_viewport_size({"width": 375, "height": 900})
    client.open(f"/datasets/{id_of(story)}/statistics")
    bars = client.page.get_by_role("group", name="How long texts are, in words")
    expect(bars.get_by_role("img").first).to_be_visible()
    client.page.get_by_role("group", name="Split").get_by_role("button").last.focus()
    client.page.keyboard.press("Tab")
    for key in ("Home", "End"):
        client.page.keyboard.press(key)
        told = bars.locator(":focus").get_attribute("aria-label").partition(": ")
        expect(bars.get_by_text(told[0], exact=True)).to_be_visible()
        expect(bars.get_by_text(told[2], exact=True)).to_be_visible()
        assert beyond_its_width(client.page) == []
        client.shot(f"keys-{key}")


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


def test_no_row_of_a_very_long_list_is_skipped_by_a_wheel_or_a_key(client, shared_adapters):
    rows = {"train": [{"text": f"number {number}"} for number in range(200_000)]}
    story = begin(shared_adapters, name="Very long").is_ready(rows)
    client.open(f"/datasets/{id_of(story)}/samples")
    table = client.page.get_by_role("table", name="Samples")
    client.page.get_by_label("Go to row").fill("100001")
    client.page.get_by_label("Go to row").press("Enter")
    expect(table.get_by_text("number 100000", exact=True)).to_be_in_viewport()
    seen = first = client.page.evaluate(FIRST_IN_VIEW)
    assert first == 100_001
    table.hover()
    for _ in range(20):
        client.page.mouse.wheel(0, 120)
        seen = moves_on(client, seen, 120)
    assert seen - first <= 20 * 120 / ROW_PIXELS
    table.focus()
    client.page.keyboard.press("PageDown")
    moves_on(client, seen, 1_000)


def moves_on(client, before, most_pixels):
    """The first row in view once it is another one, that is no further on than was asked for."""
    until(lambda: client.page.evaluate(FIRST_IN_VIEW) > before)
    client.page.evaluate(AT_REST)
    now = client.page.evaluate(FIRST_IN_VIEW)
    assert now - before <= most_pixels / ROW_PIXELS + 1
    return now
