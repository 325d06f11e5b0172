"""Signed addresses: of one file, for some minutes, and of nothing that was altered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.adapters.downloads import Downloads, FileDownload, SamplesDownload
from domain.adapters.public_ids import decode, encode
from domain.adapters.secret_key import KeyOfSecrets

FILE = FileDownload("5f0b7a0e-3c55-4b0d-9d5e-0d7c2f4f8f61", 3)
KEY = "k" * 32


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def signer(key: str = KEY, minutes: int = 2, clock: Clock | None = None) -> Downloads:
    return Downloads(KeyOfSecrets(key, Path("unused")), minutes, clock or Clock())


def test_an_address_is_good_until_its_minutes_are_over():
    clock = Clock()
    downloads = signer(clock=clock)
    signed = downloads.sign(FILE)
    clock.now += 119
    assert downloads.read(signed) == FILE
    clock.now += 1
    assert downloads.read(signed) is None


def test_every_process_with_the_key_reads_it_and_none_with_another():
    signed = signer().sign(FILE)
    assert signer().read(signed) == FILE
    assert signer(key="K" * 32).read(signed) is None


def test_the_key_of_a_home_signs_after_a_restart_as_before(tmp_path):
    signed = Downloads(KeyOfSecrets(None, tmp_path), 1).sign(FILE)
    assert Downloads(KeyOfSecrets(None, tmp_path), 1).read(signed) == FILE


def test_the_key_itself_signs_nothing():
    """So that whatever else is signed with it is no address."""
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    named = encode(f"9999999999\nfile\n{FILE.export_id}\n{FILE.number}")
    assert signer().read(f"{named}.{hmac.new(KEY.encode(), named.encode(), hashlib.sha256).hexdigest()}") is None


def test_nothing_of_it_can_be_altered():
    downloads = signer()
    signed = downloads.sign(FILE)
    for place in range(len(signed)):
        for letter in "Aa0.-/é":
            altered = signed[:place] + letter + signed[place + 1 :]
            assert (downloads.read(altered) is None) == (altered != signed)
        assert downloads.read(signed[:place]) is None
    named, signature = signed.split(".")
    of_another = decode(named).removesuffix("3") + "4"
    assert downloads.read(f"{encode(of_another)}.{signature}") is None
    for text in ("", ".", named, signature, f".{signature}", f"{named}.", signed + "0", signed.upper()):
        assert downloads.read(text) is None


@given(text=some.text())
def test_whatever_else_is_asked_for_is_no_address(text):
    assert signer().read(text) is None


@pytest.mark.parametrize("number", [0, 7, 12_345])
def test_the_number_of_the_file_comes_back(number):
    downloads = signer()
    assert downloads.read(downloads.sign(FileDownload("x", number))) == FileDownload("x", number)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(some.characters()),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)


@given(filter_=some.dictionaries(some.text(), JSON, max_size=3))
def test_a_filter_of_any_values_comes_back(filter_):
    """Line breaks, NUL, halves of surrogate pairs and all."""
    download = SamplesDownload(FILE.export_id, "LONGEST", filter_)
    assert signer().read(signer().sign(download)) == download


def test_a_file_is_not_told_as_samples_nor_samples_as_a_file():
    for download in (
        FILE,
        SamplesDownload(FILE.export_id, "ROW", {}),
        SamplesDownload("file", "x", {"a": "\nfile\n3"}),
    ):
        assert signer().read(signer().sign(download)) == download
