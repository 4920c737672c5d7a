"""What has to be true when a storm is over: of every cart, promise, card, timeline and queue."""

from collections import Counter
from datetime import timedelta

from bot.wording import TOLD
from wapto.desk.orders import audit
from wapto.domain.delivery import DELIVERED, FAILED, HELD, QUEUED, READ, SENDING, UNKNOWN
from wapto.domain.lifecycle import label
from wapto.store import integrity
from wapto.store.database import transaction
from wapto.store.models import Alert, InboxEntry, Message, Number, Order, OrderEvent, SlackChannel, SlackPost

_AHEAD = timedelta(minutes=5)  # longer than a lease, and as far as the clock is turned


def let_time_pass(by=_AHEAD):
    """As if minutes had gone by: for what was in hand when somebody was killed, and what is to be tried again."""
    with transaction():
        for model, field in (
            (InboxEntry, InboxEntry.lease_until),
            (Message, Message.lease_until),
            (Message, Message.next_at),
            (Number, Number.paused_until),
            (Number, Number.theoretical_at),
            (SlackChannel, SlackChannel.lease_until),
            (Order, Order.card_due_at),
            (Order, Order.thread_due_at),
            (Alert, Alert.due_at),
            (SlackPost, SlackPost.due_at),
        ):
            for row in list(model.select(model.id, field).where(field.is_null(False))):
                model.update({field: getattr(row, field.name) - by}).where(model.id == row.id).execute()


def left_to_do():
    """How many rows of each queue are not done; what is not named has nothing left."""
    queues = {
        "inbox": InboxEntry.select().where(InboxEntry.state == "new"),
        "outbox": Message.select().where(Message.state.in_([QUEUED, SENDING])),
        "cards": Order.select().where(Order.shown_seq < Order.last_seq),
        "alerts": Alert.select().where(Alert.state.in_(["due", "posting", "joined"])),
        "thread posts": SlackPost.select().where(SlackPost.state.in_(["due", "posting", "stale"])),
        "threads": Order.select().where(Order.thread_seq < Order.last_seq),
    }
    return {name: count for name, queue in queues.items() if (count := queue.count())}


def check_carts(road, customers):
    """Every cart is one order with one card, whose thread and alert were written once; every webhook was handled."""
    assert Counter(order.customer.name for order in Order.select()) == {customer.name: 1 for customer in customers}
    channels = [road.world.slack.channel(shop.channel) for shop in road.shops]
    cards = sorted((channel.id, card.ts) for channel in channels for card in channel.messages)
    assert cards == sorted((order.card_channel, order.card_ts) for order in Order.select())
    for order in Order.select():
        told = SlackPost.select().where(SlackPost.order == order, SlackPost.state == "posted").count()
        assert len(road.world.slack.channel(order.card_channel).thread(order.card_ts)) == told, order.id
    alerts = Counter(road.words(dm) for person in road.world.people.values() for dm in person.dms)
    assert max(alerts.values()) == 1, alerts
    states = Counter(entry.state for entry in InboxEntry.select(InboxEntry.state))
    assert states.keys() <= {"done", "kept"}, states


def check_promises(road):
    """Each was told at most once; of one that is not known to have arrived the agents read so under the card."""
    told = Counter((sent.to, sent.template) for sent in road.world.graph.sent)
    assert set(told.values()) <= {1}
    promised = {(message.order_id, message.trigger) for message in Message.select()}
    assert promised >= set(_reached())
    for message in Message.select():
        known = (message.state, told[message.to_phone, message.template])
        assert known in {(DELIVERED, 1), (READ, 1), (HELD, 0), (FAILED, 0), (UNKNOWN, 0)}, (message.id, message.reason)
        if message.state in (HELD, FAILED, UNKNOWN):
            words, said = f"{label(message.trigger)}: {TOLD[message.state]}", _told_in_slack(road, message.order)
            assert words in said, f"“{words}” is not in {said}"


def _told_in_slack(road, order):
    """All words of an order's card and of its thread."""
    channel = road.world.slack.channel(order.card_channel)
    card = [each for each in channel.messages if each.ts == order.card_ts]
    return "\n".join(road.words(each) for each in (*card, *channel.thread(order.card_ts)))


def _reached():
    """(order, status) for all that customers have to hear of."""
    for event in OrderEvent.select().where(OrderEvent.kind.in_(["received", "status"])):
        yield event.order_id, event.after


def check_store():
    """What `wapto db check` looks at."""
    assert not integrity.broken_pages()
    assert list(integrity.lost_references()) == []
    for batch in audit.audit():
        assert not any(batch.wrong.values()), batch.wrong
    for order in Order.select():
        timeline = OrderEvent.select().where(OrderEvent.order == order).order_by(OrderEvent.seq)
        assert [event.seq for event in timeline] == list(range(1, order.last_seq + 1))


def summary():
    """How it went, in a line."""
    states = Counter(message.state for message in Message.select())
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    changes = OrderEvent.select().where(OrderEvent.kind == "status").count()
    return f"{Order.select().count()} orders, {changes} changes, notices: {told}"
