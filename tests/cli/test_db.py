"""`wapto db`: a database is made, and brought to this version's shape."""

from tests.cli.running import Terminal


def test_a_database_is_made_and_brought_up_to_date_once(tmp_path):
    wapto = Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/wapto.db")
    first = wapto("db", "migrate")
    assert (first.code, first.out) == (0, "")
    assert first.err.startswith("Applied 0001_first")
    assert wapto("db", "migrate").err == "The database is up to date.\n"
    assert wapto.json("orders", "list") == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    wapto = Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/wapto.db")
    assert wapto("db", "migrate").sentence


def test_help_needs_no_settings():
    assert Terminal(DATABASE_URL="nonsense")("db", "migrate", "--help").code == 0
    assert "DATABASE_URL must look like" in Terminal(DATABASE_URL="nonsense")("db", "migrate").err
