"""Every page, in light and dark, wide and at 375 px: nothing that axe finds wrong, nothing that does not fit."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.service import until
from tests.web.web_client import WebClient, ready

pytestmark = pytest.mark.slow

WIDTHS = {"wide": 1440, "narrow": 375}
TOKENIZE = """mutation ($id: ID!) { tokenizeDataset(input: {datasetId: $id, tokenizer: "builtin:byt5",
    recipe: {maxLength: 64, padding: MAX_LENGTH}}) { tokenization { id } } }"""
MADE = "query ($id: ID!) { tokenization(id: $id) { status } }"
# The path of each page below the address of a dataset (`{id}`), and what it shows when it is all there.
PAGES = {
    "datasets": ("/", "Shown"),
    "overview": ("/datasets/{id}", "Different words"),
    "samples": ("/datasets/{id}/samples?search=python", "searched as"),
    "statistics": ("/datasets/{id}/statistics", "Most frequent tokens"),
    "tokenizations": ("/datasets/{id}/tokenizations", "load_from_disk"),
    "history": ("/datasets/{id}/history", "DownloadRequested"),
    "jobs": ("/jobs", "Make searchable"),
    "storage": ("/storage", "The trash is empty"),
}


@pytest.fixture(scope="module")
def dataset(service):
    made = ready(service, "acme/shown", name="Shown")
    tokenization = service.ask(TOKENIZE, id=made)["tokenizeDataset"]["tokenization"]["id"]
    until(lambda: service.ask(MADE, id=tokenization)["tokenization"]["status"] == "READY")
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_well(browser, service, dataset, theme, width):
    client = WebClient(browser, service.url)
    client.page.emulate_media(color_scheme=theme)
    client.page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    wrong = {}
    for name, (path, shown) in PAGES.items():
        client.open(path.format(id=dataset))
        expect(client.page.get_by_text(shown).first).to_be_attached()
        client.page.wait_for_load_state("networkidle")
        client.shot(f"{name}-{width}-{theme}")
        wrong[name] = browser.violations()
        assert client.page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width], name
    assert {name: found for name, found in wrong.items() if found} == {}
    client.assert_well()


def test_dialogs_are_well(browser, service, dataset):
    client = WebClient(browser, service.url)
    client.open()
    for key, name in (("?", "Keyboard shortcuts"), ("d", "Download a dataset")):
        client.page.keyboard.press(key)
        expect(client.page.get_by_role("dialog", name=name)).to_be_visible()
        client.shot(f"dialog-{name.split()[0].lower()}")
        assert browser.violations() == []
        client.page.keyboard.press("Escape")
        expect(client.page.get_by_role("dialog")).to_have_count(0)
    client.assert_well()


def test_keys_reach_every_page_and_switch_the_theme(browser, service, dataset):
    client = WebClient(browser, service.url)
    client.open()
    for key, path in (("j", "/jobs"), ("s", "/storage"), ("d", "/")):
        client.page.keyboard.press("g")
        client.page.keyboard.press(key)
        client.page.wait_for_url(f"{service.url}{path}")
    before = client.page.locator("html").get_attribute("data-theme")
    client.page.keyboard.press("t")
    expect(client.page.locator("html")).not_to_have_attribute("data-theme", before or "")
