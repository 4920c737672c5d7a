"""The base of all tables."""

from peewee import BigAutoField, Model

from wapto.store.database import db


class Record(Model):
    """The base of all tables."""

    id = BigAutoField()

    class Meta:
        database = db
        legacy_table_names = False
