"""A clock that ran ahead and was set right keeps nothing waiting for as long as the jump was."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOW, a_number, an_order
from tests.desk.telling import a_telling_shop, claimed, waiting
from wapto.desk import board
from wapto.desk.watch import jumps
from wapto.store.models import InboxEntry, Message, Number, Order, SlackChannel

DAY = timedelta(days=1)
SOON = timedelta(minutes=10)


def test_a_number_that_sent_in_the_future_sends_again(store):
    waiting(a_telling_shop())
    Number.update(theoretical_at=NOW + DAY).execute()
    assert not claimed().works
    jumps.mend(NOW)
    assert len(claimed().works) == 1


def test_cards_and_their_channel_are_drawn_again(store):
    order = an_order(last_seq=2, card_due_at=NOW + DAY)
    SlackChannel.create(channel="C1", lease_until=NOW + DAY)
    jumps.mend(NOW)
    assert board.claim_card(NOW).order_id == order.id
    assert board.take_turn("C1", SOON, NOW) == NOW


def test_a_webhook_that_somebody_took_in_the_future_is_free(store):
    entry = InboxEntry.create(received_at=NOW, body=b"{}", state="new", lease_until=NOW + DAY)
    jumps.mend(NOW)
    assert InboxEntry.get_by_id(entry.id).lease_until == NOW


def test_a_promise_made_in_the_future_keeps_its_hold(store):
    hold = timedelta(seconds=90)
    message = waiting(a_telling_shop(), created_at=NOW + DAY, next_at=NOW + DAY + hold)
    jumps.mend(NOW)
    jumps.mend(NOW)
    mended = Message.get_by_id(message.id)
    assert (mended.created_at, mended.next_at) == (NOW, NOW + hold)


def test_a_promise_with_a_long_hold_is_left_alone(store):
    message = waiting(a_telling_shop(), next_at=NOW + DAY)
    jumps.mend(NOW)
    assert Message.get_by_id(message.id).next_at == NOW + DAY


@pytest.mark.parametrize("due", [NOW, NOW + SOON])
def test_what_is_to_wait_for_minutes_waits(store, due):
    an_order(a_number(theoretical_at=due), last_seq=2, card_due_at=due)
    SlackChannel.create(channel="C1", lease_until=due)
    jumps.mend(NOW)
    assert Order.get().card_due_at == due
