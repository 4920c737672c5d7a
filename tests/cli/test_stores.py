"""Every command that lists, on a store that is empty, and on one that is broken."""

import pytest

from tests.cli.running import Terminal
from tests.cli.test_main import every_command

LISTS = [
    name
    for name, command in every_command()
    if name.endswith((" list", " export", " picklist")) and not any(param.required for param in command.params)
]


@pytest.mark.parametrize("name", sorted({*LISTS} - {"catalog list"}))  # a catalog is a number's
def test_an_empty_store_is_an_empty_list(store, name):
    done = Terminal(DATABASE_URL=store)(*name.split())
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("name", LISTS)
def test_a_file_that_is_no_database_is_one_sentence(tmp_path, name):
    (tmp_path / "wapto.db").write_text("this is no database " * 100)
    sentence = Terminal(DATABASE_URL=f"sqlite:///{tmp_path}/wapto.db")(*name.split()).sentence
    assert sentence == "DATABASE_URL names a file that is no SQLite database."
