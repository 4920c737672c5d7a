"""What somebody leaves open at the end of a shift, and giving it to named people."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.desk.builders import NOW, a_trigger, an_agent
from tests.desk.playing import ADMIN, a_shop, at_once, buy, step, take_in
from tests.meta.builders import change, text
from wapto.desk import numbers
from wapto.desk.assignment import agents, handover, hours, late
from wapto.desk.conversations import replies
from wapto.desk.orders import orders, timeline
from wapto.desk.orders.timeline import Actor, Subject
from wapto.errors import InvalidInput
from wapto.store.models import AdminAlert, Alert, Order

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(store):
    return numbers.change(a_shop(timezone="UTC"), {"promises": "received=2h, confirmed=1h"})


def taken(agent, **changes):
    return orders.assign(buy(**changes).id, agent.id, actor=ADMIN, now=NOW)


def seen(*those):
    return [(order.id, Order.get_by_id(order.id).agent_id) for order in those]


def holders(*those):
    return [Order.get_by_id(order.id).agent.name for order in those]


def test_what_is_due_first_stands_on_top_and_closed_orders_are_left_out(shop):
    ana = an_agent(name="Ana")
    calm, urgent = taken(ana), step(taken(ana), "confirmed")
    step(taken(ana), "cancelled", reason="sold out")
    taken(an_agent(name="Rui"))
    found = handover.digest(ana.id)
    assert ([row.id for row in found.rows], found.total, found.name) == ([urgent.id, calm.id], 2, "Ana")


def test_a_reply_that_nobody_answered_is_marked_until_somebody_does(shop):
    ana = an_agent(name="Ana")
    order = taken(ana)
    assert handover.digest(ana.id).unread == frozenset()
    take_in(change(messages=[text(id="wamid.said", timestamp=str(int((NOW + HOUR).timestamp())))]))
    assert handover.digest(ana.id).unread == {order.id}
    replies.say(Subject(order.id), "It leaves today.", actor=ADMIN, now=NOW + 2 * HOUR, key="k1")
    assert handover.digest(ana.id).unread == frozenset()


def test_a_notice_that_was_not_sent_is_marked(shop):
    ana = an_agent(name="Ana")
    a_trigger(shop, "confirmed", template="no_such_template")
    order = step(taken(ana), "confirmed")
    assert handover.digest(ana.id).untold == {order.id}


def test_the_end_of_a_shift_owes_a_digest_once_and_only_to_who_leaves_something_open(shop):
    ana = an_agent(name="Ana", hours="Mon-Fri 09:00-18:00 UTC")
    an_agent(name="Rui", hours="Mon-Fri 09:00-18:00 UTC")
    taken(ana)
    evening = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    for at in (NOW, evening, evening + HOUR):
        hours.follow(at)
    [owed] = AdminAlert.select()
    assert (owed.agent_id, owed.about) == (ana.id, "digest")


def test_who_was_away_before_the_end_of_their_shift_is_owed_nothing_more(shop):
    ana = an_agent(name="Ana", hours="Mon-Fri 09:00-18:00 UTC")
    taken(ana)
    agents.change(ana.id, {"presence": "away"})
    hours.follow(datetime(2026, 11, 25, 18, 0, tzinfo=UTC))
    assert AdminAlert.select().count() == 0


def test_a_selection_goes_to_named_people_in_turn_and_each_timeline_tells_it(shop):
    ana, rui, eva = (an_agent(name=name) for name in ("Ana", "Rui", "Eva"))
    those = [taken(ana) for _ in range(5)]
    done = handover.give(seen(*those), [rui, eva], actor=Actor("Ana", "slack", ana.id), now=NOW)
    assert Counter(holders(*those)) == {"Rui": 3, "Eva": 2}
    assert [each.problem for each in done] == [None] * 5
    entry = timeline.entries(those[0].id)[-1]
    assert (entry.kind, entry.actor, entry.before, entry.after) == ("assigned", "Ana", "Ana", "Rui")
    assert Alert.select().where(Alert.agent == rui).count() == 3


def test_one_that_cannot_be_given_stops_no_other_and_says_why(shop):
    ana, rui, eva = (an_agent(name=name) for name in ("Ana", "Rui", "Eva"))
    closed, claimed, fine = (taken(ana) for _ in range(3))
    before = seen(closed, claimed, fine)
    step(closed, "cancelled", reason="sold out")
    orders.assign(claimed.id, eva.id, actor=ADMIN, now=NOW)
    done = handover.give(before, [rui], actor=ADMIN, now=NOW)
    assert [bool(each.problem) for each in done] == [True, True, False]
    assert holders(claimed, fine) == ["Eva", "Rui"]


def test_an_agent_gives_only_what_they_may_work_on(shop):
    ana, rui = an_agent(name="Ana"), an_agent(name="Rui", scope="own")
    order = taken(ana)
    [given] = handover.give(seen(order), [rui], actor=Actor("Rui", "slack", rui.id), now=NOW)
    assert "is with Ana" in given.problem
    assert holders(order) == ["Ana"]


def test_it_has_to_be_said_to_whom(shop):
    with pytest.raises(InvalidInput):
        handover.give([], [], actor=ADMIN, now=NOW)


def test_two_people_who_hand_over_at_once_leave_each_order_with_one_of_those_they_named(shop):
    ana, rui, eva = (an_agent(name=name) for name in ("Ana", "Rui", "Eva"))
    those = [taken(ana) for _ in range(6)]
    before = seen(*those)
    one, two = at_once(*(partial(handover.give, before, [to], actor=ADMIN, now=NOW) for to in (rui, eva)))
    won = [(mine.problem is None) + (theirs.problem is None) for mine, theirs in zip(one, two, strict=True)]
    assert won == [1] * 6
    assert set(holders(*those)) <= {"Rui", "Eva"}


def test_what_is_late_comes_before_what_is_not(shop):
    ana = an_agent(name="Ana")
    first = taken(ana)
    late.cross_limits(NOW + 3 * HOUR)
    late.cross_limits(NOW + 3 * HOUR)
    second = step(taken(ana), "processing")
    [top, below] = handover.digest(ana.id).rows
    assert (top.id, top.promised.state, below.id, below.promised) == (first.id, "late", second.id, None)
