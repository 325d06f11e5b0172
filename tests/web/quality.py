"""What an audit of a page asks for: a document that says what it is, and targets that a finger can hit."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, expect

# CSS px.
WIDTHS = {"wide": 1440, "narrow": 375}
THEMES = ("dark", "light")

# CSS px that WCAG 2.2 asks of a target, in any shape that can be hit: a box around it, its label, all of a card.
TARGET = 24
ABOUT = """() => ({
    title: document.title,
    lang: document.documentElement.lang,
    viewport: document.querySelector('meta[name=viewport]')?.content ?? '',
    description: document.querySelector('meta[name=description]')?.content ?? '',
    unsized: [...document.images].filter((image) => !image.width || !image.height).map((image) => image.outerHTML),
})"""
SMALL = """async (size) => {
    const reach = size / 2 - 0.5;
    const small = [];
    for (const target of document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=tab]')) {
        const first = target.getBoundingClientRect();
        const isUnseen = first.width <= 1 || !target.checkVisibility({ visibilityProperty: true });
        const { display, pointerEvents, clipPath } = getComputedStyle(target);
        const isInText = display === 'inline' && target.closest('p, li, dd') && !target.closest('nav');
        if (isUnseen || isInText || pointerEvents === 'none' || clipPath !== 'none') continue;
        target.scrollIntoView({ block: 'center', inline: 'center' });
        if (!target.isConnected) continue; // a row that has left the window
        const { left, right, top, bottom } = target.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        const isHit = ([dx, dy]) => {
            const found = document.elementFromPoint(x + dx, y + dy);
            return found !== null && [target, ...(target.labels ?? [])].some((place) => place.contains(found));
        };
        const isLarge = [[reach, 0], [-reach, 0], [0, reach], [0, -reach]].every(isHit);
        if (!isLarge) small.push(target.outerHTML.slice(0, 160));
    }
    window.scrollTo(0, 0);
    return small;
}"""
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
# Once what follows a new size or theme has been drawn.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(null))))"


def watch(page: Page) -> None:
    """Have every page that is opened from now on measured."""
    page.add_init_script(WATCHED)


def moved(page: Page) -> float:
    """The sum of all layout shifts since the page was opened."""
    return float(page.evaluate("window.moved"))


def largest_after(page: Page) -> float:
    """Milliseconds after which the largest part of the page was shown."""
    return float(page.evaluate("window.largestAt"))


def wrongs(page: Page, *, for_fingers: bool) -> list[Any]:
    """What is missing or too small on the page as it is."""
    about = page.evaluate(ABOUT)
    missing: list[Any] = [name for name in ("title", "lang", "viewport", "description") if not about[name]]
    return [*missing, *about["unsized"], *(page.evaluate(SMALL, TARGET) if for_fingers else [])]


def themes(page: Page) -> Iterator[str]:
    """Each theme, once the page has it: as it was loaded, without a colour that is still on its way."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(page.locator(f"html[data-theme={theme}]")).to_be_attached()
        page.evaluate(DRAWN)
        yield theme


def looks(page: Page) -> Iterator[str]:
    """Each theme in each width, once the page has it: as it was loaded. It is wide and light again after them."""
    for width, pixels in reversed(WIDTHS.items()):
        page.set_viewport_size({"width": pixels, "height": 900})
        for theme in themes(page):
            yield f"{width}-{theme}"


def beyond_its_width(page: Page) -> list[str]:
    """Whether one has to scroll sideways."""
    wide, fits = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{wide} px in {fits}"] if wide > fits else []
