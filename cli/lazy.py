"""Imports that wait until somebody uses them, for commands that look something up and end.

A noun's module names all that any of its commands needs; one command needs a tenth of it.
"""

import logging
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

from wapto import config
from wapto.config import SettingsError

_SLOW = ("babel.dates", "phonenumbers", "requests", "structlog")
_OURS = "wapto.desk."


class _Later(MetaPathFinder):
    """Finds these modules as the usual finder does, and lets them be run at the first look into them."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in _SLOW and not name.startswith(_OURS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(_Silent(spec.loader) if name == "structlog" else spec.loader)
        return spec


class _Silent(Loader):
    """Loads structlog so that it says nothing: unconfigured it would print into what a command prints."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _silence(module)


def _silence(structlog: Any) -> None:
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())


def install() -> None:
    """For a process that runs one command in one thread; changes nothing where the store is loaded already."""
    if "peewee" in sys.modules:
        return
    sys.meta_path.insert(0, _Later())
    if _is_sqlite():
        # peewee imports the driver of PostgreSQL wherever there is one, which takes as long as all the rest.
        sys.modules["psycopg"] = None  # type: ignore[assignment]


def _is_sqlite() -> bool:
    try:
        return str(config.load_one("DATABASE_URL")).startswith("sqlite")
    except SettingsError:
        return False


def quiet() -> None:
    """Keeps the logs from whoever sits at the terminal: they read the command's own words."""
    logging.getLogger().setLevel(logging.CRITICAL)
    if "structlog" in sys.modules or not any(isinstance(finder, _Later) for finder in sys.meta_path):
        import structlog  # else it is loaded late, and comes silent

        _silence(structlog)
