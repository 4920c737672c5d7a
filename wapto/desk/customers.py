"""People: one customer, many handles.

A handle is trusted, doubted (WhatsApp says that it is theirs, and no agent has confirmed it) or gone (it was theirs).
All three tell who wrote; only trusted ones are written to.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from peewee import Expression

from wapto.domain.identity import normal_phone, phone_variants
from wapto.domain.text import flatten
from wapto.store.database import is_sqlite, transaction
from wapto.store.models import Customer, Handle, Number

PHONE, USER_ID = "phone", "user_id"

_END = datetime.max.replace(tzinfo=UTC)


class Key(NamedTuple):
    """What a handle is known by; two customers cannot be trusted with the same."""

    kind: str
    scope: str
    value: str

    @property
    def spellings(self) -> tuple[str, ...]:
        """The value itself, then the other ways WhatsApp may write it."""
        return phone_variants(self.value) if self.kind == PHONE else (self.value,)


def scope_of(number: Number) -> str:
    """Within what a user id means somebody: the business portfolio, or the WABA while its portfolio is not known."""
    return str(number.portfolio or number.waba)


def keys_of(*, phone: str | None, wa_id: str | None, user_id: str | None, scope: str) -> list[Key]:
    """The keys of one sender, the one whose owner decides last."""
    given = ((USER_ID, scope, user_id), (PHONE, "", wa_id), (PHONE, "", phone))
    return list(dict.fromkeys(Key(kind, where, value) for kind, where, value in given if value))


def find_or_create(
    *,
    phone: str | None,
    user_id: str | None,
    scope: str,
    name: str | None,
    username: str | None,
    now: datetime,
    wa_id: str | None = None,
    sent_at: datetime | None = None,
) -> Customer:
    """The person behind these handles; a new one only when none of them is known.

    A phone number is known in any of its national spellings; `wa_id` is a second one, where WhatsApp gives two. A
    name that is known is never overwritten. Where the handles belong to two people, it is the phone's owner. What
    was sent before a handle was given up is still from whoever had it. Runs in the caller's transaction; two workers
    that meet the same new person end up with one.
    """
    keys = keys_of(phone=phone, wa_id=wa_id, user_id=user_id, scope=scope)
    met = known_by(keys, sent_at)
    via = next((met[key] for key in (*keys[-1:], *keys) if key in met), None)
    customer = via.customer if via else Customer.create(name=name, username=username, created_at=now)
    for key in keys:
        owner = _owner(key, met.get(key), via, customer, now)
        if via is None and owner != customer:
            _give_up(customer, owner)  # another worker met the same person a moment ago
        customer = owner
    _fill(customer, name, username)
    return customer


def of_phone(phone: str, scope: str, name: str | None, now: datetime) -> Customer:
    """The person with this phone number, as it is typed; a new one when nobody is known by it."""
    known_as = flatten(name or "") or None
    with transaction():
        return find_or_create(
            phone=normal_phone(phone), user_id=None, scope=scope, name=known_as, username=None, now=now
        )


def known_by(keys: Sequence[Key], sent_at: datetime | None = None) -> dict[Key, Handle]:
    """The handle that says whose each key is, for the keys that are known; `match` is the rule.

    The customers stay unmerged until the caller's transaction ends.
    """
    rows = _rows(keys)
    if any(row.customer.merged_into_id for row in rows):
        rows = _rows(keys)  # a merge was committed between our look and our hold: its handles have moved
    found = {key: match(key, rows, sent_at) for key in keys}
    return {key: handle for key, handle in found.items() if handle}


def match(key: Key, rows: Iterable[Handle], sent_at: datetime | None) -> Handle | None:
    """Which of these handles says whose the key is.

    One that was given up counts for what was sent before, and then more than whoever has it now: a phone number may
    get a new owner. A trusted one counts more than a doubted one, the same spelling more than another.
    """

    def counts(row: Handle) -> bool:
        is_same = (row.kind, row.scope) == key[:2] and row.value in key.spellings
        return is_same and (row.gone_at is None or (sent_at is not None and sent_at <= row.gone_at))

    def rank(row: Handle) -> tuple[datetime, bool, bool, int]:
        return row.gone_at or _END, row.doubted_at is not None, row.value != key.value, row.id

    return min(filter(counts, rows), key=rank, default=None)


def _rows(keys: Sequence[Key]) -> list[Handle]:
    if not keys:
        return []
    query: Any = Handle.select(Handle, Customer).join(Customer).where(_any_of(keys))
    if not is_sqlite():  # a merge waits for us, or we for it
        query = query.for_update("FOR SHARE", of=Customer)
    return list(query)


def _any_of(keys: Sequence[Key]) -> Expression:
    values: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        values.setdefault(key[:2], []).extend(key.spellings)
    [first, *others] = [
        (Handle.kind == kind) & (Handle.scope == scope) & Handle.value.in_(sorted(set(spelled)))
        for (kind, scope), spelled in values.items()
    ]
    for other in others:
        first |= other
    return first


def _owner(key: Key, handle: Handle | None, via: Handle | None, customer: Customer, now: datetime) -> Customer:
    """Whose the key is; where nobody's yet, tied to whom it came with, and doubted or gone as they are."""
    if handle and (handle.value == key.value or handle.gone_at):
        return handle.customer
    source = handle or via
    state = {"doubted_at": source.doubted_at, "gone_at": source.gone_at} if source else {}
    return tie(handle.customer if handle else customer, key, now, **state)


