"""Looking at what was promised to customers, across orders."""

from wapto.domain.delivery import STATES
from wapto.domain.nearest import meant
from wapto.domain.text import quoted
from wapto.errors import InvalidInput, NotFound
from wapto.store.models import Message


def messages(*, state: str | None = None, order_id: int | None = None, limit: int = 50) -> list[Message]:
    """The newest messages in this state and of this order, at most `limit`."""
    query = Message.select().order_by(Message.id.desc()).limit(limit)
    if state is not None:
        if state not in STATES:
            known = f"states are: {', '.join(STATES)}.{meant(state, STATES)}"
            raise InvalidInput(f"{quoted(state)} is no state of a message; {known}")
        query = query.where(Message.state == state)
    if order_id is not None:
        query = query.where(Message.order == order_id)
    return list(query)


def message(message_id: int) -> Message:
    """The message with this id."""
    found = Message.get_or_none(Message.id == message_id)
    if found is None:
        raise NotFound(f"There is no message {message_id}.")
    return found
