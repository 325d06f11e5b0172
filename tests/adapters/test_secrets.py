"""Tokens are kept encrypted under a handle, and are gone when they are forgotten or their time is over."""

import logging
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from domain.adapters import open_adapters
from domain.adapters.secret_key import FILE, KeyOfSecrets
from domain.adapters.settings import SettingsError

TOKEN = "hf_a_token_that_is_easily_found"


def rows(adapters):
    with adapters.pool.connection() as connection:
        return connection.execute("SELECT handle::text, sealed FROM secrets").fetchall()


def age(adapters, interval):
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE secrets SET kept_at = clock_timestamp() - %s::interval", (interval,))


def read_key(home: Path) -> list[str]:
    return [
        sys.executable,
        "-c",
        "import sys; from pathlib import Path; from domain.adapters.secret_key import KeyOfSecrets;"
        f"sys.stdin.read(); print(KeyOfSecrets(None, Path({str(home)!r})).read())",
    ]


def test_a_kept_token_is_opened_by_its_handle(adapters):
    handle = adapters.secrets.keep(TOKEN)
    assert adapters.secrets.open(handle) == TOKEN
    assert TOKEN not in handle


def test_the_table_does_not_hold_the_token_in_the_clear(adapters):
    handle = adapters.secrets.keep(TOKEN)
    [(kept, sealed)] = rows(adapters)
    assert kept == handle
    assert TOKEN.encode() not in sealed


def test_the_same_token_kept_twice_looks_different(adapters):
    handles = {adapters.secrets.keep(TOKEN), adapters.secrets.keep(TOKEN)}
    assert len(handles) == len({sealed for _, sealed in rows(adapters)}) == 2


def test_a_forgotten_token_is_gone_and_may_be_forgotten_again(adapters):
    handle = adapters.secrets.keep(TOKEN)
    adapters.secrets.forget(handle)
    adapters.secrets.forget(handle)
    adapters.secrets.forget(None)
    assert adapters.secrets.open(handle) is None
    assert rows(adapters) == []


def test_a_token_is_kept_for_24_hours_and_not_longer(adapters):
    handle = adapters.secrets.keep(TOKEN)
    age(adapters, "23 hours 59 minutes")
    adapters.secrets.forget_expired()
    assert adapters.secrets.open(handle) == TOKEN
    age(adapters, "24 hours 1 minute")
    assert adapters.secrets.open(handle) is None, "it counts as gone before it is swept"
    adapters.secrets.forget_expired()
    assert rows(adapters) == []


def test_another_process_of_the_same_home_opens_it(adapters):
    handle = adapters.secrets.keep(TOKEN)
    other = open_adapters(adapters.settings)
    try:
        assert other.secrets.open(handle) == TOKEN
    finally:
        other.close()


def test_a_token_of_another_key_counts_as_gone_and_the_log_says_what_to_do(adapters, caplog):
    handle = adapters.secrets.keep(TOKEN)
    other = open_adapters(replace(adapters.settings, secret_key="another key of enough characters"))
    try:
        with caplog.at_level(logging.WARNING):
            assert other.secrets.open(handle) is None
    finally:
        other.close()
    assert "MISTUDIO_SECRET_KEY" in caplog.text


def test_what_is_put_under_another_handle_does_not_open(adapters):
    mine, theirs = adapters.secrets.keep(TOKEN), adapters.secrets.keep("hf_theirs")
    with adapters.pool.connection() as connection:
        connection.execute(
            "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE handle = %s) WHERE handle = %s",
            (theirs, mine),
        )
    assert adapters.secrets.open(mine) is None


def test_the_key_is_made_once_and_closed_to_others(tmp_path):
    home = tmp_path / "home"
    key = KeyOfSecrets(None, home).read()
    assert len(key) == 64
    assert KeyOfSecrets(None, home).read() == key
    assert (home / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [FILE]


def test_a_given_key_is_used_and_no_file_is_made(tmp_path):
    assert KeyOfSecrets("k" * 32, tmp_path).read() == "k" * 32
    assert list(tmp_path.iterdir()) == []


def test_many_processes_at_once_have_one_key(tmp_path):
    home = tmp_path / "home"
    started = [
        subprocess.Popen(read_key(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in started:  # all are waiting for their standard input to end
        process.stdin.close()
    told = {process.stdout.read().strip() for process in started}
    for process in started:
        assert process.wait() == 0
        process.stdout.close()
    assert told == {KeyOfSecrets(None, home).read()}
    assert [path.name for path in home.iterdir()] == [FILE]


def test_a_crash_while_the_key_is_made_leaves_nothing_that_matters(tmp_path):
    killed_before_the_rename = (
        "import os, signal; from pathlib import Path; from domain.adapters import secret_key;"
        "secret_key.settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        f"secret_key.KeyOfSecrets(None, Path({str(tmp_path)!r})).read()"
    )
    ended = subprocess.run([sys.executable, "-c", killed_before_the_rename], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not (tmp_path / FILE).exists()
    key = KeyOfSecrets(None, tmp_path).read()
    assert len(key) == 64
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_told_and_not_used(tmp_path):
    (tmp_path / FILE).write_text("abc")
    with pytest.raises(SettingsError, match=r"secret\.key is damaged"):
        KeyOfSecrets(None, tmp_path).read()
