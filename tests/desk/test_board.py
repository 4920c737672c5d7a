"""A process that slept past its lease takes nothing back from the one that went on without it."""

from datetime import timedelta

from tests.desk.builders import NOW, a_customer, a_number, an_agent, an_order
from wapto.desk import board
from wapto.desk.assignment import assignment
from wapto.desk.orders import timeline
from wapto.store.models import Alert, Order

LATER = NOW + timedelta(minutes=2)


def a_dirty_order():
    order = an_order(number=a_number(), customer=a_customer())
    timeline.record(order.id, "received", timeline.CUSTOMER, NOW, after="received")
    return order


def test_a_late_failure_does_not_forget_a_card_that_was_posted_meanwhile(store):
    order = a_dirty_order()
    sleeper = board.claim_card(NOW)
    board.card_posted(order.id, "C1", "1.000001", 1, LATER)
    board.card_failed(sleeper, board.ABSENT, "refused", LATER)
    board.card_put_off(sleeper, board.ABSENT, LATER)
    card = Order.get_by_id(order.id)
    assert (card.card_state, card.card_ts, card.card_attempts) == (board.POSTED, "1.000001", 0)


def test_a_failure_in_time_is_kept_and_tried_again(store):
    order = a_dirty_order()
    board.card_failed(board.claim_card(NOW), board.ABSENT, "refused", NOW)
    card = Order.get_by_id(order.id)
    assert (card.card_state, card.card_problem, card.card_attempts) == (board.ABSENT, "refused", 1)
    assert board.claim_card(NOW) is None
    assert board.claim_card(LATER) is not None


def test_a_late_failure_does_not_send_an_alert_again(store):
    order = a_dirty_order()
    board.card_posted(order.id, "C1", "1.000001", 1, NOW)
    assignment.alert(order.id, an_agent().id, 1, NOW)
    sleeper = board.claim_alert(NOW)
    board.alert_posted(sleeper, "D1", "2.000001", NOW)
    board.alert_failed(sleeper, board.DUE, "refused", LATER)
    board.alert_put_off(sleeper, board.DUE, LATER)
    assert Alert.get_by_id(sleeper.id).state == board.POSTED


def test_cards_that_wait_for_their_channel_are_left_alone_and_those_of_another_go_on(store):
    ana = a_customer()
    busy, other = a_number(slack_channel="C1"), a_number(phone_number_id="2", slack_channel="C2")
    waiting = [an_order(busy, ana, last_seq=1) for _ in range(3)]
    there = an_order(busy, ana, last_seq=2, shown_seq=1, card_state="posted", card_due_at=NOW + timedelta(seconds=2))
    board.take_turn("C1", timedelta(seconds=5), NOW)
    assert board.claim_card(NOW) is None
    assert board.next_due() == there.card_due_at
    elsewhere = an_order(other, ana, last_seq=1)
    assert board.claim_card(NOW).order_id == elsewhere.id
    assert board.claim_card(NOW + timedelta(seconds=3)).order_id == there.id
    assert board.claim_card(NOW + timedelta(seconds=5)).order_id == waiting[0].id
    assert {order.card_due_at for order in Order.select().where(Order.id.in_(waiting[1:]))} == {NOW}
