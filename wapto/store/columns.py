"""Adding a column to a table that is in use: what migrations after the first two share. Frozen, as they are."""

from peewee import Database, Field, ForeignKeyField


def add_column(db: Database, field: Field) -> None:
    """Adds the field's column to the table of its model, as the field declares it.

    It may be null or has a default in the database, so that processes of the version before can go on writing.
    """
    context = db.get_sql_context()
    context.literal(f'ALTER TABLE "{field.model._meta.table_name}" ADD COLUMN ').sql(field.ddl(context))
    if isinstance(field, ForeignKeyField):
        context.literal(f' REFERENCES "{field.rel_model._meta.table_name}" ("id")')
    db.execute_sql(*context.query())
