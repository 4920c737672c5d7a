"""What the tests of surveys have in common: a shop that asks, a delivered order, and a customer who answers."""

from datetime import timedelta
from itertools import count

from sandbox.graph.templates import template as definition
from tests.desk.builders import NOW, a_template
from tests.desk.playing import a_shop, buy, drain, step
from tests.meta.builders import WABA, body, change, notification
from wapto.desk.intake import inbox
from wapto.desk.surveys import surveys
from wapto.desk.templates import starter, submission
from wapto.store.models import Message, Survey

ANA = "5511999990000"  # who buys here
NOON = NOW.replace(hour=15)  # in São Paulo
TOMORROW = NOON + timedelta(days=1)
BODY = "Thank you for your order {{order_number}} from {{shop_name}}. Please reply with a number from 1 to 5."
FIVE = [{"type": "QUICK_REPLY", "text": str(score)} for score in (5, 4, 3, 2, 1)]

_serial = count(1)


def a_review_template(**changes):
    """The approved template that asks, with a quick reply for each score."""
    meta = definition(surveys.TEMPLATES["review"], "en", BODY, buttons=FIVE, category="MARKETING")
    return a_template(meta, WABA, **changes)


def a_starter_template(slug, language="en", **changes):
    """The approved template of the starter pack."""
    [meta] = [one for one in starter.definitions([language], {}) if one.name == starter.name_of(slug)]
    return a_template(submission.body_of(meta) | {"status": "APPROVED"}, WABA, **changes)


def an_asking_shop(**changes):
    a_review_template()
    return a_shop(**changes)


def a_shop_that_asks_to_be_recommended(**changes):
    a_starter_template(starter.NPS)
    return a_shop(survey="nps", **changes)


def delivered(now=NOON, **how):
    """An order of Ana's, delivered at noon where she lives."""
    return step(buy(), "confirmed", "delivered", now=now, **how)


def asked(now=TOMORROW):
    """A delivered order whose customer has been asked a day later, out of the window."""
    order = delivered()
    surveys.ask_due(now)
    Message.update(state="delivered", wamid=f"wamid.ask{order.id}").where(Message.order == order).execute()
    return order


def survey_of(order):
    return Survey.get(Survey.order == order)


def messages(order):
    theirs = (Message.order == order) & Message.trigger.startswith("survey")
    return list(Message.select().where(theirs).order_by(Message.id))


def answers(text=None, *, at=TOMORROW, tap=None, quoting=None, kind="text", taken_in=None):
    """Ana writes, or taps on something."""
    message = {"from": ANA, "id": f"wamid.answer{next(_serial)}", "timestamp": str(int(at.timestamp()))}
    if tap:
        reply = {"type": "list_reply", "list_reply": {"id": tap, "title": text or "5 · Very good"}}
        message |= {"type": "interactive", "interactive": reply}
    elif kind == "button":
        message |= {"type": "button", "button": {"payload": text, "text": text}}
    else:
        message |= {"type": "text", "text": {"body": text}}
    if quoting:
        message["context"] = {"from": "551140000001", "id": quoting}
    inbox.store_raw(body(notification(change(messages=[message]))), at)
    drain(taken_in or at)
