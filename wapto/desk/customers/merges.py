"""Merging customers who turn out to be one person, and putting them back, with a trace of exactly what moved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from peewee import ForeignKeyField

from wapto.desk.conversations import inquiries, replies
from wapto.desk.customers import customers, doubts, people
from wapto.desk.notices import notices
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain.text import clean
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.database import Transaction, is_sqlite, transaction
from wapto.store.models import Customer, Handle, Merge, Order

MERGED, UNMERGED = "customers_merged", "customers_unmerged"
CLAIMED = "WhatsApp says that one moved to the number of the other, and an agent knows both to be one person."
MAX_REASON = 500

# What the kept one takes over where it has nothing itself. A stop of marketing counts whoever of the two said it.
_FILLED = ("name", "username", "language", "marketing_stopped_at", "marketing_stop_source")
_CHUNK = 500  # ids in one statement


def merge(kept_id: int, merged_id: int, reason: str, *, actor: Actor, now: datetime) -> Merge:
    """All that belongs to one customer becomes the other's, who alone is found from now on.

    Messages that are queued keep their recipients; those that were held for want of one may go. Refused when it
    makes no sense.
    """
    words = _words(reason)
    with transaction() as tx:
        trace = merge_in(tx, kept_id, merged_id, words, actor=actor, now=now)
    notices.release_to(kept_id, now)
    return trace


def merge_claimed(about: Subject, seen_handle: int, seen_owner: int, *, actor: Actor, now: datetime) -> Merge | None:
    """The customer of an order or inquiry becomes one with whoever has the number that WhatsApp says they moved to.

    The handle and its owner are those that a click was drawn for: Conflict if they have changed. None if both are one
    already, as after a double click.
    """
    customer_id = replies.found(about).customer_id
    with transaction() as tx:
        kept, merged = _rows(customer_id, seen_owner)
        if merged.merged_into_id == kept.id:
            return None
        doubt = doubts.of_customer(kept.id)
        if doubt is None or (doubt.handle_id, doubt.owner_id) != (seen_handle, seen_owner):
            raise Conflict("What WhatsApp says of the customer has changed; look at the card again.")
        trace = merge_in(tx, kept.id, merged.id, CLAIMED, actor=actor, now=now)
    notices.release_to(kept.id, now)
    return trace


def merge_in(tx: Transaction, kept_id: int, merged_id: int, reason: str, *, actor: Actor, now: datetime) -> Merge:
    """The same in the caller's transaction."""
    kept, merged = _both(kept_id, merged_id)
    inquiries.join(merged, kept, actor, now)
    trace = Merge.create(
        kept=kept,
        merged=merged,
        at=now,
        actor=actor.name,
        door=actor.door,
        reason=reason,
        moved=_move_all(merged, kept),
        ended=_end_doubles(kept, now),
        filled=_fill(kept, merged),
    )
    Customer.update(merged_into_id=kept.id).where(Customer.id == merged.id).execute()
    people.note(kept.id, MERGED, actor, now, before=str(merged.id), after=str(kept.id), ids={"merge": trace.id})
    tx.wake("desk")
    tx.wake("outbox")
    return trace


def unmerge(merged_id: int, *, actor: Actor, now: datetime) -> Merge:
    """Puts back exactly what the last merge of this customer moved; what came since stays with the kept one."""
    with transaction() as tx:
        trace = _last_merge(merged_id)
        kept, merged = _rows(trace.kept_id, trace.merged_id)
        if kept.merged_into_id is not None:
            raise Refused(
                f"Customer {kept.id} was itself merged into {kept.merged_into_id} later; "
                f"run `wapto customers unmerge {kept.id}` first."
            )
        undone = {"undone_at": now, "undone_by": actor.name, "undone_door": actor.door}
        Merge.update(undone).where(Merge.id == trace.id).execute()
        Customer.update(merged_into_id=None).where(Customer.id == merged.id).execute()
        _put_back(trace, kept, merged)
        for customer in (kept, merged):
            people.note(
                customer.id, UNMERGED, actor, now, before=str(kept.id), after=str(merged.id), ids={"merge": trace.id}
            )
        tx.wake("desk")
        tx.wake("outbox")
    return Merge.get_by_id(trace.id)


