"""One id for all that a customer's message sets off, for the logs of every process."""

from hashlib import sha256


def trace_of(wamid: str | None) -> str | None:
    """Known wherever the message is: when it arrives, and when its order's notices leave. Tells nothing of its sender.

    It begins with a letter, so that the logs do not take one of digits alone for a phone number and mask it.
    """
    return f"t{sha256(wamid.encode()).hexdigest()[:11]}" if wamid else None
