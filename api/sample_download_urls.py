"""Addresses under which what was found among the samples of a dataset can be fetched."""

from api.context import Context
from api.errors import bad_input
from domain.adapters.downloads import SamplesDownload

PREFIX, SUFFIX = "/downloads/samples/", ".jsonl"
LONGEST = 8_000  # characters; what proxies and clients take for an address


async def download_url(context: Context, download: SamplesDownload) -> str:
    """A new address; BAD_USER_INPUT where search and filter are too long for one."""
    signed = await context.threads.run(context.adapters.downloads.sign, download)
    url = f"{PREFIX}{signed}{SUFFIX}"
    if len(url) > LONGEST:
        raise bad_input(
            f"The address of the download would hold search and filter, and have {len(url):,} characters; {LONGEST:,} "
            "are the most that every client takes. Give a shorter search, or fewer values."
        )
    return url
