"""The `wapto` command: the door of the admins."""
