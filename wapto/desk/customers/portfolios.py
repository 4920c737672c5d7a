"""Business portfolios: within one, a user id is one person's, whichever of its accounts they write to (reference §2.1).

Until the portfolio of an account is known, the account stands for it.
"""

from collections.abc import Sequence
from datetime import datetime

from peewee import IntegrityError

from wapto.desk.customers.customers import USER_ID, Key, owner_of
from wapto.desk.customers.merges import merge_in
from wapto.desk.notices.messages import SQLITE_BATCH, breathe
from wapto.desk.orders.timeline import Actor
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.store.database import Transaction, db, is_sqlite, transaction
from wapto.store.models import Handle, Number

SAME_PERSON = "WhatsApp gave both the same user id within one business portfolio."
_POSTGRES_BATCH = 50


def learn(client: GraphClient, wabas: Sequence[str], actor: Actor, now: datetime) -> dict[str, str]:
    """The portfolio of each account as far as Meta tells it, kept on the numbers; user ids are known within it then.

    Customers who have the same user id in it are one person, and merged. Harmless to repeat.
    """
    told = {waba: portfolio for waba in wabas if (portfolio := _ask(client, waba))}
    for waba, portfolio in told.items():
        with transaction():
            Number.update(portfolio=portfolio).where(Number.waba == waba).execute()
        _rescope(waba, portfolio, actor, now)
    return told


def _ask(client: GraphClient, waba: str) -> str | None:
    try:
        return client.of(waba).portfolio(waba)
    except GraphError:  # a token may send and still not see the business; then the account goes on standing for it
        return None


def _rescope(waba: str, portfolio: str, actor: Actor, now: datetime) -> None:
    limit = SQLITE_BATCH if is_sqlite() else _POSTGRES_BATCH
    done_to: int | None = 0
    while done_to is not None:
        with transaction() as tx:
            old = (Handle.kind == USER_ID) & (Handle.scope == waba) & (Handle.id > done_to)
            batch = [handle.id for handle in Handle.select(Handle.id).where(old).order_by(Handle.id).limit(limit)]
            for handle_id in batch:
                _move(tx, handle_id, portfolio, actor, now)
        done_to = batch[-1] if len(batch) == limit else None
        breathe()


def _move(tx: Transaction, handle_id: int, portfolio: str, actor: Actor, now: datetime) -> None:
    try:
        with db.atomic():
            _into(tx, handle_id, portfolio, actor, now)
    except IntegrityError:  # a worker met somebody under this very id a moment ago: now there is an owner
        _into(tx, handle_id, portfolio, actor, now)


def _into(tx: Transaction, handle_id: int, portfolio: str, actor: Actor, now: datetime) -> None:
    """Into the portfolio's scope; where somebody is trusted with the id there already, it is the same person."""
    handle = Handle.get_by_id(handle_id)  # as it is by now: a merge just before may have moved it
    owner = owner_of(Key(USER_ID, portfolio, handle.value))
    is_theirs = handle.gone_at is None and handle.doubted_at is None
    if owner is None or not is_theirs:
        Handle.update(scope=portfolio).where(Handle.id == handle.id).execute()
        return
    Handle.update(scope=portfolio, gone_at=now).where(Handle.id == handle.id).execute()
    if owner.id != handle.customer_id:
        kept, merged = sorted((owner.id, handle.customer_id))
        merge_in(tx, kept, merged, SAME_PERSON, actor=actor, now=now)
