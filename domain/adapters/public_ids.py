"""The ids by which clients know things, for messages that name one."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def public_id(kind: str, key: str) -> str:
    """The id of the `kind` of node that has this key among its kind."""
    return encode(f"{kind}:{key}")


def encode(text: str) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(text: str) -> str | None:
    """What `encode` made this of, or None where it did not."""
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:  # not ASCII, not base64, not UTF-8
        return None
    return found if encode(found) == text else None
