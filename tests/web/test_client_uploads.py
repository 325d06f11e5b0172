"""Files that are dropped on a page."""

import pytest
from playwright.sync_api import expect

from tests.web.web_client import WebClient

pytestmark = pytest.mark.slow


@pytest.fixture
def client(browser, service):
    return WebClient(browser, service.url)


def test_a_file_that_is_dropped_on_the_page_is_uploaded(client):
    client.open()
    dropped = client.page.evaluate_handle("""() => {
        const dropped = new DataTransfer();
        dropped.items.add(new File(['text\\none\\ntwo\\n'], 'dropped.csv'));
        return dropped;
    }""")
    client.page.locator("main > div").first.dispatch_event("drop", {"dataTransfer": dropped})
    expect(client.card("dropped.csv")).to_contain_text("Ready")
    client.assert_well()
