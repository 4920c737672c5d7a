"""What docs/security.md and docs/guarantees.md promise is shown by tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BY_HAND = "by hand"


def rows(page):
    """(promise, cell that names its tests) of each table with a column “shown by”."""
    shown = False
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        shown = cells[-1] == "shown by" if cells and not shown else shown and bool(cells)
        if shown and cells[-1] != "shown by" and set(cells[0]) != {"-"}:
            yield cells[0], cells[-1]


ROWS = [(page, *row) for page in ("security.md", "guarantees.md") for row in rows(page)]


@pytest.mark.parametrize(("page", "promise", "shown"), ROWS, ids=[f"{page}: {promise}" for page, promise, _ in ROWS])
def test_a_promise_names_tests_that_exist(page, promise, shown):
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
    assert named or shown.startswith(BY_HAND), "no test is named"
    for file, test in named:
        assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.M), f"{file}::{test}"


@pytest.mark.parametrize("page", ["security.md", "guarantees.md"])
def test_the_pages_promise_something(page):
    assert len([each for each in ROWS if each[0] == page]) >= 10
