"""docs/sizing.md shows what bench.sizing calculates today."""

from pathlib import Path

import pytest

from bench.sizing import LOADS, STATIONS, first_to_break, tables, wait_of_99

PAGE = Path(__file__).parents[1] / "docs" / "sizing.md"


def test_the_page_has_the_tables_of_today():
    assert "\n".join(tables(list(LOADS))) in PAGE.read_text(encoding="utf-8"), "run: python -m bench.sizing"


def test_what_has_nothing_to_do_breaks_nothing():
    assert first_to_break(1) == "nothing"
    assert first_to_break(LOADS[-1]).startswith("edits of cards")


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.name)
def test_more_servers_never_make_anybody_wait_longer(station):
    needed = station.needed(1_000)
    assert wait_of_99(station, 1_000, needed + 1) <= wait_of_99(station, 1_000, needed)
