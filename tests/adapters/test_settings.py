"""The environment becomes settings, or one sentence that names the variable at fault."""

import os
from pathlib import Path
from traceback import format_exception

import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.adapters.settings import SettingsError, list_settings, read_settings


def test_everything_has_a_default() -> None:
    settings = read_settings({"HOME": "/home/ada"})

    home = Path("/var/lib/mistudio" if os.geteuid() == 0 else "/home/ada/.local/share/mistudio")
    assert settings.home == home
    assert settings.storage == home / "storage"
    assert settings.tokenizers == home / "tokenizers"
    assert settings.imports == home / "imports"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.workers == len(os.sched_getaffinity(0))
    assert (settings.downloads, settings.shard_bytes, settings.lease_seconds) == (1, 33_554_432, 15)
    assert (settings.reserve, settings.quota) == (5, None)
    assert settings.keep_originals is False


@pytest.mark.skipif(os.geteuid() == 0, reason="root's home does not depend on XDG_DATA_HOME")
def test_the_home_of_a_user_follows_the_xdg_folder() -> None:
    assert read_settings({"XDG_DATA_HOME": "/data", "HOME": "/home/ada"}).home == Path("/data/mistudio")
    assert read_settings({"XDG_DATA_HOME": "data", "HOME": "/home/ada"}).home.is_relative_to("/home/ada")


def test_storage_and_tokenizers_follow_the_home_unless_they_are_named() -> None:
    assert read_settings({"MISTUDIO_HOME": "/srv/x"}).storage == Path("/srv/x/storage")
    assert read_settings({"MISTUDIO_HOME": "/srv/x", "MISTUDIO_STORAGE": "/nas"}).storage == Path("/nas")


def test_an_empty_variable_counts_as_unset() -> None:
    settings = read_settings({"MISTUDIO_PORT": "", "MISTUDIO_DATABASE_URL": "", "MISTUDIO_WORKERS": ""})

    assert settings.port == 8000
    assert settings.database_url is None
    assert settings.workers >= 1


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("MISTUDIO_PORT", "http", "whole number of at least 1 and at most 65535"),
        ("MISTUDIO_PORT", "70000", "at most 65535"),
        ("MISTUDIO_WORKERS", "0", "at least 1"),
        ("MISTUDIO_WORKERS", "-2", "at least 1"),
        ("MISTUDIO_LEASE_SECONDS", "1.5", "whole number"),
        ("MISTUDIO_SHARD_BYTES", "²", "whole number"),
        ("MISTUDIO_RESERVE", "100", "at most 99"),
        ("MISTUDIO_QUOTA", "0", "at least 1"),
        ("MISTUDIO_UPLOAD_HOURS", "99999999", "at most 876000"),
        ("MISTUDIO_KEEP_ORIGINALS", "perhaps", "true or false"),
        ("MISTUDIO_DATABASE_URL", "mysql://db", "postgresql://"),
        ("MISTUDIO_DATABASE_URL", "postgresql+asyncpg://db", "postgresql:// or postgres://"),
        ("MISTUDIO_REDIS_URL", "localhost:6379", "redis://"),
        ("MISTUDIO_API_TOKEN", "short", "at least 16 characters"),
        ("MISTUDIO_ALLOWED_HOSTS", "https://data.example.org", "names of hosts"),
        ("MISTUDIO_PROFILE", "closed", "open or locked"),
        ("MISTUDIO_MAX_COST", "0", "at least 1"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence_that_names_the_variable(name: str, text: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: text})

    message = str(refused.value)
    assert message.startswith(f"{name} is ")
    assert complaint in message
    assert message.count(". ") == 0


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql+psycopg2", "postgresql", "postgres+psycopg"])
def test_a_database_url_may_name_the_driver_as_sqlalchemy_writes_it(scheme: str) -> None:
    url = read_settings({"MISTUDIO_DATABASE_URL": f"{scheme}://ada:a+psycopg@db/mistudio"}).database_url

    assert url == f"{scheme.partition('+')[0]}://ada:a+psycopg@db/mistudio"
    assert conninfo_to_dict(url)["host"] == "db"


def test_a_refused_token_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"MISTUDIO_API_TOKEN": "lovelace and her secrets"})

    assert "lovelace" not in str(refused.value)


def test_the_api_token_is_not_shown_with_the_settings() -> None:
    assert "correct-horse-battery" not in repr(read_settings({"MISTUDIO_API_TOKEN": "correct-horse-battery"}))


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, ("localhost", "127.0.0.1", "[::1]")),
        ({"MISTUDIO_HOST": "::1"}, ("localhost", "127.0.0.1", "[::1]")),
        ({"MISTUDIO_HOST": "0.0.0.0"}, ("localhost", "127.0.0.1", "[::1]")),
        ({"MISTUDIO_HOST": "192.168.1.7"}, ("localhost", "127.0.0.1", "[::1]", "192.168.1.7")),
        ({"MISTUDIO_ALLOWED_HOSTS": " Data.Example.org , [::1]:8000"}, ("data.example.org", "[::1]:8000")),
    ],
)
def test_the_api_may_be_called_by_this_machine_s_names_and_the_bound_address_unless_told_otherwise(
    given: dict[str, str], allowed: tuple[str, ...]
) -> None:
    assert read_settings(given).allowed_hosts == allowed


