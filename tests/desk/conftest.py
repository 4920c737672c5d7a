"""A store for each test of the desk. Migrated once and emptied in between, which takes a tenth of the time."""

import shutil

import pytest

from wapto.store.database import connect, db
from wapto.store.migrate import migrate
from wapto.store.models import ALL


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("migrated") / "wapto.db"
    connect(f"sqlite:///{path}")
    migrate()
    db.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server):
    url = postgres_server.create_database()
    connect(url)
    migrate()
    db.close()
    return url


@pytest.fixture
def postgres_store(migrated_postgres):
    """The address of an empty store on PostgreSQL, which the models are connected to."""
    connect(migrated_postgres)
    tables = ", ".join(f'"{model._meta.table_name}"' for model in ALL)
    db.execute_sql(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    yield migrated_postgres
    db.close()


@pytest.fixture
def sqlite_store(migrated_file, tmp_path):
    """The same on SQLite."""
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path)}"
    connect(url)
    yield url
    db.close()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request):
    """The same, once on each engine."""
    return request.getfixturevalue(f"{request.param}_store")
