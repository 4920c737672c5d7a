"""How results are printed: for people, for programs, and never as a formula."""

import csv
import io
import json

import pytest
import rich_click as click
from click.testing import CliRunner

from cli.output import emit, emit_one, format_options


def printed(capsys, records, columns, fmt):
    emit(records, columns, fmt)
    return capsys.readouterr().out


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_csv_is_a_formula(capsys, start):
    out = printed(capsys, [{"note": f"{start}1+1"}], ("note",), "csv")
    assert list(csv.reader(io.StringIO(out, newline="")))[1] == [f"'{start}1+1"]


def test_a_csv_has_all_keys_and_says_what_is_nested_as_json(capsys):
    records = [{"id": 1, "flags": ["odd"], "none": None, "on": True}]
    out = printed(capsys, records, ("id",), "csv")
    assert list(csv.reader(io.StringIO(out))) == [
        ["id", "flags", "none", "on"],
        ["1", '["odd"]', "", "yes"],
    ]


def test_an_empty_csv_still_names_its_columns(capsys):
    assert printed(capsys, [], ("id", "name"), "csv") == "id,name\r\n"


def test_json_is_one_document_with_text_as_it_is(capsys):
    out = printed(capsys, [{"name": "Ângela <b>"}], ("name",), "json")
    assert json.loads(out) == [{"name": "Ângela <b>"}]
    assert "Ângela" in out


def test_an_empty_list_is_an_empty_list(capsys):
    assert json.loads(printed(capsys, [], ("id",), "json")) == []


def test_a_table_that_a_program_reads_has_one_line_a_row_however_long(capsys):
    out = printed(capsys, [{"id": 1, "note": "x" * 500, "more": 2}], ("id", "note"), "table")
    heading, row = out.splitlines()
    assert heading.split() == ["id", "note"]
    assert row.split() == ["1", "x" * 500]


def test_what_looks_like_markup_in_a_table_is_text(capsys):
    assert "[red]hot[/red] [/]" in printed(capsys, [{"note": "[red]hot[/red] [/]"}], ("note",), "table")


def test_one_record_is_a_line_a_key(capsys):
    emit_one(
        {"id": 7, "tracking": {"carrier": "Correios", "eta": None}, "eta": None, "flags": ["odd", "late"]}, "table"
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["id        7", "tracking  carrier Correios", "eta", "flags     odd, late"]


def test_rows_in_a_record_are_lines_of_columns_that_say_something(capsys):
    items = [{"sku": "MUG", "name": "Mug", "flags": []}, {"sku": "PEN-1", "name": None, "flags": []}]
    emit_one({"items": items, "orders": []}, "table")
    assert capsys.readouterr().out.splitlines() == ["items", "  sku    name", "  MUG    Mug", "  PEN-1", "orders"]


@pytest.mark.parametrize("show", [emit_one, lambda record, fmt: emit([record], ("name",), fmt)])
def test_nothing_that_a_customer_writes_moves_the_cursor_or_turns_the_line_around(capsys, show):
    show({"name": "Ana\x1b[2J\x07\u202e\nLima\x9b"}, "table")
    assert capsys.readouterr().out.splitlines()[-1].removeprefix("name  ").rstrip() == "Ana␛[2J␇ ⏎ Lima�"


def test_one_record_is_an_object_in_json_and_a_row_in_csv(capsys):
    emit_one({"id": 7}, "json")
    assert json.loads(capsys.readouterr().out) == {"id": 7}
    emit_one({"id": 7}, "csv")
    assert capsys.readouterr().out == "id\r\n7\r\n"


@pytest.mark.parametrize(
    ("words", "fmt"),
    [([], "table"), (["--json"], "json"), (["--format", "csv"], "csv"), (["--format", "json"], "json")],
)
def test_the_format_is_chosen_by_option(words, fmt):
    @click.command()
    @format_options
    def show(fmt):
        click.echo(fmt)

    assert CliRunner().invoke(show, words).output.strip() == fmt
