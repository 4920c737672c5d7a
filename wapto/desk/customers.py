"""People: one customer, many handles."""

from datetime import datetime

from wapto.domain.identity import phone_variants
from wapto.store.models import Customer, Handle

PHONE, USER_ID = "phone", "user_id"


def find_or_create(
    *, phone: str | None, user_id: str | None, scope: str, name: str | None, username: str | None, now: datetime
) -> Customer:
    """The person behind these handles; a new one only when none of them is known.

    A phone number is known in any of its national spellings. A name given by an agent is never overwritten.
    Where the handles belong to two people, it is the phone's owner. Runs in the caller's transaction; two workers
    that meet the same new person end up with one.
    """
    met = _met(phone, user_id, scope)
    owners = {(handle.kind, handle.scope, handle.value): handle.customer for handle in met}
    customer, is_new = (
        (met[0].customer, False) if met else (Customer.create(name=name, username=username, created_at=now), True)
    )
    for key in _handles(phone, user_id, scope):
        owner = owners.get(key) or _tie(customer, *key, now)
        if is_new and owner != customer:
            customer.delete_instance()  # another worker met the same person a moment ago
        customer, is_new = owner, False
    _fill(customer, name, username)
    return customer


def _handles(phone: str | None, user_id: str | None, scope: str) -> list[tuple[str, str, str]]:
    both = ((USER_ID, scope, user_id), (PHONE, "", phone))
    return [(kind, where, value) for kind, where, value in both if value]


def _met(phone: str | None, user_id: str | None, scope: str) -> list[Handle]:
    """The handles by which somebody is known already: a user id before a phone number, what is older first."""
    by_id = (Handle.kind == USER_ID) & (Handle.scope == scope) & (Handle.value == user_id)
    by_phone = (Handle.kind == PHONE) & (Handle.scope == "") & Handle.value.in_(phone_variants(phone or ""))
    query = Handle.select(Handle, Customer).join(Customer).where(by_id | by_phone)
    return sorted(query, key=lambda handle: (handle.kind != USER_ID, handle.id))


def _tie(customer: Customer, kind: str, scope: str, value: str, now: datetime) -> Customer:
    """The handle's owner: `customer`, or whoever another worker gave it to a moment ago."""
    new = {"customer": customer, "kind": kind, "scope": scope, "value": value, "created_at": now}
    if list(Handle.insert(new).on_conflict_ignore().returning(Handle.id).tuples().execute()):
        return customer
    taken = (Handle.kind == kind) & (Handle.scope == scope) & (Handle.value == value)
    return Customer.get_by_id(Handle.get(taken).customer_id)


def _fill(customer: Customer, name: str | None, username: str | None) -> None:
    changes = {}
    if name and not customer.name:
        changes["name"] = name
    if username and username != customer.username:
        changes["username"] = username
    if changes:
        Customer.update(**changes).where(Customer.id == customer.id).execute()
        customer.name = changes.get("name", customer.name)


def phone_of(customer_id: int) -> str | None:
    """The phone number with "+" that the customer was met under most lately."""
    return _newest(customer_id, PHONE)


def user_id_of(customer_id: int, scope: str) -> str | None:
    """The business-scoped user id as seen through this WABA."""
    return _newest(customer_id, USER_ID, scope)


def _newest(customer_id: int, kind: str, scope: str = "") -> str | None:
    query = Handle.select().where(Handle.customer == customer_id, Handle.kind == kind, Handle.scope == scope)
    handle = query.order_by(Handle.id.desc()).first()
    return handle.value if handle else None
