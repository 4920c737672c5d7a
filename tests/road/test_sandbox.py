"""`wapto sandbox`, run as a newcomer runs it."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cli.sandbox import play
from sandbox.shops import AURORA
from wapto.errors import WaptoError

pytestmark = pytest.mark.slow

SANDBOX = [sys.executable, "-P", "-m", "cli", "sandbox"]


@pytest.fixture
def scratch(monkeypatch):
    """Where temporary files go; a short path, since sockets have to fit."""
    folder = Path(tempfile.mkdtemp(prefix="w-", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_story_ends_well_and_leaves_nothing_behind(scratch):
    done = subprocess.run([*SANDBOX, "--once"], cwd=scratch, capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert list(scratch.iterdir()) == []
    seen = iter(done.stdout.splitlines())
    for line in (
        r"\+\d\.\d s  Terminal +\$ wapto init --yes",
        r"\+\d+\.\d s  Terminal +\$ wapto up",
        r"s  Terminal +\$ wapto triggers set received ",
        r"s  Maria +sends a cart: 2 × CAFE-250G and 1 × CANECA-AZUL",
        r"s  (Bruno|Ana|Clara) +clicks \[Claim\]",
        r"s  Maria’s phone +Oi, Maria! O seu pedido W-\w+ está confirmado",
        r"s  #pedidos ✎ +● +● +● +● +◉ Shipped",
        r"Tracking: Correios BR123456789",
        r"s  Maria +opens the chat and reads",
        r"s  #pedidos ✎ +Customer was told: Delivered: read",
        r"^W-\w+ is Delivered, and Maria has read it\.$",
    ):
        assert any(re.search(line, each) for each in seen), f"{line} is not where it should be in:\n{done.stdout}"


def test_a_step_that_fails_is_named_and_the_logs_are_shown(scratch, capsys):
    confirmed_is_paused = [
        replace(notice, approval="PAUSED") if notice.status == "confirmed" else notice for notice in AURORA.notices[:2]
    ]
    with pytest.raises(WaptoError, match=r"“the order is confirmed” failed: Maria was not told “confirmed” within 3 s"):
        play([replace(AURORA, notices=tuple(confirmed_is_paused))], once=True, patience=3)
    shown = capsys.readouterr().out
    assert "held back · The template “order_confirmed” (pt_BR) is PAUSED at Meta" in shown
    assert "--- up.log" in shown
    assert list(scratch.iterdir()) == []


def test_it_can_be_stopped_at_any_time_and_leaves_nothing_behind(scratch):
    running = subprocess.Popen(SANDBOX, cwd=scratch, stdout=subprocess.PIPE, text=True)
    try:
        while "wapto up" not in running.stdout.readline():
            assert running.poll() is None
        time.sleep(1)  # in the middle of starting
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 130
        assert list(scratch.iterdir()) == []
    finally:
        running.kill()
        running.communicate()
