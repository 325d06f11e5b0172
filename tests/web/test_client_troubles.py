"""What the client does when the world is not as it should be: pages without HTTPS, and pages that do not come."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from api.pages import BUILT
from tests.api.conftest import Served
from tests.api.stories import begin
from tests.web.browser import BY_NAME
from tests.web.web_client import WebClient, id_of

pytestmark = pytest.mark.slow


def test_by_the_name_of_the_machine_and_without_https_a_dataset_is_deleted_and_its_path_copied(
    browser, built, shared_adapters
):
    story = begin(shared_adapters, name="Known by name").is_ready()
    served = Served(replace(shared_adapters.settings, allowed_hosts=(BY_NAME,)), BUILT)
    try:
        client = WebClient(browser, f"http://{BY_NAME}:{served.port}")
        client.open(f"/datasets/{id_of(story)}")
        assert client.page.evaluate("[window.isSecureContext, typeof crypto.randomUUID]") == [False, "undefined"]
        client.page.get_by_role("button", name="Copy", exact=True).first.click()
        expect(client.page.get_by_role("button", name="Copied")).to_be_visible()
        client.open()
        client.page.get_by_label("Search datasets").press("Control+v")
        expect(client.page.get_by_label("Search datasets")).to_have_value(
            str(shared_adapters.storage / "datasets" / story.id / "data")
        )
        client.page.get_by_label("Search datasets").fill("")
        client.button("Delete Known by name").click()
        client.says("Moved Known by name to the trash.")
        assert client.browser.addresses_elsewhere() == []
    finally:
        served.stop()


@pytest.mark.parametrize(("path", "what"), [("/nowhere", "page"), ("/datasets/nonsense", "dataset")])
def test_an_address_of_nothing_says_so_and_leads_back(browser, here, path, what):
    client = WebClient(browser, f"http://127.0.0.1:{here.port}")
    client.open(path)
    title = f"There is no such {what}"
    expect(client.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(client.page).to_have_title(f"{title} · miStudio Datasets")
    client.assert_good_looks()
    client.page.get_by_role("main").get_by_role("link", name="All datasets").click()
    expect(client.page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()


def test_a_page_that_did_not_come_says_so_and_is_loaded_again(browser, here):
    client = WebClient(browser, f"http://127.0.0.1:{here.port}")
    client.open()
    client.page.route("**/JobsPage*", lambda route: route.abort())
    client.page.get_by_role("link", name="Jobs").click()
    expect(client.page.get_by_role("alert")).to_contain_text("cannot be shown")
    client.page.get_by_role("link", name="Datasets", exact=True).click()
    expect(client.page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()
    client.page.unroute("**/JobsPage*")
    client.page.get_by_role("link", name="Jobs").click()
    expect(client.page.get_by_role("heading", name="Jobs")).to_be_visible()
