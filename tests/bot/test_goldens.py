"""Everything that Wapto shows is as it was looked at last, and Slack takes it.

`WAPTO_GOLDENS=write .venv/bin/pytest tests/bot/test_goldens.py` renews them after a change that is meant.
`script/validate-blocks` has Slack itself judge them, once there is a token.
"""

import json
import os
from pathlib import Path

import pytest

from bot.blocks import problems_of_message, problems_of_view

from . import surfaces

FOLDER = Path(__file__).parent / "goldens"
MESSAGES, VIEWS = dict(surfaces.messages()), dict(surfaces.views())
ALL = MESSAGES | VIEWS


@pytest.mark.parametrize("name", ALL)
def test_it_is_as_it_was(name):
    now = json.dumps(ALL[name], indent=1, ensure_ascii=False) + "\n"
    file = FOLDER / f"{name}.json"
    if os.environ.get("WAPTO_GOLDENS") == "write":
        file.write_text(now)
    assert file.read_text() == now


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_the_message(name):
    assert problems_of_message(json.loads((FOLDER / f"{name}.json").read_text())) == []


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_the_view(name):
    assert problems_of_view(json.loads((FOLDER / f"{name}.json").read_text())) == []


def test_no_golden_is_left_over():
    assert {file.stem for file in FOLDER.iterdir()} == set(ALL)
