"""Every dialog, and what else comes over a page, in each theme and width: nothing that axe finds wrong."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from api.pages import BUILT
from domain.errors import ErrorCode
from tests.api import searchable
from tests.api.conftest import Served
from tests.api.stories import begin
from tests.web.web_client import WebClient, id_of

pytestmark = pytest.mark.slow

Opens = Callable[[Page], None]


def key(name: str) -> Opens:
    return lambda page: page.keyboard.press(name)


def button(name: str) -> Opens:
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


def tokenize_several(page: Page) -> None:
    for number in (1, 2):
        page.get_by_label(f"Select Of many {number}").check()
    page.get_by_role("toolbar").get_by_role("button", name="Tokenize").click()
    page.get_by_role("dialog").get_by_label("Sequences").select_option(label="Windows over each text")


def stop_an_upload(page: Page) -> None:
    page.route("**/uploads/**", lambda _route: None)  # all of it is on its way for ever
    page.get_by_label("Files to upload").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    page.get_by_role("button", name="Stop a.txt").click()


# Under the name of each dialog: the page below the address of a dataset (`{id}`), and how it is opened there.
DIALOGS: dict[str, tuple[str, Opens]] = {
    "Keyboard shortcuts": ("/", key("?")),
    "Download a dataset": ("/", key("d")),
    "Retry Gated": ("/", button("Retry Gated")),
    "Tokenize 2 datasets": ("/", tokenize_several),
    "Stop sending a.txt?": ("/", stop_an_upload),
    "Describe Shown": ("/datasets/{id}", button("Describe")),
    "train[0]": ("/datasets/{id}/samples", lambda page: page.get_by_role("row").get_by_role("button").first.click()),
    "Delete the tokens of builtin:byt5?": (
        "/datasets/{id}/tokenizations",
        button("Delete builtin:byt5, cut at 16 tokens"),
    ),
    "Remove Trashed 1 for good?": ("/storage", button("Remove for good: Trashed 1")),
    "Remove 2 datasets for good?": ("/storage", button("Empty the trash")),
}


@pytest.fixture(scope="module")
def dataset(here, shared_adapters):
    """The id of one that has everything."""
    begin(shared_adapters, name="Gated").starts().fails(ErrorCode.ACCESS_DENIED)
    for number in (1, 2):
        begin(shared_adapters, name=f"Of many {number}").is_ready()
        begin(shared_adapters, name=f"Trashed {number}").is_ready().is_trashed()
    shown = begin(shared_adapters, name="Shown").is_ready(searchable.rows())
    return id_of(searchable.is_indexed(shown).asks_for_tokens().is_tokenized())


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs_are_well(client, dataset, name):
    path, opens = DIALOGS[name]
    client.open(path.format(id=dataset))
    client.page.wait_for_load_state("networkidle")
    opens(client.page)
    expect(client.page.get_by_role("dialog", name=name)).to_be_visible()
    client.assert_good_looks()
    client.shot(f"dialog-{'-'.join(re.findall(r'[a-z]+', name.lower())[:3])}")


def test_a_dialog_gives_the_focus_back_to_where_it_was(client, dataset):
    client.open(f"/datasets/{dataset}/samples")
    row = client.page.get_by_role("row").nth(1).get_by_role("button")
    expect(row).to_be_visible()
    client.page.get_by_role("table", name="Samples").focus()
    client.page.keyboard.press("Tab")
    client.page.keyboard.press("Tab")
    for opens, dialog in (("Enter", "train[1]"), ("?", "Keyboard shortcuts"), ("d", "Download a dataset")):
        expect(row).to_be_focused()
        client.page.keyboard.press(opens)
        expect(client.page.get_by_role("dialog", name=dialog)).to_be_visible()
        client.page.keyboard.press("Escape")
        expect(client.page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_be_focused()


def test_each_button_of_a_download_has_a_name_of_its_own(client, dataset):
    client.open()
    client.page.keyboard.press("d")
    client.page.get_by_label("Repository").fill("acme/english")
    dialog = client.page.get_by_role("dialog")
    for name, is_enabled in (("Look", True), ("Download", False)):
        button = dialog.get_by_role("button", name=name)
        expect(button).to_have_count(1)
        assert button.is_enabled() is is_enabled


def test_uploads_toasts_and_what_is_selected_are_well(client, dataset):
    client.open()
    stop_an_upload(client.page)
    client.page.keyboard.press("Escape")
    client.button("Pause a.txt").click()
    client.button("Delete Of many 2").click()
    client.says("Moved Of many 2 to the trash.")
    client.page.get_by_label("Select Of many 1").check()
    client.assert_good_looks()
    client.shot("selected")


def test_a_filter_and_a_preset_that_are_being_made_are_well(client, dataset):
    client.open(f"/datasets/{dataset}/samples")
    client.button("Filter by a column").click()
    client.page.get_by_label("Value", exact=True).fill("3")
    client.assert_good_looks()
    client.open(f"/datasets/{dataset}/tokenizations")
    client.button("Keep this").click()
    expect(client.page.get_by_label("Name of the preset")).to_be_focused()
    client.assert_good_looks()


def test_a_page_that_lost_its_service_is_well(browser, built, shared_adapters):
    served = Served(shared_adapters.settings, BUILT)
    client = WebClient(browser, f"http://127.0.0.1:{served.port}")
    client.open()
    served.stop()
    expect(client.page.get_by_role("alert")).to_contain_text("goes on by itself")
    client.assert_good_looks()


def test_pages_without_anything_are_well(browser, built, settings):
    served = Served(settings, BUILT)
    try:
        client = WebClient(browser, f"http://127.0.0.1:{served.port}")
        for path, shown in (("/", "Nothing is here yet"), ("/jobs", "No work"), ("/storage", "The trash is empty.")):
            client.open(path)
            client.says(shown)
            client.page.wait_for_load_state("networkidle")
            client.assert_good_looks()
            client.shot(f"empty{path.replace('/', '-').rstrip('-')}")
    finally:
        served.stop()
