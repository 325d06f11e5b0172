"""The web client in a browser: a list of 1,000 datasets, and what 250 running jobs cost it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from api.migrating import migrate
from domain.adapters import Adapters, open_adapters
from domain.adapters.settings import read_settings
from tests.api.stories import Story, begin, write_progress
from tests.benchmarks.api import process
from tests.benchmarks.api_load import percentile
from tests.benchmarks.report import Figure, durability
from tests.servers import fresh_database, start_servers, temporary_home
from tests.web.browser import chromium, visit

DATASETS = 1_000
RUNNING = 250
LOADS = 5
WATCHED_MILLISECONDS = 5_000
ROUND_SECONDS = 0.5
BUILD = Path(__file__).parents[2] / "web" / "build.py"
# Interactive: every dataset is in the list, and the browser has drawn it and does nothing else.
INTERACTIVE = f"""
    const look = () => {{
        const whole = [...document.querySelectorAll('button[aria-pressed=true] span')];
        if (!whole.some((count) => count.textContent === '{DATASETS:,}')) return requestAnimationFrame(look);
        const told = () => {{ document.documentElement.dataset.interactiveAt = performance.now(); }};
        requestAnimationFrame(() => setTimeout(told));
    }};
    requestAnimationFrame(look);
"""
FRAMES = """(milliseconds) => new Promise((done) => {
    const frames = [];
    let changes = 0;
    const observer = new MutationObserver(() => { changes += 1; });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    let before = performance.now();
    const end = before + milliseconds;
    const next = (now) => {
        frames.push(now - before);
        before = now;
        if (now < end) requestAnimationFrame(next);
        else { observer.disconnect(); done({ frames, changes }); }
    };
    requestAnimationFrame(next);
})"""


def fill(adapters: Adapters) -> list[Story]:
    """Datasets in many states; those that are running."""
    for number in range(DATASETS - RUNNING):
        story = begin(adapters, f"acme/data-{number}", tags=["news", f"part-{number % 7}"]).starts()
        if number % 5 == 0:
            story.fails()
        else:
            story.is_pinned().is_downloaded().starts().is_ingested({"train": [{"text": "a text of five words"}]})
    return [begin(adapters, f"acme/running-{number}").starts().is_pinned() for number in range(RUNNING)]


@contextmanager
def progressing(adapters: Adapters, running: list[Story]) -> Iterator[None]:
    """All of them come on twice a second, as fast as progress is written."""
    stop = threading.Event()

    def go_on() -> None:
        done = 0
        while not stop.wait(ROUND_SECONDS):
            done = (done + 7) % 1000
            for story in running:
                write_progress(adapters, story, done)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def loads(page: Page, address: str) -> list[float]:
    """Seconds to an interactive list, of loads that find the pages in the browser's cache."""
    page.add_init_script(INTERACTIVE)
    seconds = []
    for _ in range(LOADS + 1):
        page.goto(address)
        # its policy lets a page be asked for what it has, not be told what to wait for
        whole = page.locator("html[data-interactive-at]")
        whole.wait_for(timeout=60_000)
        seconds.append(float(whole.get_attribute("data-interactive-at") or 0) / 1000)
    return seconds[1:]


def figures(page: Page, address: str, adapters: Adapters, running: list[Story], how: str) -> list[Figure]:
    seconds = loads(page, address)
    with progressing(adapters, running):
        seen = page.evaluate(FRAMES, WATCHED_MILLISECONDS)
    frames: list[float] = seen["frames"]
    slow = f"{len(frames)} frames in 5 s, the longest {max(frames):.0f} ms; {RUNNING} jobs, each told twice a second"
    return [
        Figure(
            f"list of {DATASETS:,} datasets interactive after a warm load, s",
            median(seconds),
            "<= 1",
            f"median of {LOADS}, the longest {max(seconds):.2f}; {RUNNING} of them running; Chromium; {how}",
        ),
        Figure("frame while 250 jobs run, p95, ms", percentile(frames, 0.95), "<= 50", slow),
        Figure("changes of the page, of its frames", seen["changes"] / len(frames), "<= 1", "however much comes"),
    ]


def run() -> Iterator[Figure]:
    subprocess.run([sys.executable, BUILD], check=True)
    with temporary_home() as home:
        servers = start_servers(home)
        try:
            url = fresh_database(servers, migrate)
            environment = {
                "MISTUDIO_HOME": str(home),
                "MISTUDIO_DATABASE_URL": url,
                "MISTUDIO_REDIS_URL": servers.redis_url,
            }
            adapters = open_adapters(read_settings(environment))
            running = fill(adapters)
            with process("served", environment) as port, chromium() as opened, visit(opened) as seen:
                yield from figures(seen.page, f"http://127.0.0.1:{port}/", adapters, running, durability(url))
            adapters.close()
        finally:
            servers.stop()
