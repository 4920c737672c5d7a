"""Orders by the words of their notes: the customer's, the team's, and reasons. The databases index them themselves."""

import string
from typing import Any

from peewee import SQL, Table

from wapto.store.database import db, is_sqlite, transaction
from wapto.store.models import Note, Order

_MANY = 20  # words; what follows narrows nothing
_BLANKS = str.maketrans(string.punctuation, " " * len(string.punctuation))

# As migration 0023 spells it, so that its indexes are used.
_SIGNS = "-./:@_+&=~?#<>*\\'"
_PLAIN = "to_tsvector('simple', translate({column}, '{signs}', '{blanks}'))".format(
    column="{column}", signs=_SIGNS.replace("'", "''"), blanks=" " * len(_SIGNS)
)


def orders_with(text: str) -> Any:
    """The ids of orders that have a note in which each word of the text stands, or one that begins like it.

    None where the text has no words.
    """
    words = text.translate(_BLANKS).split()[:_MANY]
    if not words:
        return None
    inner = Note.select(Note.order).where(_has(Note, "text", words))
    return Order.select(Order.id).where(_has(Order, "note", words)) | inner


def _has(model: Any, column: str, words: list[str]) -> Any:
    name = model._meta.table_name
    if is_sqlite():
        wanted = " ".join(f'"{word}"*' for word in words)
        index = Table(f"{name}_words")
        return model.id.in_(index.select(SQL("rowid")).where(SQL(f"{name}_words MATCH ?", (wanted,))))
    wanted = " & ".join(f"'{word}':*" for word in words)
    there = _PLAIN.format(column=f'"{column}"')
    return SQL(f"({there} @@ to_tsquery('simple', %s) AND \"{column}\" <> '')", (wanted,))


def scrub() -> None:
    """Takes words that no note has any more out of SQLite's indexes, where they would stay until these are tidied."""
    for model in (Order, Note) if is_sqlite() else ():
        index = f"{model._meta.table_name}_words"
        with transaction():
            db.execute_sql(f'INSERT INTO "{index}" ("{index}") VALUES (\'optimize\')')  # noqa: S608 (our own names)
