import pytest

from wapto.store.database import connect, db
from wapto.store.migrate import migrate


@pytest.fixture
def store(database_url):
    """An empty store, once of each engine."""
    connect(database_url)
    migrate()
    yield db
    db.close()
