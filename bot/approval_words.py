"""What is said of acts that need a second person, together for proof-reading; the rest: `bot.wording`."""

AGREE, DECLINE = "Agree", "Decline"

_ACTS = {
    "cancel_paid": "to cancel this paid order",
    "change_price": "to change prices of this order",
    "forget": "to have a customer forgotten",
    "export": "to export phone numbers",
}
SURE = {
    "cancel_paid": "The order is cancelled, and the customer told.",
    "change_price": "The prices are changed, and the total with them.",
    "forget": "Names, numbers and words of the customer go for good.",
    "export": "One file with phone numbers of customers may be written.",
}


def asks(name: str, kind: str) -> str:
    """On the card, and in the thread."""
    return f"{name} wants {act(kind)}; a second person has to agree"


def act(kind: str) -> str:
    """What is asked for."""
    return _ACTS.get(kind, kind.replace("_", " "))


def decided(name: str, state: str, asked_by: str, kind: str) -> str:
    """In the thread: the second person's word."""
    word = "agreed with" if state == "approved" else "did not agree with"
    return f"{name} {word} {asked_by}, who wants {act(kind)}"


def forgotten(actor: str, second: str | None) -> str:
    """In the thread."""
    return f"{actor} had the customer forgotten" + (f"; {second} agreed" if second else "")
