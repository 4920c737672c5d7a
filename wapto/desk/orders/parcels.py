"""How a parcel is followed, corrected after its customer was told: they can then be told again."""

from collections.abc import Collection, Iterable
from datetime import datetime

from wapto.desk.orders import orders, timeline
from wapto.desk.orders.orders import Tracking
from wapto.desk.orders.timeline import Actor
from wapto.desk.orders.versions import check_version, decided_again, get, update
from wapto.domain.delivery import PROVEN
from wapto.errors import InvalidInput
from wapto.store.database import transaction
from wapto.store.models import Message, Order, OrderEvent

CORRECTED = "tracking"


@decided_again
def correct(order_id: int, tracking: Tracking, *, actor: Actor, now: datetime, version: int | None = None) -> Order:
    """Puts these facts in place of what was known; what is None or empty stays as it was.

    Telling the customer again is an act of its own. InvalidInput when nothing is said, Conflict when somebody else
    changed the order since `version`.
    """
    with transaction() as tx:
        order = get(order_id)
        check_version(order, version)
        given = orders.tracking_values(tracking)
        if not given:
            raise InvalidInput("Say what is to be corrected: carrier, tracking number, link or expected day.")
        changes = {name: value for name, value in given.items() if value != getattr(order, name)}
        if not changes:
            return order
        update(order, changes, now)
        corrected = get(order_id)
        before, after = _shown(order), _shown(corrected)
        timeline.record(order_id, CORRECTED, actor, now, before=before, after=after, facts=changes)
        tx.wake("desk")
    return corrected


def _shown(order: Order) -> str | None:
    return " ".join(filter(None, [order.carrier, order.tracking_number])) or None


def outdated(messages: Iterable[Message]) -> Collection[int]:
    """Of the messages about one order, those that went out before its parcel was corrected: ids."""
    sent = [message for message in messages if message.state in PROVEN]
    if not sent:
        return ()
    of_order = (OrderEvent.order == sent[0].order_id) & (OrderEvent.kind == CORRECTED)
    last = OrderEvent.select().where(of_order).order_by(OrderEvent.seq.desc()).first()
    newest = sent[-1]
    return (newest.id,) if last is not None and last.at > newest.created_at else ()
