import pytest

from tests.cli.running import Terminal


@pytest.fixture
def wapto(sqlite_store):
    """The command, on an empty store."""
    return Terminal(DATABASE_URL=sqlite_store)
