"""HTTP to the Hub and to the hosts that it sends one to: redirects, who is told the token, what is said of trouble."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from domain.errors import ErrorCode, WorldFailure
from workers.hub_refusals import later, refusal

DEFAULT_ENDPOINT = "https://huggingface.co"
CONNECT_SECONDS = 5.0
# A server that sends nothing for so long counts as gone.
STALLED_AFTER_SECONDS = 30.0
MOST_REDIRECTS = 10
AGENT = {"User-Agent": "mistudio-datasets", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose head is read, and the `X-Linked-Etag` of the redirect that led to it ("" where none did)."""

    response: httpx.Response
    linked_etag: str


class Connection:
    """The connections of one download to HF_ENDPOINT, with its token or else HF_TOKEN; for several threads.

    Tokens that other tools have saved on this machine are never used. Nothing is tried twice here.
    """

    def __init__(self, token: str | None, stalled_after_seconds: float) -> None:
        self.endpoint = (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
        self._token = _usable(token or os.environ.get("HF_TOKEN") or None)
        timeout = httpx.Timeout(stalled_after_seconds, connect=CONNECT_SECONDS)
        self._client = httpx.Client(headers=AGENT, timeout=timeout)

    def close(self) -> None:
        self._client.close()

    def is_of_hub(self, url: httpx.URL) -> bool:
        """Whether an address is the Hub's own: scheme, host and port."""
        hub = httpx.URL(self.endpoint)
        return (url.scheme, url.host, url.port) == (hub.scheme, hub.host, hub.port)

    @contextmanager
    def get(self, url: httpx.URL | str, repository: str, headers: dict[str, str] | None = None) -> Generator[Answer]:
        """The answer at the end of the redirects. The token goes to the Hub alone.

        Raises WorldFailure, also where the connection breaks or stalls inside the block.
        """
        with self.reached():
            address, linked = httpx.URL(url), ""
            for _ in range(MOST_REDIRECTS):
                with self._client.stream("GET", address, headers=self._headers(address, headers)) as response:
                    if not response.has_redirect_location:
                        if not response.is_success:
                            raise self._refusal(response, repository)
                        yield Answer(response, linked)
                        return
                    linked = response.headers.get("X-Linked-Etag", linked)
                    address = response.url.join(response.headers["Location"])
            raise self.strange(repository)

    @contextmanager
    def reached(self) -> Generator[None]:
        """Says what breaks inside the block."""
        try:
            yield
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise self.broken(type(error).__name__) from error

    def broken(self, what: str) -> WorldFailure:
        """The failure of a connection that could not be made, broke or stalled."""
        message = f"The Hub at {self.endpoint} cannot be reached or broke off ({what}): "
        return later(ErrorCode.HUB_UNAVAILABLE, message + "check the network, or retry later.")

    def strange(self, repository: str) -> WorldFailure:
        """The failure of an answer that makes no sense."""
        message = f"{self.endpoint} does not answer about {repository} as a Hub does: check HF_ENDPOINT and proxies."
        return later(ErrorCode.HUB_UNAVAILABLE, message)

    def _headers(self, address: httpx.URL, headers: dict[str, str] | None) -> dict[str, str]:
        told = {"Authorization": f"Bearer {self._token}"} if self._token and self.is_of_hub(address) else {}
        return (headers or {}) | told

    def _refusal(self, response: httpx.Response, repository: str) -> WorldFailure:
        of_hub = self.is_of_hub(response.url)
        return refusal(response, repository, of_hub=of_hub, with_token=self._token is not None)


def _usable(token: str | None) -> str | None:
    """The token itself. One that cannot be sent is refused here: the client's own error would repeat it."""
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        message = "The token holds characters that no token has: copy it again."
        raise WorldFailure(ErrorCode.ACCESS_DENIED, message)
    return token
