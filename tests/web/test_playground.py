"""The playground, as a person has it."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from api.pages import BUILT
from tests.api.client import until
from tests.api.conftest import Served
from tests.end_to_end.operations import DOWNLOAD
from tests.end_to_end.operations import LOOK as LOOK_AT
from tests.end_to_end.service import PATIENCE_SECONDS
from tests.web.conftest import EXAMPLE
from tests.web.quality import THEMES, WIDTHS
from tests.web.web_client import screenshot

pytestmark = pytest.mark.slow

LOOK, DOWNLOAD_TAB, WATCH = range(3)
OPEN = "{ jobs(filter: {status: [QUEUED, RUNNING, CANCELLING]}) { nodes { id } } }"
# What a theme of the editor sets, however far it has come with the colours of single words.
FOREGROUND = "editor => getComputedStyle(editor).getPropertyValue('--vscode-editor-foreground')"


class Playground:
    """GraphiQL with the three examples that a first visit opens with."""

    def __init__(self, browser, address):
        self.browser, self.page = browser, browser.page
        self.address = address
        self.page.goto(f"{address}/graphql")
        self.tabs = self.page.locator(".graphiql-tabs .graphiql-tab")
        self.button = self.page.locator(".graphiql-execute-button")
        self.response = self.page.locator(".graphiql-response .view-lines")
        expect(self.tabs).to_have_count(3)
        self.edits("hubDataset")

    def edits(self, word):
        """The editor is there, and what it holds has the word."""
        expect(self.page.locator(".graphiql-query-editor .view-lines")).to_contain_text(word)

    def run(self, tab, field, *words):
        """Run the example of a tab, which asks for a field, at once: the answer has the words."""
        self.tabs.nth(tab).click()
        self.edits(field)
        self.button.click()
        self.shows(*words)

    def runs_in_time(self, word):
        """Run again until the answer has the word: GraphiQL reads what was typed with a delay."""

        def answered():
            self.button.click()
            self.page.wait_for_timeout(1_000)
            return self.response.get_by_text(word).count()

        until(answered)

    def shows(self, *words):
        for word in words:
            expect(self.response).to_contain_text(word)

    def kept(self, key):
        """What the browser remembers for a next visit."""
        return self.page.evaluate("key => localStorage.getItem(`graphiql:${key}`) ?? ''", key)

    def assert_well(self):
        """Nothing came from elsewhere, and the browser refused nothing."""
        assert f"{self.address}/assets/" in " ".join(self.browser.addresses)
        assert self.browser.addresses_elsewhere() == []
        assert self.browser.complaints == []


@pytest.fixture
def playground(browser, service):
    opened = Playground(browser, service.url)
    yield opened
    opened.assert_well()


def test_a_first_visit_opens_with_three_operations_ready_to_run(playground):
    for number, name in enumerate(("LookAtRepository", "DownloadDataset", "WatchEvents")):
        expect(playground.tabs.nth(number)).to_contain_text(name)
    expect(playground.page.locator(".graphiql-editor-tool")).to_contain_text(EXAMPLE)


def test_a_second_visit_goes_on_where_the_first_ended(playground):
    playground.tabs.nth(WATCH).click()
    variables = playground.page.locator(".graphiql-editor-tool")
    expect(variables).to_contain_text('"after": "0"')
    # it keeps these one after the other, each a moment after the last change
    for key, part in (("tabState", '"activeTabIndex":2'), ("query", "WatchEvents"), ("variables", '"after"')):
        until(lambda key=key, part=part: part in playground.kept(key))
    playground.page.reload()
    expect(playground.tabs).to_have_count(3)
    playground.edits("WatchEvents")
    expect(variables).to_contain_text('"after": "0"')


def test_the_schema_is_there_to_be_read(playground):
    playground.page.get_by_label("Show Documentation Explorer").click()
    expect(playground.page.locator(".graphiql-doc-explorer")).to_contain_text("TokenizationRecipeInput")


def test_the_examples_look_download_and_watch(playground, service):
    until(lambda: service.ask(LOOK_AT, repository=EXAMPLE)["hubDataset"]["accessible"], PATIENCE_SECONDS)  # gets warm
    playground.run(LOOK, "hubDataset", f'"repository": "{EXAMPLE}"', '"accessible": true', '"fileCount": 2')
    playground.run(DOWNLOAD_TAB, "downloadDataset", '"status": "QUEUED"', '"errors": []')
    until(lambda: not service.ask(OPEN)["jobs"]["nodes"], PATIENCE_SECONDS)
    playground.run(WATCH, "caughtUp", '"caughtUp": true')
    service.ask(DOWNLOAD, repository="acme/english", splits=["test"])
    # GraphiQL shows the newest answer of a subscription alone: what comes last, and stays
    playground.shows("IndexCompleted", '"summary": "Searchable: 50 of 50 rows')
    assert f"ws://127.0.0.1:{service.port}/graphql" in playground.browser.addresses


@pytest.mark.parametrize("theme", THEMES)
def test_the_playground_is_well(browser, here, theme):
    browser.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    playground = Playground(browser, f"http://127.0.0.1:{here.port}")
    # coloured a moment after they are there
    expect(playground.page.locator(".graphiql-query-editor .view-lines [class*=mtk]").nth(9)).to_be_attached()
    found = {"editors": browser.violations()}
    playground.page.get_by_label("Show Documentation Explorer").click()
    expect(playground.page.locator(".graphiql-doc-explorer")).to_contain_text("subscription")
    found["documentation"] = browser.violations()
    playground.page.get_by_label("Show History").click()
    found["history"] = browser.violations()
    for dialog in ("Open short keys dialog", "Open settings dialog"):
        playground.page.get_by_label(dialog).click()
        expect(playground.page.get_by_role("dialog")).to_be_visible()
        found[dialog] = browser.violations()
        playground.page.keyboard.press("Escape")
        expect(playground.page.get_by_role("dialog")).to_have_count(0)
    playground.button.click()
    expect(playground.response).to_contain_text("hubDataset")
    browser.page.screenshot(path=screenshot(f"playground-{theme}"))
    playground.page.set_viewport_size({"width": WIDTHS["narrow"], "height": 900})
    found["answer, narrow"] = browser.violations()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_the_editors_follow_the_theme_of_the_system(browser, here):
    browser.page.emulate_media(color_scheme="light")
    playground = Playground(browser, f"http://127.0.0.1:{here.port}")
    editor = playground.page.locator(".graphiql-query-editor .monaco-editor").first
    light = editor.evaluate(FOREGROUND)
    assert light
    for scheme, is_light in (("dark", False), ("light", True)):
        browser.page.emulate_media(color_scheme=scheme)
        until(lambda is_light=is_light: (editor.evaluate(FOREGROUND) == light) is is_light)


def test_the_tabs_are_told_as_a_list_of_buttons_of_which_one_is_chosen(browser, here):
    playground = Playground(browser, f"http://127.0.0.1:{here.port}")
    tabs = playground.page.get_by_role("list", name="Select active operation").get_by_role("listitem")
    chosen = tabs.locator("[aria-current=true]")
    expect(chosen).to_have_text("LookAtRepository")
    tabs.nth(WATCH).get_by_role("button", name="WatchEvents").click()
    expect(chosen).to_have_text("WatchEvents")
    playground.page.get_by_label("New tab").click()
    expect(tabs).to_have_count(4)
    tabs.nth(3).get_by_role("button", name="Close Tab").click()
    expect(tabs).to_have_count(3)
    expect(chosen).to_have_text("WatchEvents")


def test_the_headers_carry_the_token_to_subscriptions_too(browser, settings):
    served = Served(replace(settings, api_token="secret"), BUILT)
    try:
        playground = Playground(browser, f"http://127.0.0.1:{served.port}")
        playground.run(WATCH, "caughtUp", "4403")
        playground.page.get_by_role("button", name="Headers", exact=True).click()
        playground.page.locator(".graphiql-editor-tool .view-lines:visible").click()
        playground.page.keyboard.insert_text('{"Authorization": "Bearer secret"}')
        playground.runs_in_time('"caughtUp": true')
    finally:
        served.stop()
