"""Nobody writes into the logs but Wapto."""

import json
import subprocess
import sys

import pytest

from tests.fuzz.hostile import WORDS

SAY = (
    "import json, logging, sys, structlog; from wapto import logs; logs.configure()\n"
    "for words in json.load(sys.stdin):\n"
    "    structlog.get_logger().info('heard', words=words)\n"
    "    logging.getLogger('other').warning('heard %s', words)\n"
    "    try: raise ValueError(words)\n"
    "    except ValueError: structlog.get_logger().error('failed', exc_info=True)\n"
)


@pytest.fixture(scope="module")
def lines():
    said = subprocess.run(
        [sys.executable, "-c", SAY], input=json.dumps(WORDS), capture_output=True, text=True, timeout=60, check=True
    )
    return said.stderr.split("\n")[:-1]


def test_nothing_that_is_logged_begins_a_line_of_its_own(lines):
    assert [json.loads(line)["level"] for line in lines] == ["info", "warning", "error"] * len(WORDS)


def test_nothing_that_is_logged_is_a_command_to_the_screen(lines):
    assert not [line for line in lines if any(letter in line for letter in "\x1b\x9b\x00\x07\u202e")]
