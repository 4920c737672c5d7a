"""Real processes, as the tests of the command line have them."""

from tests.cli.test_serve import start, store, web

__all__ = ["start", "store", "web"]
