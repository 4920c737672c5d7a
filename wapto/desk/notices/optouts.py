"""Customers who do not want messages of the marketing kind: who said so, and when. Others reach them all the same."""

from datetime import datetime

from wapto.store.models import Customer, Template

MARKETING = "MARKETING"
PREFERENCE, REFUSED = "user_preferences", "131050"  # their wish told by WhatsApp; Meta's answer to a send
REFUSED_CODE = int(REFUSED)

_SOURCES = {PREFERENCE: "told WhatsApp", REFUSED: "Meta answered 131050"}


def stop(customer_id: int, source: str, at: datetime) -> None:
    """Nothing of the marketing kind is sent any more. In the caller's transaction.

    What Meta answers to a send does not take the place of what the customer said.
    """
    wish = Customer.update(marketing_stopped_at=at, marketing_stop_source=source).where(Customer.id == customer_id)
    if source == REFUSED:
        wish = wish.where(Customer.marketing_stopped_at.is_null())
    wish.execute()


def resume(customer_id: int, at: datetime) -> None:
    """They want them again, unless they said stop after that: news come in any order. In the caller's transaction."""
    wish = Customer.update(marketing_stopped_at=None, marketing_stop_source=None)
    wish.where(Customer.id == customer_id, Customer.marketing_stopped_at <= at).execute()


def unwanted(template: Template, customer: Customer) -> str | None:
    """Why this customer is not to get this template, in one sentence; None when they may."""
    since = customer.marketing_stopped_at
    if since is None or template.category != MARKETING:
        return None
    source = str(customer.marketing_stop_source)
    return (
        f"The customer wants no marketing messages since {since:%Y-%m-%d} ({_SOURCES.get(source, source)}), and Meta "
        f"counts the template “{template.name}” ({template.language}) among them."
    )
