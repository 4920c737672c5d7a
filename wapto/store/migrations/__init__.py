"""Numbered migrations, applied in order by `wapto.store.migrate`."""
