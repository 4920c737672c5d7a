"""Addresses that WhatsApp says are a customer's now, and that no agent has confirmed: nothing is sent there."""

from dataclasses import dataclass
from datetime import datetime

from wapto.desk.customers import customers
from wapto.desk.customers.customers import PHONE, Key
from wapto.domain.identity import mask_phone
from wapto.store.models import Handle


@dataclass(frozen=True)
class Doubt:
    """One such address; `owner_id` is another customer who has it already."""

    customer_id: int
    handle_id: int
    is_phone: bool
    address: str
    since: datetime
    owner_id: int | None

    @property
    def shown(self) -> str:
        """The address as cards show it."""
        return mask_phone(self.address) if self.is_phone else "another WhatsApp user id"

    @property
    def words(self) -> str:
        """Why messages wait, and what to do, in one sentence."""
        news = f"WhatsApp says that the customer moved to {self.shown}"
        if self.owner_id is None:
            return (
                f"{news}; messages wait until somebody who knows that it is them confirms it, on the card or with "
                f"`wapto customers confirm {self.customer_id}`."
            )
        return (
            f"{news}, which belongs to customer {self.owner_id} here; messages wait: if both are one person, "
            f"`wapto customers merge {self.customer_id} {self.owner_id}`, and if the number was handed on, "
            f"`wapto customers confirm {self.customer_id} --handed-on`."
        )


def of_customer(customer_id: int) -> Doubt | None:
    """The newest doubt about a customer, of a phone number rather than of a user id."""
    query = Handle.select().where(Handle.customer == customer_id, customers.doubted()).order_by(Handle.id.desc())
    handle = min(query, key=lambda one: one.kind != PHONE, default=None)
    return _doubt(handle) if handle else None


def _doubt(handle: Handle) -> Doubt:
    owner = customers.owner_of(Key(handle.kind, handle.scope, handle.value))
    return Doubt(
        customer_id=handle.customer_id,
        handle_id=handle.id,
        is_phone=handle.kind == PHONE,
        address=handle.value,
        since=handle.doubted_at or handle.created_at,
        owner_id=owner.id if owner and owner.id != handle.customer_id else None,
    )
