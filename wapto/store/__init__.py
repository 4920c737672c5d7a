"""The database: connection and transactions, models, queries, migrations."""
