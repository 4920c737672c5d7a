"""The states of an outgoing message, and which receipt moves it where. Receipts come late, doubled and disordered."""

HELD, QUEUED, SENDING, ACCEPTED, SENT = "held", "queued", "sending", "accepted", "sent"
DELIVERED, READ, FAILED, UNKNOWN, SKIPPED = "delivered", "read", "failed", "unknown", "skipped"
STATES = (HELD, QUEUED, SENDING, ACCEPTED, SENT, DELIVERED, READ, FAILED, UNKNOWN, SKIPPED)

# Meta has taken these for certain: never send them again by ourselves.
PROVEN = (ACCEPTED, SENT, DELIVERED, READ)
# The customer's next message waits for these, and for no other.
BLOCKING = (QUEUED, SENDING)
# The customer was not told, or may not have been: somebody has to see to it.
TROUBLED = (FAILED, HELD, UNKNOWN)

PLAYED = "played"
# What can arrive: the API's own answer, then the statuses of the webhook (reference §3).
RECEIPTS = (ACCEPTED, SENT, DELIVERED, READ, PLAYED, FAILED)

# From each state, where a receipt can take the message. What is not listed changes nothing.
FOLLOWING = {
    # An attempt that seemed lost did arrive: settle it, so that it is not made again. A failure of that attempt
    # says nothing about the one that is due.
    QUEUED: (ACCEPTED, SENT, DELIVERED, READ),
    # Statuses may overtake the answer of the API.
    SENDING: (ACCEPTED, SENT, DELIVERED, READ, FAILED),
    UNKNOWN: (ACCEPTED, SENT, DELIVERED, READ, FAILED),
    ACCEPTED: (SENT, DELIVERED, READ, FAILED),
    SENT: (DELIVERED, READ, FAILED),
    # A failure after delivery is a contradiction: what was delivered stays so.
    DELIVERED: (READ,),
}


def advance(current: str, receipt: str) -> str | None:
    """The state that follows when `receipt` arrives, or None if it is late, repeated, contradictory or not known."""
    following = READ if receipt == PLAYED else receipt  # a voice message that was listened to
    return following if following in FOLLOWING.get(current, ()) else None
