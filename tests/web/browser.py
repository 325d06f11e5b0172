"""A browser, as a person has it: Debian's Chromium, driven by Playwright, and every request of it written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ("disable-background-networking", "disable-component-update", "disable-sync", "no-first-run", "disable-quic")
PATIENCE_MILLISECONDS = 90_000
# A name of this machine, as others of its network know it: pages of it come without what needs HTTPS.
BY_NAME = "mistudio.test"
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

expect.set_options(timeout=PATIENCE_MILLISECONDS)


class Visit:
    """One page of a browser without a past.

    `complaints`: what its console calls an error, refused content too. `failures`: requests that came to nothing.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.addresses: list[str] = []
        self.complaints: list[str] = []
        self.failures: list[str] = []
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.route(is_elsewhere, lambda route: route.abort())
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("websocket", lambda opened: self.addresses.append(opened.url))
        page.on("requestfailed", lambda request: self._fails(request.url, request.failure or "cut off"))
        page.on("response", lambda answer: None if answer.ok else self._fails(answer.url, str(answer.status)))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def _fails(self, address: str, why: str) -> None:
        """What is left while it is on its way, as by going to another page, has not failed."""
        if why != "net::ERR_ABORTED":
            self.failures.append(f"{address}: {why}")

    def addresses_elsewhere(self) -> list[str]:
        """Those that are not of this machine."""
        return [address for address in self.addresses if is_elsewhere(address)]

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is, each with the elements at fault."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [f"{wrong['id']}: {[node['html'] for node in wrong['nodes']]}" for wrong in found]


def is_elsewhere(address: str) -> bool:
    """Whether it is not of this machine."""
    return not address.startswith(("data:", "blob:")) and urlsplit(address).hostname not in {"127.0.0.1", BY_NAME}


@contextmanager
def chromium() -> Iterator[Browser]:
    """One for all tests: what makes it slow is its start."""
    flags = ["--no-sandbox", "--disable-gpu", *(f"--{flag}" for flag in QUIET)]
    flags.append(f"--host-resolver-rules=MAP {BY_NAME} 127.0.0.1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser) -> Iterator[Visit]:
    """A window of 1600 by 1000 that nobody has looked into."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    try:
        yield Visit(context.new_page())
    finally:
        context.close()
