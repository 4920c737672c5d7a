import pytest

from wapto.store import migrate
from wapto.store.database import connect, db


@pytest.fixture
def postgres_store(postgres_url):
    connect(postgres_url)
    migrate.migrate()
    yield db
    db.close()
