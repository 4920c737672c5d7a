"""All that threads tell agents in Slack, kept together for proof-reading."""

from bot.wording import TOLD
from wapto.domain import lifecycle

# Entries of a timeline by their kind, with what was before and after.
ENTRIES = {
    "contact_shown": "{actor} looked at the customer's contact",
    "fulfillment": "{actor}: {before} → {after}",
    "payment_status": "{actor}: {before} → {after}",
    "items_named": "{actor}: the catalog knows {after} now",
    "price_honored": "{actor} keeps the price that the customer saw: {before}, in the catalog {after}",
    "price_changed": "{actor} changed the price: {before} → {after}",
    "line_declined": "{actor} took an item out because of its price: {before}, in the catalog {after}",
    "price_asked": "{actor} asked the customer about the price: {before} → {after}",
    "stock_kept": "{actor} keeps {before}, though {after} are left",
    "stock_cut": "{actor} changed {before} to the {after} that are left",
    "stock_declined": "{actor} took {before} out, since {after} are left",
    "stock_asked": "{actor} asked the customer about {before}, of which {after} are left",
    "stock_refused": "⚠️ Meta refuses the new stock of {after}",
    "stock_written": "Meta has the new stock of {after} now",
    "newer_cart": "The customer sent another cart, {after}",
    "second_cart": "A second cart of the customer beside {after}",
    "cart_choice": "{actor} decided about the second cart: {after}",
    "joined": "{actor} took over the items of {after}",
    "number_changed": "WhatsApp says that the customer has a new number",
    "user_id_changed": "WhatsApp says that the customer has a new user id",
    "identity_changed": "WhatsApp renewed the customer's security keys: a new phone, or somebody else at it",
    "customer_changed": "{actor} changed the customer's name or language",
    "customer_tagged": "{actor} changed the customer's tags",
    "customer_noted": "{actor} noted about the customer",
    "number_handed_on": "{actor} found the customer's number handed on to somebody else",
    "number_confirmed": "{actor} confirmed the customer's new number",
    "customers_merged": "{actor} merged customer {before} into {after}: they are one person",
    "customers_unmerged": "{actor} took customers {before} and {after} apart again",
}
THE_CUSTOMER = "The customer"
FROM_INQUIRY = "An inquiry of the customer led to this order; its thread has what was said before"
WROTE = "{name} wrote"
EDITED = "{name} changed a message"
DELETED = "{name} deleted a message"
HEARD = {"edited": "(changed later)", "deleted": "(deleted later)"}

# Why a customer's file is not shown (wapto.desk.media), and what to do.
NOT_SHOWN = {
    "gone": "WhatsApp does not have it any more; ask the customer to send it again.",
    "too_large": "it is larger than 50 MB; ask the customer to send it in another way.",
    "damaged": "it arrives damaged; ask the customer to send it again.",
    "too_late": "it could not be fetched for too long; ask the customer to send it again, and tell an admin.",
}


def assigned(actor: str, agent: str) -> str:
    """In a thread: somebody got the order."""
    return f"{actor} took the order" if actor == agent else f"{actor} gave the order to {agent}"


def released(actor: str) -> str:
    """In a thread: nobody has the order any more."""
    return f"{actor} put the order back into the queue"


def handed_back(agent: str, why: str) -> str:
    """In a thread: an order was taken from somebody who is not there."""
    reason = "has left the team" if why == "left" else "has been away for too long"
    return f"{agent} {reason}; the order went back into the queue"


def noted(actor: str) -> str:
    """In a thread: an internal note from elsewhere."""
    return f"{actor} noted"


def told_of(status: str, state: str) -> str:
    """In a thread: how a message to the customer about a status ended."""
    return f"Message to the customer about {lifecycle.label(status)}: {TOLD[state]}"


def not_shown(kind: str, why: str) -> str:
    """In a thread: a file of the customer's that cannot be shown."""
    return f"⚠️ The {kind.replace('voice', 'voice message')} is not shown: {NOT_SHOWN.get(why, why)}"


def asked_address(actor: str, state: str) -> str:
    """In a thread: the customer was asked where to ship, and how far that came."""
    return f"{actor} asked the customer for the address ({TOLD[state]})"


def found_right(actor: str, flags: str) -> str:
    """In a thread: what was odd about items, and is not."""
    return f"{actor} found right what was marked: {flags}"


def address_taken(actor: str) -> str:
    """In a thread: what the customer wrote is the address."""
    return f"{actor} took this as the address"


def closed(actor: str) -> str:
    """In the thread of an inquiry."""
    return f"{actor} closed the inquiry"


def created(actor: str) -> str:
    """In a thread: an order that was made by hand."""
    return f"{actor} created the order"


def replied(actor: str, state: str) -> str:
    """In a thread: what somebody wrote to the customer, and how far it came."""
    return f"{actor} wrote to the customer ({TOLD[state]})"
