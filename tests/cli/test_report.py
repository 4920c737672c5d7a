"""`wapto report`: the same rows on a screen, in a file and for programs."""

import csv
import io

import pytest

from cli.report_screen import duration
from tests.desk.builders import NOW, an_agent
from tests.desk.playing import ADMIN, a_shop, buy, step
from tests.desk.test_reports import told
from wapto.desk.orders import orders

NOVEMBER = ("--since", "2026-11-01", "--until", "2026-11-30")


@pytest.fixture
def shop(wapto):
    """A shop with an order that Rui took and that is confirmed, and a message about it."""
    number, order = a_shop(), buy()
    orders.assign(order.id, an_agent().id, actor=ADMIN, now=NOW)
    told(step(order, "confirmed"), NOW, "confirmed")
    return number


def test_json_has_every_part_and_the_days(wapto, shop):
    said = wapto.json("report", "orders", *NOVEMBER)
    assert (said["since"], said["until"], set(said)) == (
        "2026-11-01",
        "2026-11-30",
        {"since", "until", "days", "statuses"},
    )
    assert said["days"] == [
        {"day": "2026-11-25", "number_id": shop.phone_number_id, "shop": "Loja", "status": "confirmed"}
        | {"currency": "BRL", "orders": 1, "revenue": said["days"][0]["revenue"]}
    ]


@pytest.mark.parametrize(("noun", "part"), [("orders", "days"), ("agents", "agents"), ("messages", "templates")])
def test_a_csv_holds_the_rows_of_its_first_part(wapto, shop, noun, part):
    rows = list(csv.DictReader(io.StringIO(wapto("report", noun, *NOVEMBER, "--format", "csv").out)))
    told = wapto.json("report", noun, *NOVEMBER)[part]
    assert rows == [{name: "" if value is None else str(value) for name, value in row.items()} for row in told]


def test_another_part_is_named(wapto, shop):
    done = wapto("report", "messages", *NOVEMBER, "--part", "questions", "--format", "csv")
    columns = "number_id,shop,notices,since,until,orders,questions,per_100_orders,change_percent"
    assert done.out.splitlines()[0] == columns
    assert set(wapto.json("report", "orders", *NOVEMBER, "--part", "statuses")) == {"since", "until", "statuses"}


def test_people_see_bars(wapto, shop):
    seen = wapto("report", "orders", *NOVEMBER).out
    assert "2026-11-01 to 2026-11-30" in seen
    [day] = [line for line in seen.splitlines() if line.startswith("2026-11-25")]
    assert "█" * 40 in day
    assert "BRL" in day
    assert "Rui" in wapto("report", "agents", *NOVEMBER).out
    assert "order_update" in wapto("report", "messages", *NOVEMBER).out


def test_many_days_are_shown_as_months(wapto, shop):
    seen = wapto("report", "orders", "--since", "2026-01-01", "--until", "2026-11-30").out
    assert any(line.startswith("2026-11 ") for line in seen.splitlines())


def test_a_shop_without_anything_is_shown_too(wapto):
    for noun in ("orders", "agents", "messages"):
        assert wapto("report", noun, *NOVEMBER).code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--since", "yesterday"], "“yesterday” is not a day such as 2026-11-25."),
        (["--since", "2026-11-26", "--until", "2026-11-25"], "2026-11-26 is after 2026-11-25"),
        (["--part", "weather"], "“weather” is no part of this report; parts are: days, statuses."),
        (["--number", "7"], "There is no number"),
    ],
)
def test_what_cannot_be_is_answered_in_one_sentence(wapto, words, sentence):
    assert wapto("report", "orders", *words).sentence.startswith(sentence)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (45, "45 s"), (300, "5 min"), (7_500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_durations_are_told_in_their_largest_units(seconds, words):
    assert duration(seconds) == words