def test_the_limits_are_those_that_the_readme_states() -> None:
    settings = read_settings({})

    assert (settings.max_depth, settings.max_aliases, settings.max_directives) == (10, 15, 50)
    assert (settings.introspection_depth, settings.introspection_cost) == (15, 100)
    assert (settings.max_tokens, settings.max_characters, settings.max_cost) == (1_000, 15_000, 5_000)
    assert (settings.max_errors, settings.max_body_bytes, settings.max_subscriptions) == (5, 1_048_576, 100)
    assert settings.init_seconds == 10
    assert read_settings({"MISTUDIO_MAX_COST": "7"}).max_cost == 7


def test_a_refused_url_is_not_repeated_because_it_may_hold_a_password() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"MISTUDIO_DATABASE_URL": "mysql://ada:lovelace@db"})

    assert "lovelace" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        *(("MISTUDIO_DATABASE_URL", f"postgresql://ada:{word}@db/mistudio") for word in ("lov%elace", "12/lovelace")),
        *(("MISTUDIO_DATABASE_URL", f"postgresql://ada:{word}@db/mistudio") for word in ("lovelace/1", "l@lovelace")),
        ("MISTUDIO_DATABASE_URL", "postgresql://db/mistudio?lovelace=1"),
        *(("MISTUDIO_REDIS_URL", f"redis://:{word}@db:6379/0") for word in ("lovelace/1", "12/lovelace", "[lovelace")),
        *(("MISTUDIO_REDIS_URL", f"redis://:{word}@db:6379/0") for word in ("lovelace#1", "lovelace?1")),
    ],
)
def test_a_url_that_cannot_be_read_is_refused_with_what_to_do_about_a_password(name: str, url: str) -> None:
    """Else a part of it would be taken for a host or a port, and be told as such."""
    with pytest.raises(SettingsError, match=rf"^{name} is set, but it must be a URL that can be read: ") as refused:
        read_settings({name: url})

    assert "%2F" in str(refused.value)
    assert "lovelace" not in "".join(format_exception(refused.value))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("MISTUDIO_DATABASE_URL", "postgresql:///mistudio?host=%2Frun%2Fpostgres&user=ada"),
        ("MISTUDIO_DATABASE_URL", "postgres://ada:love%2Flace%40@[::1]:5433/mistudio"),
        ("MISTUDIO_DATABASE_URL", "postgresql://one:5432,other:5433/mistudio?target_session_attrs=primary"),
        ("MISTUDIO_REDIS_URL", "redis://ada:love%2Flace@db:6379/1"),
        ("MISTUDIO_REDIS_URL", "rediss://db"),
        ("MISTUDIO_REDIS_URL", "redis:///0"),
        ("MISTUDIO_REDIS_URL", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_a_url_that_can_be_read_is_taken_as_it_is(name: str, url: str) -> None:
    settings = read_settings({name: url})
    assert url in (settings.database_url, settings.redis_url)


def test_a_refused_key_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match=r"^MISTUDIO_SECRET_KEY is set, but it must be at least 32 ") as refused:
        read_settings({"MISTUDIO_SECRET_KEY": "lovelace"})

    assert "lovelace" not in str(refused.value)


def test_settings_that_are_printed_do_not_show_the_key() -> None:
    settings = read_settings({"MISTUDIO_SECRET_KEY": "lovelace" * 4})

    assert settings.secret_key == "lovelace" * 4
    assert "lovelace" not in repr(settings)


def test_another_process_reads_the_same_settings_from_the_environment_of_these() -> None:
    given = {
        "MISTUDIO_HOME": "somewhere/relative",
        "MISTUDIO_KEEP_ORIGINALS": "yes",
        "MISTUDIO_REDIS_URL": "redis://localhost/3",
        "MISTUDIO_SECRET_KEY": "k" * 32,
    }

    settings = read_settings(given)

    assert settings.home.is_absolute()
    assert settings.keep_originals is True
    assert read_settings(settings.environment()) == settings


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_the_address_is_one_that_a_browser_on_this_machine_can_open(host: str, address: str) -> None:
    assert read_settings({"MISTUDIO_HOST": host}).address == address


def test_every_variable_is_listed_with_its_default_and_its_meaning() -> None:
    listed = list_settings()

    assert {name for name, _, _ in listed} == set(read_settings({}).environment()) | {
        "MISTUDIO_DATABASE_URL",
        "MISTUDIO_REDIS_URL",
        "MISTUDIO_SECRET_KEY",
        "MISTUDIO_QUOTA",
        "MISTUDIO_API_TOKEN",
        "MISTUDIO_DOCUMENTS",
    }
    assert all(default and meaning.endswith(".") for _, default, meaning in listed)
