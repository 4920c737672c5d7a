"""The table of docs/webhooks.md is what the code does: every field is read, and every test it names is there."""

import re
from pathlib import Path

from wapto.meta.events import READERS

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| `(\w+)`.*\| `(test_\w+)` \|$", (ROOT / "docs" / "webhooks.md").read_text(), re.MULTILINE)


def test_the_fields_of_the_table_are_those_that_are_read():
    assert {field for field, _ in ROWS} == {*READERS, "messages"}


def test_every_test_that_the_table_names_is_there():
    named = {test for _, test in ROWS}
    there = {
        test
        for file in (ROOT / "tests").rglob("test_*.py")
        for test in re.findall(r"^def (test_\w+)", file.read_text(), re.M)
    }
    assert named <= there
