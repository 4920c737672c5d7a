"""What a shell offers at Tab: numbers of orders, agents, statuses and templates, as the store has them now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps

import rich_click as click
from click.shell_completion import CompletionItem

from cli.context import open_store
from wapto.config import SettingsError
from wapto.errors import WaptoError
from wapto.store.database import db

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Choice = tuple[str, str]
"""What is put into the line, and what it means."""

_NEWEST = 200  # open orders that are offered; older ones are typed


def _live(choices: Callable[[], Iterable[Choice]]) -> Completer:
    """Offers those choices that begin with what is typed; none where there is no store, for which Tab is no place."""

    @wraps(choices)
    def complete(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
        try:
            finish = open_store()
            try:
                return _beginning(choices(), typed)
            finally:
                finish()
                db.close()
        except (WaptoError, SettingsError):
            return []

    return complete


def _beginning(choices: Iterable[Choice], typed: str) -> list[CompletionItem]:
    return [CompletionItem(value, help=help) for value, help in choices if value.lower().startswith(typed.lower())]


@_live
def order() -> Iterator[Choice]:
    """The newest open orders."""
    from wapto.desk.orders import search

    for row in search.find(search.Filter(open_only=True), _NEWEST):
        yield row.number, f"{row.status}, {row.customer or 'no name'}"


@_live
def agent() -> Iterator[Choice]:
    """Those on the roster."""
    from wapto.store.models import Agent

    for row in Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.name):
        yield row.name, f"{row.role}, {row.slack}"


@_live
def template() -> Iterator[Choice]:
    """Templates by name, with their languages."""
    from wapto.store.models import Template

    languages: dict[str, list[str]] = {}
    for row in Template.select().where(Template.gone_at.is_null()).order_by(Template.name, Template.language):
        languages.setdefault(row.name, []).append(row.language)
    for name, codes in languages.items():
        yield name, ", ".join(codes)


@_live
def number() -> Iterator[Choice]:
    """Business phone numbers."""
    from wapto.store.models import Number

    for row in Number.select().where(Number.gone_at.is_null()).order_by(Number.id):
        yield row.phone_number_id, row.name


def words(choices: Iterable[str]) -> Completer:
    """Of a fixed few, for which no store is needed."""
    return lambda _ctx, _param, typed: _beginning(((choice, "") for choice in choices), typed)


def status(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """All statuses, for which no store is needed."""
    from wapto.domain.lifecycle import STATUSES

    return _beginning(((slug, one.label) for slug, one in STATUSES.items()), typed)
