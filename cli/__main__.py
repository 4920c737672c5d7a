"""`python -m cli`: the `wapto` command."""

from cli.main import main

main()