def tie(
    customer: Customer, key: Key, now: datetime, *, doubted_at: datetime | None = None, gone_at: datetime | None = None
) -> Customer:
    """The handle's owner: `customer`, or whoever another worker gave it to a moment ago."""
    new = {"customer": customer, **key._asdict(), "created_at": now, "doubted_at": doubted_at, "gone_at": gone_at}
    if list(Handle.insert(new).on_conflict_ignore().returning(Handle.id).tuples().execute()):
        return customer
    return owner_of(key) or customer


def owner_of(key: Key) -> Customer | None:
    """Who is trusted with exactly this handle."""
    theirs = (Handle.kind == key.kind) & (Handle.scope == key.scope) & (Handle.value == key.value)
    handle = Handle.get_or_none(theirs, trusted())
    return Customer.get_by_id(handle.customer_id) if handle else None


def _give_up(customer: Customer, owner: Customer) -> None:
    Handle.update(customer=owner).where(Handle.customer == customer).execute()
    customer.delete_instance()


def _fill(customer: Customer, name: str | None, username: str | None) -> None:
    changes = {}
    if name and not customer.name:
        changes["name"] = name
    if username and username != customer.username:
        changes["username"] = username
    if changes:
        Customer.update(**changes).where(Customer.id == customer.id).execute()
        customer.name = changes.get("name", customer.name)


def live() -> Expression:
    """Handles that are somebody's now, doubted or not."""
    return Handle.gone_at.is_null()


def trusted() -> Expression:
    """Handles that may be written to."""
    return live() & Handle.doubted_at.is_null()


def doubted() -> Expression:
    """Handles that wait for an agent's word."""
    return live() & Handle.doubted_at.is_null(False)


def phone_of(customer_id: int) -> str | None:
    """The phone number with "+" to write to: the one that the customer was met under most lately."""
    return _newest(customer_id, PHONE, "", trusted())


def user_id_of(customer_id: int, scope: str) -> str | None:
    """The business-scoped user id to write to, as seen within this scope."""
    return _newest(customer_id, USER_ID, scope, trusted())


def shown_phone(customer_id: int) -> str | None:
    """The phone number to show: the newest that WhatsApp told, confirmed or not."""
    return _newest(customer_id, PHONE, "", live())


def _newest(customer_id: int, kind: str, scope: str, which: Expression) -> str | None:
    theirs = (Handle.customer == customer_id) & (Handle.kind == kind) & (Handle.scope == scope)
    handle = Handle.select().where(theirs, which).order_by(Handle.id.desc()).first()
    return handle.value if handle else None


def addresses(customer_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Each of these customers with each phone number and user id that may be written to."""
    of = Handle.customer.in_(sorted(set(customer_ids)))
    return {(row.customer_id, row.value) for row in Handle.select().where(of, trusted())}
