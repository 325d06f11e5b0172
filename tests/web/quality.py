"""What an audit of a page asks for: a document that says what it is, and that nothing in it moves by itself."""

from typing import Any

from playwright.sync_api import Page

ABOUT = """() => ({
    title: document.title,
    lang: document.documentElement.lang,
    viewport: document.querySelector('meta[name=viewport]')?.content ?? '',
    description: document.querySelector('meta[name=description]')?.content ?? '',
    unsized: [...document.images].filter((image) => !image.width || !image.height).map((image) => image.outerHTML),
})"""
# Counts, from before the page is there, what it moves without having been asked to, and when its largest part is shown.
WATCHED = """
    window.moved = 0;
    window.largestAt = 0;
    const moves = (list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
    };
    new PerformanceObserver(moves).observe({ type: 'layout-shift', buffered: true });
    const paints = (list) => { window.largestAt = list.getEntries().at(-1).startTime; };
    new PerformanceObserver(paints).observe({ type: 'largest-contentful-paint', buffered: true });
"""
# Web Vitals call less than this good.
MOST_MOVED = 0.1


def watch(page: Page) -> None:
    """Have every page that is opened from now on measured."""
    page.add_init_script(WATCHED)


def moved(page: Page) -> float:
    """The sum of all layout shifts since the page was opened."""
    return float(page.evaluate("window.moved"))


def largest_after(page: Page) -> float:
    """Milliseconds after which the largest part of the page was shown."""
    return float(page.evaluate("window.largestAt"))


def wrongs(page: Page) -> list[Any]:
    """What is missing on the page as it is."""
    about = page.evaluate(ABOUT)
    missing: list[Any] = [name for name in ("title", "lang", "viewport", "description") if not about[name]]
    return [*missing, *about["unsized"]]