def _both(kept_id: int, merged_id: int) -> tuple[Customer, Customer]:
    """Both customers, in our hands; Refused when they cannot be merged."""
    if kept_id == merged_id:
        raise Refused("A customer cannot be merged with themselves; name two.")
    kept, merged = _rows(kept_id, merged_id)
    for customer in (kept, merged):
        if customer.forgotten_at is not None:
            raise Refused(f"Customer {customer.id} was forgotten, so nothing can tell that they are anybody else.")
        if customer.merged_into_id is not None:
            raise Refused(f"Customer {customer.id} is merged into {customer.merged_into_id} already; name that one.")
    return kept, merged


def _rows(*ids: int) -> list[Customer]:
    """The customers in this order, kept from other merges and from new messages until the transaction ends."""
    query: Any = Customer.select().where(Customer.id.in_(ids)).order_by(Customer.id)
    if not is_sqlite():  # always in the order of ids, so that two merges never wait for each other
        query = query.for_update("FOR NO KEY UPDATE")
    found = {customer.id: customer for customer in query}
    if missing := [id for id in ids if id not in found]:
        raise NotFound(f"There is no customer {missing[0]}.")
    return [found[id] for id in ids]


def _belongings() -> list[ForeignKeyField]:
    """Every column that says whose a row is; orders last, since others lock a message before its order."""
    owned = [key for key, model in Customer._meta.backrefs.items() if model is not Merge]
    return sorted(owned, key=lambda key: (key.model is Order, key.model._meta.table_name, key.name))


def _move_all(merged: Customer, kept: Customer) -> dict[str, list[int]]:
    """The ids of what moved, by table and column."""
    moved: dict[str, list[int]] = {}
    # Twice: an order that somebody was just changing, and that we waited for, may have got a message since.
    for key in _belongings() * 2:
        name = f"{key.model._meta.table_name}.{key.name}"
        update = key.model.update({key: kept}).where(key == merged).returning(key.model.id)
        moved[name] = sorted([*moved.get(name, []), *(id for (id,) in update.tuples().execute())])
    return moved


def _end_doubles(kept: Customer, now: datetime) -> list[int]:
    """Gives up what they now have twice; what was only claimed, and is trusted by the other, is settled thereby."""
    rows = Handle.select().where(Handle.customer == kept, customers.live())
    seen: set[tuple[str, str, str]] = set()
    doubles = []
    for row in sorted(rows, key=lambda one: (one.doubted_at is not None, one.id)):
        key = (row.kind, row.scope, row.value)
        if key in seen:
            doubles.append(row.id)
        seen.add(key)
    Handle.update(gone_at=now).where(Handle.id.in_(doubles)).execute()
    return doubles


def _fill(kept: Customer, merged: Customer) -> list[str]:
    columns = [name for name in _FILLED if getattr(kept, name) is None and getattr(merged, name) is not None]
    if columns:
        Customer.update({name: getattr(merged, name) for name in columns}).where(Customer.id == kept.id).execute()
    return columns


def _last_merge(merged_id: int) -> Merge:
    of = (Merge.merged == merged_id) & Merge.undone_at.is_null()
    trace: Merge | None = Merge.select().where(of).order_by(Merge.id.desc()).first()
    if trace is not None:
        return trace
    inside = [row.merged_id for row in Merge.select().where(Merge.kept == merged_id, Merge.undone_at.is_null())]
    hint = f" Merged into it: {', '.join(map(str, inside))}; name one of these." if inside else ""
    raise Refused(f"Customer {merged_id} is not merged into another.{hint}")


def _put_back(trace: Merge, kept: Customer, merged: Customer) -> None:
    for key in _belongings():
        ids = trace.moved.get(f"{key.model._meta.table_name}.{key.name}", [])
        for chunk in _chunks(ids):
            key.model.update({key: merged}).where(key.model.id.in_(chunk), key == kept).execute()
    for chunk in _chunks(trace.ended):
        Handle.update(gone_at=None).where(Handle.id.in_(chunk), Handle.gone_at == trace.at).execute()
    for name in trace.filled:
        column = getattr(Customer, name)
        Customer.update({name: None}).where(Customer.id == kept.id, column == getattr(merged, name)).execute()


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]


def _words(reason: str) -> str:
    words = clean(reason).strip()
    if not words:
        raise InvalidInput("Say in a few words why these are one person: it stays with the merge.")
    if len(words) > MAX_REASON:
        raise InvalidInput(f"A reason may have {MAX_REASON} characters; this one has {len(words)}.")
    return words
