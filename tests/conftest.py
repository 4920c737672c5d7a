"""What many tests share: real servers, started by the first test that asks, and the rule about skipping.

Each pytest process has servers of its own, so that no test sees another's data. A store is migrated once for
each engine and emptied in between, which takes a tenth of the time.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from redis import Redis

from cli.embedded import EmbeddedRedis
from tests.services import PostgresServer
from wapto.store.database import connect, db
from wapto.store.migrate import migrate
from wapto.store.models import ALL

_ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server():
    with PostgresServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server):
    """The address of an empty Redis."""
    with Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def postgres_url(postgres_server):
    """The address of an empty PostgreSQL database."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of an empty database, once of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/wapto.db"
    return request.getfixturevalue("postgres_url")


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


@pytest.fixture
def tried(record_property):
    """Counts the inputs of a test: `tried[...] += 1`; the run's summary says how many there were."""
    counts = Counter()
    yield counts
    record_property("inputs", sum(counts.values()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _without_leave_failed((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _without_leave_failed((yield))


def _without_leave_failed(report):
    """A skipped test tests nothing: its reason has to be on the list, or the test has failed."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason not in _allowed_skips():
            report.outcome = "failed"
            report.longrepr = f"Skipped for a reason that {_ALLOWED_SKIPS.name} does not list: {reason}"
    return report


def _allowed_skips():
    lines = map(str.strip, _ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def pytest_terminal_summary(terminalreporter):
    """How many inputs the tests of tests/fuzz have made up; with pytest-xdist too, where reports carry the counts."""
    for report in terminalreporter.getreports(""):  # of what followed a test that passed
        for name, count in report.user_properties:
            if name == "inputs":
                terminalreporter.write_line(f"{count} inputs tried: {report.nodeid.rpartition('::')[2]}")
