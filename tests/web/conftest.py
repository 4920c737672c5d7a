import pytest

from tests.web.builders import serving
from wapto.store import migrate
from wapto.store.database import connect, db, set_waker


@pytest.fixture
def store(tmp_path):
    """An empty store on SQLite: the door is the same before either engine."""
    yield from _migrated(f"sqlite:///{tmp_path}/wapto.db")


@pytest.fixture
def each_store(database_url):
    """An empty store, once of each engine."""
    yield from _migrated(database_url)


def _migrated(url):
    connect(url)
    migrate.migrate()
    yield db
    db.close()


@pytest.fixture
def rung():
    """The topics that were rung for."""
    topics = []
    set_waker(topics.append)
    yield topics
    set_waker(lambda topic: None)


@pytest.fixture
def web(store):
    """The app's address, without a Redis."""
    with serving() as server:
        yield server.url


@pytest.fixture
def web_on_each(each_store):
    with serving() as server:
        yield server.url
