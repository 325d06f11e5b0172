"""Every page, in light and dark, wide and at 375 px: nothing that axe or an audit finds wrong."""

import pytest
from playwright.sync_api import expect

from tests.api import searchable
from tests.api.stories import begin, write_progress
from tests.web.quality import MOST_MOVED, WIDTHS, beyond_its_width, largest_after, moved, themes, wrongs
from tests.web.web_client import id_of

pytestmark = pytest.mark.slow

# Each theme and each width once.
SHOT = {("wide", "light"), ("narrow", "dark")}
# The path of each page below the address of a dataset (`{id}`, or `{new}` of one that waits), and what it shows when it
# is all there.
PAGES = {
    "datasets": ("/", "Shown"),
    "datasets-none": ("/?search=nothing-has-this", "No dataset is like that"),
    "overview": ("/datasets/{id}", "Different words"),
    "overview-new": ("/datasets/{new}", "Known once it is ready."),
    "samples": ("/datasets/{id}/samples?search=cat", "searched as"),
    "samples-new": ("/datasets/{new}/samples", "Its rows can be read as soon"),
    "statistics": ("/datasets/{id}/statistics", "Most frequent tokens"),
    "tokenizations": ("/datasets/{id}/tokenizations", "load_from_disk"),
    "tokenizations-new": ("/datasets/{new}/tokenizations", "Nothing has been tokenized yet."),
    "history": ("/datasets/{id}/history", "DownloadRequested"),
    "jobs": ("/jobs", "Make searchable"),
    "jobs-none": ("/jobs?group=cancelled", "No work of this kind"),
    "storage": ("/storage", "Restore"),
    "no-dataset": ("/datasets/nonsense", "There is no such dataset"),
    "no-tab": ("/datasets/{id}/nonsense", "There is no such page"),
}


@pytest.fixture(scope="module")
def waiting(here, shared_adapters):
    """The id of one that was only asked for."""
    return id_of(begin(shared_adapters, "acme/waits"))


@pytest.fixture(scope="module")
def dataset(here, shared_adapters, waiting):
    """The id of one that has everything; beside it are some in every other state."""
    write_progress(shared_adapters, begin(shared_adapters, "acme/on-its-way", tags=["news"]).starts().is_pinned(), 250)
    begin(shared_adapters, "acme/failed").starts().fails()
    begin(shared_adapters, "acme/trashed").is_ready().is_trashed()
    shown = begin(shared_adapters, "acme/shown", name="Shown", tags=["news", "small"]).is_ready(searchable.rows())
    searchable.is_indexed(shown).asks_for_tokens().is_tokenized()
    shown.asks_for_tokens(32).starts().fails()
    return id_of(shown)


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_well(client, dataset, waiting, width):
    client.page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    wrong = {}
    for name, (path, shown) in PAGES.items():
        client.open(path.format(id=dataset, new=waiting))
        expect(client.page.get_by_text(shown).first).to_be_attached()
        client.page.wait_for_load_state("networkidle")
        print(f"{name}: CLS {moved(client.page):.3f}, LCP {largest_after(client.page):.0f} ms")
        assert moved(client.page) < MOST_MOVED, name
        wrong[name] = wrongs(client.page, for_fingers=width == "narrow")
        for theme in themes(client.page):
            wrong[f"{name}-{theme}"] = [*client.browser.violations(), *beyond_its_width(client.page)]
            if (width, theme) in SHOT:
                client.shot(f"{name}-{width}-{theme}")
    assert {name: found for name, found in wrong.items() if found} == {}
    assert client.browser.failures == []


def test_a_dataset_is_told_at_a_glance(client, dataset):
    client.open()
    expect(client.page.get_by_role("link", name="Storage:")).to_contain_text("free")
    client.open(f"/datasets/{dataset}")
    for part in ("30 rows · 60%", "20 rows · 40%", "Search index", "read as text", "timestamp[us, tz=UTC]"):
        client.says(part)
    client.page.get_by_role("tab", name="Statistics").click()
    for part in ("Tokens of all texts", "Cells of the output", "36 (90%)", "12 (25%)", "30 · 62.5%"):
        client.says(part)


def test_keys_reach_every_page_and_switch_the_theme(client, dataset):
    client.open()
    for key, path in (("j", "/jobs"), ("s", "/storage"), ("d", "/")):
        client.page.keyboard.type(f"g{key}")
        client.page.wait_for_url(f"{client.address}{path}")
    before = client.page.locator("html").get_attribute("data-theme")
    client.page.keyboard.press("t")
    expect(client.page.locator("html")).not_to_have_attribute("data-theme", before or "")


def test_a_key_asks_for_files_on_any_page(client, dataset):
    # told to the browser before the page is there: a window that is asked for later may not be caught yet
    client.page.on("filechooser", lambda _chooser: None)
    client.open("/jobs")
    client.says("Make searchable")
    with client.page.expect_file_chooser() as asked:
        client.page.keyboard.press("u")
    assert asked.value.is_multiple()


def test_every_place_is_reached_by_a_link_on_a_narrow_screen(client, dataset):
    client.page.set_viewport_size({"width": 375, "height": 800})
    client.open()
    for name in ("Datasets", "Jobs", "Storage", "Playground"):
        expect(client.page.get_by_role("banner").get_by_role("link", name=name, exact=True)).to_be_in_viewport(ratio=1)


def test_the_chosen_tab_is_in_view_on_a_narrow_screen(client, dataset):
    client.page.set_viewport_size({"width": 375, "height": 800})
    client.open(f"/datasets/{dataset}/history")
    expect(client.page.get_by_role("tab", name="History")).to_be_in_viewport(ratio=0.95)
    expect(client.page).to_have_title("Shown · History · miStudio Datasets")
