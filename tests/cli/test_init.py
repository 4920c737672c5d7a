"""`wapto init`: from nothing to a directory that Wapto can run in."""

import stat

import pytest
from dotenv import dotenv_values

from tests.cli.running import ENOUGH, Terminal

ASKED = {name: ENOUGH[name] for name in ENOUGH if name not in ("META_VERIFY_TOKEN", "WAPTO_SECRET_KEY")}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder that one is in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_answers_may_come_from_the_environment(here):
    done = Terminal(**ASKED, WAPTO_PUBLIC_URL="https://desk.example.com")("init", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "https://desk.example.com/webhooks/whatsapp" in done.out
    written = dotenv_values(here / ".env")
    assert {name: written[name] for name in ASKED} == ASKED
    assert len(written["META_VERIFY_TOKEN"]) > 20
    assert written["META_VERIFY_TOKEN"] != written["WAPTO_SECRET_KEY"]
    assert Terminal()("orders", "list", "--json").json == []


def test_what_is_not_known_is_asked_and_secrets_are_not_shown(here):
    answers = "my-secret\nmy-token\nxoxb-mine\nmy-signing\n\n"
    done = Terminal()("init", typing=answers)
    assert done.code == 0
    assert "App Secret" in done.out
    assert "my-secret" not in done.out
    written = dotenv_values(here / ".env")
    assert (written["META_APP_SECRET"], written["SLACK_BOT_TOKEN"]) == ("my-secret", "xoxb-mine")
    assert "WAPTO_PUBLIC_URL" not in written


def test_the_secrets_are_readable_by_their_owner_alone(here):
    (here / ".env").write_text("PORT=9000")
    (here / ".env").chmod(0o644)
    Terminal(**ASKED)("init", "--yes")
    assert stat.S_IMODE((here / ".env").stat().st_mode) == 0o600


def test_what_stands_in_the_file_stays_and_is_not_asked_again(here):
    (here / ".env").write_text("# mine\nMETA_VERIFY_TOKEN=mine\nPORT=9000")
    assert Terminal(**ASKED)("init", "--yes").code == 0
    text = (here / ".env").read_text()
    assert text.startswith("# mine\nMETA_VERIFY_TOKEN=mine\nPORT=9000\n")
    assert text.count("META_VERIFY_TOKEN") == 1
    again = Terminal()("init", "--yes")
    assert (again.code, (here / ".env").read_text()) == (0, text)


def test_any_secret_survives_the_file(here):
    odd = "a'b\"c\\d #e $HOME"
    Terminal(**ASKED | {"META_APP_SECRET": odd})("init", "--yes")
    assert dotenv_values(here / ".env")["META_APP_SECRET"] == odd


def test_a_secret_that_a_file_holds_is_neither_asked_nor_copied(here):
    (here / "secret").write_text("from a file")
    (here / "verify").write_text("from a file")
    known = {name: ASKED[name] for name in ASKED if name != "META_APP_SECRET"}
    files = {"META_APP_SECRET_FILE": str(here / "secret"), "META_VERIFY_TOKEN_FILE": str(here / "verify")}
    assert Terminal(**known, **files)("init", typing="\n").code == 0
    assert not {"META_APP_SECRET", "META_VERIFY_TOKEN"} & set(dotenv_values(here / ".env"))


def test_what_is_missing_or_wrong_is_named_at_once_and_nothing_is_written(here):
    done = Terminal(SLACK_BOT_TOKEN="mine")("init", "--yes")
    assert (done.code, done.out) == (1, "")
    for fault in ("META_APP_SECRET is missing.", "META_ACCESS_TOKEN is missing.", "SLACK_BOT_TOKEN must start with"):
        assert fault in done.err
    assert list(here.iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_named(here):
    (here / ".env").mkdir()
    done = Terminal(**ASKED)("init", "--yes")
    assert done.code == 1
    assert f"{here}/.env cannot be written (Is a directory)" in done.sentence
