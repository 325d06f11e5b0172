"""The web client, as a person has it."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from api.ids import global_id
from tests.api.stories import Story
from tests.end_to_end.service import Service, until
from tests.web.browser import Visit
from tests.web.quality import beyond_its_width, looks

# Looked at by whoever changes the pages; never committed.
SCREENSHOTS = Path(__file__).parent / "screenshots"
DOWNLOAD = """mutation ($repository: String!, $name: String) {
    downloadDataset(input: {repository: $repository, name: $name}) { dataset { id } } }"""
# Of who asks the Hub, on a busy machine: the page asks again by itself so long.
GETS_WARM_MILLISECONDS = 130_000
STATUS = "query ($id: ID!) { dataset(id: $id) { status searchIndex { status } } }"


class WebClient:
    """The client in a browser that has never been here."""

    def __init__(self, browser: Visit, address: str) -> None:
        self.browser, self.page = browser, browser.page
        self.address = address

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        expect(self.page.locator("main h1, main h2").first).to_be_visible()

    def card(self, name: str) -> Locator:
        """Of the datasets page."""
        return self.page.get_by_role("article", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def says(self, text: str) -> None:
        """The corner, or the page, says it."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def download(self, repository: str, name: str) -> None:
        """By the form, with its keys."""
        self.page.keyboard.press("d")
        self.page.get_by_label("Repository").fill(repository)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_text("Can be read")).to_be_visible(timeout=GETS_WARM_MILLISECONDS)
        self.page.get_by_role("textbox", name="Name").fill(name)
        self.page.get_by_role("dialog").get_by_role("button", name="Download").click()

    def progress(self, place: Locator) -> int:
        """How many percent of what is shown there are done; -1 where nothing is told yet."""
        bar = place.get_by_role("progressbar")
        return int((bar.count() and bar.first.get_attribute("aria-valuenow")) or -1)

    def shot(self, name: str) -> None:
        self.page.screenshot(path=screenshot(name), full_page=True)

    def figure(self, name: str) -> str:
        """What the page tells under this name."""
        term = self.page.locator("dt", has_text=re.compile(f"^{re.escape(name)}$")).first
        return term.locator("xpath=following-sibling::dd[1]").inner_text()

    def assert_good_looks(self) -> None:
        """axe finds nothing wrong with the page as it is, and nobody scrolls sideways: in each theme and width."""
        found = {look: [*self.browser.violations(), *beyond_its_width(self.page)] for look in looks(self.page)}
        wrong = {look: each for look, each in found.items() if each}
        assert not wrong, wrong

    def assert_well(self) -> None:
        """Nothing came from elsewhere, and the browser refused nothing."""
        assert self.browser.addresses_elsewhere() == []
        assert self.browser.complaints == []


def screenshot(name: str) -> Path:
    """Where one of this name is kept."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / f"{name}.png"


def id_of(story: Story) -> str:
    """As the API tells it."""
    return global_id("Dataset", story.id)


def ready(service: Service, repository: str, name: str | None = None) -> str:
    """The id of a dataset that is there to be worked with, searchable."""
    asked = service.ask(DOWNLOAD, repository=repository, name=name)["downloadDataset"]
    found: str = asked["dataset"]["id"]

    def is_searchable() -> bool:
        dataset = service.ask(STATUS, id=found)["dataset"]
        return dataset["status"] == "READY" and dataset["searchIndex"]["status"] == "READY"

    until(is_searchable)
    return found
