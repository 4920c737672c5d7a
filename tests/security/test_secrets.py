"""Secrets stay where they are kept: in no process list, no log, no error; and files are their owner's alone."""

from pathlib import Path

import pytest
import requests

from tests.cli.processes import Wapto, wait_until
from tests.web.builders import ENVIRONMENT

SECRETS = {
    name: f"{beginning}s3cret-{name.lower()}"
    for name, beginning in {
        **dict.fromkeys(ENVIRONMENT, ""),
        "SLACK_BOT_TOKEN": "xoxb-",
        "META_ACCESS_TOKEN": "EAA",
    }.items()
}


@pytest.mark.slow
def test_no_secret_is_in_the_list_of_processes_or_in_a_log(store, start):
    web, worker = start("web", **SECRETS), start("worker", **SECRETS)
    assert wait_until(web.answers, seconds=20), web.output
    assert wait_until(lambda: web.readiness()["worker"] == "ok", seconds=20), worker.output
    requests.post(f"{web.url}/slack/events", data="payload={", timeout=10)
    requests.post(f"{web.url}/webhooks/whatsapp", data="{", timeout=10)
    pids = [web.process.pid, *web.children(), worker.process.pid, *worker.children()]
    words = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids).decode()
    assert len(words) > 10 * len(pids)
    assert "s3cret" not in words + web.output + worker.output


@pytest.mark.slow
def test_a_setting_that_is_wrong_is_named_without_its_value(store, start):
    wrong = {"SLACK_BOT_TOKEN": "s3cret", "DATABASE_URL": "s3cret://me:s3cret@db/x", "REDIS_URL": "s3cret"}
    said = start("web", **wrong).refuses()
    assert "SLACK_BOT_TOKEN" in said
    assert "s3cret" not in said


@pytest.mark.slow
def test_a_database_that_refuses_is_told_of_without_the_password(tmp_path):
    wapto = Wapto("worker", tmp_path, DATABASE_URL="postgresql://wapto:s3cret@127.0.0.1:9/wapto")
    assert "s3cret" not in wapto.refuses()


@pytest.mark.slow
def test_what_wapto_writes_is_for_its_owner_alone(start, tmp_path):
    up = start("up", REDIS_URL=None)
    assert wait_until(up.answers, seconds=30), up.output
    up.post_cart()
    up.end()
    made = {path.name: path for path in tmp_path.rglob("*") if path.is_file() and path.name != "up.out"}
    assert "wapto.db" in made
    assert [name for name, path in made.items() if _is_open(path, tmp_path)] == []


def _is_open(path, top):
    """Whether others may do anything with it, if they get through the folders above it."""
    folders = [folder for folder in path.parents if folder.is_relative_to(top) and folder != top]
    return all(each.stat().st_mode & 0o077 for each in (path, *folders))
