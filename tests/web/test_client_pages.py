"""Every page, in light and dark, wide and at 375 px: nothing that axe or an audit finds wrong."""

import pytest
from playwright.sync_api import expect

from api.ids import global_id
from tests.api import searchable
from tests.api.stories import begin, write_progress
from tests.web.quality import MOST_MOVED, largest_after, moved, wrongs

pytestmark = pytest.mark.slow

WIDTHS = {"wide": 1440, "narrow": 375}
# The path of each page below the address of a dataset (`{id}`), and what it shows when it is all there.
PAGES = {
    "datasets": ("/", "Shown"),
    "overview": ("/datasets/{id}", "Different words"),
    "samples": ("/datasets/{id}/samples?search=cat", "searched as"),
    "statistics": ("/datasets/{id}/statistics", "Most frequent tokens"),
    "tokenizations": ("/datasets/{id}/tokenizations", "load_from_disk"),
    "history": ("/datasets/{id}/history", "DownloadRequested"),
    "jobs": ("/jobs", "Make searchable"),
    "storage": ("/storage", "Restore"),
}


@pytest.fixture(scope="module")
def dataset(here, shared_adapters):
    """The id of one that has everything; beside it are some in every other state."""
    begin(shared_adapters, "acme/waits")
    write_progress(shared_adapters, begin(shared_adapters, "acme/on-its-way", tags=["news"]).starts().is_pinned(), 250)
    begin(shared_adapters, "acme/failed").starts().fails()
    begin(shared_adapters, "acme/trashed").is_ready().is_trashed()
    shown = begin(shared_adapters, "acme/shown", name="Shown", tags=["news", "small"]).is_ready(searchable.rows())
    searchable.is_indexed(shown).asks_for_tokens().is_tokenized()
    shown.asks_for_tokens(32).starts().fails()
    return global_id("Dataset", shown.id)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_well(client, dataset, theme, width):
    client.page.emulate_media(color_scheme=theme)
    client.page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    wrong = {}
    for name, (path, shown) in PAGES.items():
        client.open(path.format(id=dataset))
        expect(client.page.get_by_text(shown).first).to_be_attached()
        client.page.wait_for_load_state("networkidle")
        print(f"{name}: CLS {moved(client.page):.3f}, LCP {largest_after(client.page):.0f} ms")
        wrong[name] = [*client.browser.violations(), *wrongs(client.page, for_fingers=width == "narrow")]
        assert moved(client.page) < MOST_MOVED, name
        assert client.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width], name
        client.shot(f"{name}-{width}-{theme}")  # last: it makes the window as high as the page, which moves things
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


def test_dialogs_are_well(client, dataset):
    client.open()
    for key, name in (("?", "Keyboard shortcuts"), ("d", "Download a dataset")):
        client.page.keyboard.press(key)
        expect(client.page.get_by_role("dialog", name=name)).to_be_visible()
        client.shot(f"dialog-{name.split()[0].lower()}")
        assert client.browser.violations() == []
        client.page.keyboard.press("Escape")
        expect(client.page.get_by_role("dialog")).to_have_count(0)


def test_keys_reach_every_page_and_switch_the_theme(client, dataset):
    client.open()
    for key, path in (("j", "/jobs"), ("s", "/storage"), ("d", "/")):
        client.page.keyboard.press("g")
        client.page.keyboard.press(key)
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


def test_a_sample_with_its_tokens_is_well(client, dataset):
    client.open(f"/datasets/{dataset}/samples")
    client.says("of 50 rows")
    client.page.get_by_role("row").get_by_role("button").first.click()
    expect(client.page.get_by_role("dialog")).to_be_visible()
    assert client.browser.violations() == []
