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
from wapto.store.batches import Prepared, insert_rows
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


class Sighting(NamedTuple):
    """Somebody as a message names them: all their keys, and when it was sent."""

    keys: tuple[Key, ...]
    name: str | None
    username: str | None
    sent_at: datetime | None


class Entangled(Exception):
    """The sighting at this place writes more than a new customer, or depends on an earlier one: it has to go alone."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def find_or_create_all(sightings: Sequence[Sighting], now: datetime) -> list[Customer]:
    """The person of each sighting as `find_or_create` finds them, with a few statements for all; Entangled otherwise.

    A single one is never entangled. Handles are written in their order, so that two workers never wait for each other
    in a circle.
    """
    if len(sightings) == 1:
        return [_met(sightings[0], now)]
    crowd = _Crowd(_held([key for sighting in sightings for key in sighting.keys]), now)
    people = [crowd.who(at, sighting) for at, sighting in enumerate(sightings)]
    _write(crowd.strangers, now)
    return people


class _Crowd:
    """Several people sighted together: the handles that are known, and who is new among them."""

    def __init__(self, rows: Iterable[Handle], now: datetime) -> None:
        self._now = now
        self._rows: dict[tuple[str, str, str], list[Handle]] = {}
        for row in rows:
            self._rows.setdefault((row.kind, row.scope, row.value), []).append(row)
        self._met: set[tuple[str, str, str]] = set()
        self.strangers: dict[Sighting, Customer] = {}

    def who(self, at: int, sighting: Sighting) -> Customer:
        """Who this is, if nothing is to be written of it but a new customer, whom later sightings may repeat."""
        spelled = [(*key[:2], spelling) for key in sighting.keys for spelling in key.spellings]
        rows = [row for one in spelled for row in self._rows.get(one, ())]
        found = [match(key, rows, sighting.sent_at) for key in sighting.keys]
        if not any(found):
            return self._stranger(at, sighting._replace(sent_at=None), spelled)
        told = [handle for key, handle in zip(sighting.keys, found, strict=True) if handle and _is_told(key, handle)]
        if len(told) < len(found) or _missing(told[-1].customer, sighting.name, sighting.username):
            raise Entangled(at)
        return told[-1].customer

    def _stranger(self, at: int, sighting: Sighting, spelled: list[tuple[str, str, str]]) -> Customer:
        if sighting not in self.strangers:
            if not self._met.isdisjoint(spelled):
                raise Entangled(at)
            self._met.update(spelled)
            customer = Customer(name=sighting.name, username=sighting.username, created_at=self._now)
            self.strangers[sighting] = customer
        return self.strangers[sighting]


def _is_told(key: Key, handle: Handle) -> bool:
    """Whether the handle says all about the key, so that there is nothing to tie."""
    return bool(handle.value == key.value or handle.gone_at)


def _write(strangers: dict[Sighting, Customer], now: datetime) -> None:
    rows = [{"name": one.name, "username": one.username, "created_at": now} for one in strangers.values()]
    ids = sorted(insert_rows(Customer, rows, returning=("id",)))
    for customer, (customer_id,) in zip(strangers.values(), ids, strict=True):
        customer.id = customer_id
    owners = {key: customer.id for sighting, customer in strangers.items() for key in sighting.keys}
    ties = [{"customer": owners[key], **key._asdict(), "created_at": now} for key in sorted(owners)]
    if len(insert_rows(Handle, ties, returning=("id",), skipping=True)) < len(ties):
        raise Entangled(0)  # another worker met one of them a moment ago


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
    return _met(Sighting(tuple(keys), name, username, sent_at), now)


def _met(sighting: Sighting, now: datetime) -> Customer:
    keys, name, username, sent_at = sighting
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
    rows = _held(keys)
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


def _held(keys: Sequence[Key]) -> list[Handle]:
    """All handles of these keys, in any spelling, with their customers, who stay unmerged meanwhile."""
    rows = _rows(keys)
    if any(row.customer.merged_into_id for row in rows):
        rows = _rows(keys)  # a merge was committed between our look and our hold: its handles have moved
    return rows


_of_values = Prepared(
    lambda scopes, user_ids, phones: Handle.select().where(
        (Handle.kind == USER_ID) & Handle.scope.in_(scopes) & Handle.value.in_(user_ids)
        | (Handle.kind == PHONE) & (Handle.scope == "") & Handle.value.in_(phones)
    )
)


def _share(ids: Any) -> Any:
    query: Any = Customer.select().where(Customer.id.in_(ids)).order_by(Customer.id)
    return query if is_sqlite() else query.for_update("FOR SHARE")  # a merge waits for us, or we for it


_owners = Prepared(_share)


def _rows(keys: Sequence[Key]) -> list[Handle]:
    scopes = sorted({key.scope for key in keys if key.kind == USER_ID})
    user_ids = sorted({key.value for key in keys if key.kind == USER_ID})
    phones = sorted({spelling for key in keys if key.kind == PHONE for spelling in key.spellings})
    # Of a list without values SQLite would make a condition that no index serves.
    rows = _of_values.models(Handle, scopes or [""], user_ids or [""], phones or [""])
    people = (
        {one.id: one for one in _owners.models(Customer, sorted({row.customer_id for row in rows}))} if rows else {}
    )
    for row in rows:
        row.customer = people[row.customer_id]
    return rows


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


def _missing(customer: Customer, name: str | None, username: str | None) -> dict[str, str]:
    """What is news of the customer."""
    changes = {}
    if name and not customer.name:
        changes["name"] = name
    if username and username != customer.username:
        changes["username"] = username
    return changes


def _fill(customer: Customer, name: str | None, username: str | None) -> None:
    if changes := _missing(customer, name, username):
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


_to_write_to = Prepared(
    lambda ids: (
        # No more is asked for, or SQLite takes the index of kinds and so reads all phone numbers that there are.
        Handle.select(Handle.customer, Handle.kind, Handle.scope, Handle.value)
        .where(Handle.customer.in_(ids), trusted())
        .order_by(Handle.id)
    )
)


def recipients(customer_ids: Iterable[int], scope: str) -> dict[int, tuple[str | None, str | None]]:
    """By what each of these can be written to: a phone number, else a user id as seen within this scope."""
    ids = sorted(set(customer_ids))
    scopes = {PHONE: "", USER_ID: scope}
    newest = {(owner, kind): value for owner, kind, where, value in _to_write_to.rows(ids) if where == scopes.get(kind)}
    phones = {one: newest.get((one, PHONE)) for one in ids}
    return {one: (phone, None if phone else newest.get((one, USER_ID))) for one, phone in phones.items()}


def _newest(customer_id: int, kind: str, scope: str, which: Expression) -> str | None:
    theirs = (Handle.customer == customer_id) & (Handle.kind == kind) & (Handle.scope == scope)
    handle = Handle.select().where(theirs, which).order_by(Handle.id.desc()).first()
    return handle.value if handle else None


_addresses = Prepared(
    lambda ids: Handle.select(Handle.customer, Handle.value).where(Handle.customer.in_(ids), trusted())
)


def addresses(customer_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Each of these customers with each phone number and user id that may be written to."""
    return set(_addresses.rows(sorted(set(customer_ids))))
