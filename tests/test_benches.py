"""bench/run ends within its time and makes a table and a plot of what the benches print."""

from xml.etree import ElementTree

from bench.every import ALL, Ran, bars, page
from bench.plot import Bar, plot

DESK = """ms: p50, p99                                       10,000 orders    1,000,000 orders   ratio
sqlite, by SKU                                    1.94    2.10        3.63    4.65     1.9
postgresql, counts and the Home's first page     13.32   20.00       11.68   36.17     0.9
"""
SCALE = """                            orders/s  times one  ms of a processor per order
postgresql, 1 workers            262       1.00                        3.10
postgresql, 2 workers          1,401       1.53                        3.20
"""


def ran(name, said, end="done"):
    return Ran(next(bench for bench in ALL if bench.name == name), 12.0, said, end)


def test_all_benches_together_take_less_than_twenty_minutes():
    assert sum(bench.seconds for bench in ALL) < 20 * 60


def test_the_plot_shows_what_the_benches_printed():
    assert bars([ran("desk", DESK), ran("scale", SCALE)]) == [
        Bar("sqlite, by SKU: a million orders / ten thousand", 1.9, goal=2.0),
        Bar("postgresql, counts and the Home's first page: a million orders / ten thousand", 0.9, goal=2.0),
        Bar("postgresql, 1 workers / one", 1.0),
        Bar("postgresql, 2 workers / one", 1.53),
    ]


def test_the_table_says_how_each_ended():
    said = page([ran("desk", DESK), ran("scale", "", "ended after 120 s")])
    assert "| desk | 12 | done |" in said
    assert "| scale | 12 | ended after 120 s |" in said
    assert "by SKU" in said


def test_a_plot_is_well_formed_and_marks_what_missed_its_goal():
    drawn = ElementTree.fromstring(plot([Bar("a < b", 1.0, goal=2.0), Bar("c", 3.0, goal=2.0), Bar("d", 9.0)]))
    colors = [each.get("fill") for each in drawn if each.tag.endswith("rect")]
    assert colors[0] != colors[1]
    assert colors[0] == colors[2]
    assert ElementTree.fromstring(plot([])) is not None
