"""Who opens no database does not wait until it is loaded: a child, and the command that starts everything."""

import subprocess
import sys

import pytest

import domain.adapters
from domain.adapters import opened

DATABASE = {"sqlalchemy", "psycopg_pool"}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["workers.child", "workers.large_documents", "api.cli", "api.supervise"])
def test_who_opens_no_database_loads_none(module: str) -> None:
    code = f"import sys, {module}; print(*{DATABASE!r} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


def test_the_package_has_what_opens_them_and_nothing_more() -> None:
    assert domain.adapters.open_adapters is opened.open_adapters
    assert domain.adapters.Adapters is opened.Adapters
    with pytest.raises(AttributeError, match="has no attribute 'close_adapters'"):
        domain.adapters.close_adapters  # type: ignore[attr-defined]  # noqa: B018  the asking is the test
