"""While the message about a change is held, whoever made it takes it back, and the customer never hears of it."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_customer, an_agent, an_order
from tests.desk.telling import a_telling_shop, claimed
from wapto.desk.orders import orders, timeline, undo, views
from wapto.desk.orders.timeline import Actor
from wapto.domain.lifecycle import DELIVERED
from wapto.errors import Conflict, NotAllowed, NotFound, Refused
from wapto.store.models import Message, Order, Trigger

SOON, LATE = NOW + timedelta(seconds=10), NOW + timedelta(seconds=61)
TERMINAL = Actor("admin", "cli")


class Shop:
    """A number that holds the message about shipped orders for a minute; Rui shipped one."""

    def __init__(self, status="processing", target="shipped", **changes):
        self.number = a_telling_shop()
        Trigger.update(hold=60, status=target).execute()
        self.rui, self.bia, self.eva = (
            self._person(name, role) for name, role in (("Rui", "agent"), ("Bia", "agent"), ("Eva", "admin"))
        )
        self.order = an_order(self.number, a_customer(), status=status, **changes)
        timeline.record(self.order.id, "received", timeline.CUSTOMER, NOW, after="received")
        self.change(target)

    def _person(self, name, role):
        return Actor(name, "slack", an_agent(name=name, role=role).id)

    def change(self, target, **how):
        orders.change_status(self.order.id, target, **{"actor": self.rui, "now": NOW, "reason": "why"} | how)

    def undo(self, actor=None, now=SOON):
        return undo.undo(self.order.id, Message.get().id, actor=actor or self.rui, now=now)


@pytest.fixture
def shop(store):
    return Shop()


def test_the_status_goes_back_and_the_message_is_dropped_both_in_the_timeline(shop):
    assert shop.undo().status == "processing"
    assert (Message.get().state, Message.get().reason) == ("skipped", "Rui took the change back.")
    changes = [(entry.actor, entry.before, entry.after) for entry in timeline.entries(shop.order.id)[-2:]]
    assert changes == [("Rui", "shipped", "processing"), ("Rui", "queued", "skipped")]
    assert claimed(now=LATE).works == []


def test_the_card_shows_until_when(shop):
    assert views.of_order(shop.order.id).told[-1].held_until == NOW + timedelta(seconds=60)
    shop.undo()
    assert views.of_order(shop.order.id).told[-1].held_until is None


def test_when_the_order_comes_there_again_the_customer_is_told(shop):
    shop.undo()
    shop.change("shipped", now=SOON)
    assert [row.state for row in Message.select().order_by(Message.id)] == ["skipped", "queued"]


def test_an_admin_may_too(shop):
    assert shop.undo(shop.eva).status == "processing"


def test_so_may_somebody_at_the_terminal(shop):
    assert shop.undo(TERMINAL).status == "processing"


def test_nobody_else_may(shop):
    with pytest.raises(NotAllowed, match="Rui made this change; only they and admins can take it back"):
        shop.undo(shop.bia)
    assert Message.get().state == "queued"


def test_nor_may_somebody_who_only_has_the_same_name(shop):
    with pytest.raises(NotAllowed, match="Rui made this change"):
        shop.undo(shop._person("Rui", "agent"))


@pytest.mark.parametrize("state", ["sending", "accepted", "delivered", "failed"])
def test_what_is_on_its_way_can_not_be_taken_back(shop, state):
    Message.update(state=state, attempts=1).execute()
    with pytest.raises(Refused, match="It is too late"):
        shop.undo()
    assert Order.get().status == "shipped"


def test_what_is_held_back_can_be_taken_back_at_any_time(shop):
    Message.update(state="held").execute()
    assert shop.undo(now=LATE).status == "processing"


def test_after_the_time_it_is_too_late(shop):
    with pytest.raises(Refused, match="It is too late"):
        shop.undo(now=LATE)


def test_a_double_click_does_it_once(shop):
    shop.undo()
    assert shop.undo().status == "processing"
    assert len([entry for entry in timeline.entries(shop.order.id) if entry.kind == "status"]) == 2


def test_an_order_that_has_moved_on_stays_where_it_is(shop):
    shop.change("out_for_delivery", now=SOON)
    with pytest.raises(Conflict, match=r"Rui \(to Out for delivery"):
        shop.undo(shop.eva)


def test_a_cancellation_taken_back_leaves_an_open_order(store):
    shop = Shop(target="cancelled")
    order = shop.undo()
    assert (order.status, order.is_open, order.cancelled_from) == ("processing", True, None)


def test_a_delivery_taken_back_leaves_an_open_order(store):
    order = Shop("out_for_delivery", DELIVERED).undo()
    assert (order.status, order.is_open) == ("out_for_delivery", True)


def test_a_reopening_taken_back_can_be_made_again(store):
    shop = Shop("cancelled", "processing", cancelled_from="processing")
    order = shop.undo()
    assert (order.status, order.is_open, order.cancelled_from) == ("cancelled", False, "processing")


def test_a_message_of_another_order_is_none_of_it(shop):
    with pytest.raises(NotFound):
        undo.undo(shop.order.id, 99, actor=shop.rui, now=SOON)
