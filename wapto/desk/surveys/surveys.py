"""One survey of each delivered order: planned with the delivery, asked in the customer's daytime, or not, with reason.

It is asked by a list while the customer service window is open, else by an approved template with quick replies.
"""

from datetime import datetime, timedelta
from typing import Any

from wapto.desk.assignment.assignment import WAPTO
from wapto.desk.conversations import replies
from wapto.desk.conversations.replies import Words
from wapto.desk.customers import customers, people
from wapto.desk.notices import optouts
from wapto.desk.notices.drafts import facts_of, missing, named, not_sendable, pick, recipient_of, unreachable
from wapto.desk.notices.languages import wanted
from wapto.desk.notices.messages import breathe
from wapto.desk.numbers import SURVEY_MODES
from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.surveys import words as survey_words
from wapto.desk.templates import starter
from wapto.domain.daytime import next_daytime, zones_of
from wapto.domain.identity import order_number
from wapto.domain.lifecycle import DELIVERED, label
from wapto.domain.survey import ASKED as QUESTION
from wapto.domain.template import fill, placeholders, reply_labels
from wapto.domain.variables import VARIABLES, value_of
from wapto.errors import InvalidInput, NotFound, Refused
from wapto.store.database import Transaction, skip_locked, spelled, transaction
from wapto.store.models import Number, Order, Survey, Template

EVERY = timedelta(minutes=1)  # between two looks at what is due
AUTOMATIC, MANUAL, OFF = SURVEY_MODES
WAITING, ASKED, ANSWERED, SKIPPED = "waiting", "asked", "answered", "skipped"
TEMPLATES = {kind: starter.name_of(slug) for kind, slug in starter.SURVEYS.items()}

_BY_ITSELF = "schedule"  # the door of what nobody did
_CLOSED_BY_ITSELF = "The order was closed by itself; nobody saw that it was delivered."
_MOST = 500  # at one time; the scheduler has other duties too
# What a template may be filled with: the commerce variables with underscores, and the shorter names of the pack.
_BINDINGS = {variable.replace(".", "_"): variable for variable in VARIABLES} | {
    "first_name": "customer.first_name",
    "carrier": "tracking.carrier",
    "button.0": "tracking.token",
}


def plan(order: Order, actor: Actor, now: datetime) -> None:
    """Owes the customer of an order that was just delivered one survey, if the number asks by itself.

    Runs in the caller's transaction. What was asked once is never asked again.
    """
    number = order.number
    if number.survey_mode != AUTOMATIC:
        return
    due = now + timedelta(minutes=number.survey_delay_minutes)
    state, reason = (SKIPPED, _CLOSED_BY_ITSELF) if _is_nobody(actor.name, actor.door) else (WAITING, None)
    _owe(order, delivered_at=now, due_at=due, state=state, reason=reason)


def _is_nobody(name: str, door: str) -> bool:
    return door == _BY_ITSELF or name == WAPTO.name


def _owe(order: Order, **facts: Any) -> None:
    facts |= {"kind": order.number.survey}
    new = {"order": order.id, "number": order.number_id, "customer": order.customer_id, **facts}
    again = Survey.insert(new).on_conflict(
        conflict_target=[Survey.order], update=facts, where=Survey.asked_at.is_null()
    )
    again.execute()


def ask_due(now: datetime) -> None:
    """Asks what is due, or notes why it is not asked; what one run leaves, the next one finds."""
    due = (Survey.state == spelled(WAITING)[0]) & (Survey.due_at <= now)
    query: Any = Survey.select(Survey.id, Survey.customer).where(due).order_by(Survey.due_at, Survey.id)
    for survey_id, customer_id in list(query.limit(_MOST).tuples()):
        with transaction():
            people.held(customer_id)  # asked about one order at a time, and left alone then
            survey = skip_locked(Survey.select().where(Survey.id == survey_id, due), Survey).first()
            if survey is not None:
                _ask_or_skip(survey, now)
        breathe()


def _ask_or_skip(survey: Survey, now: datetime) -> None:
    order = survey.order
    later = next_daytime(now, _zones(order))
    if later > now:
        _update(survey, due_at=later)
        return
    try:
        with transaction() as tx:
            _check_automatic(order, now)
            _ask(tx, survey, order, WAPTO, now)
    except (Refused, InvalidInput, NotFound) as fault:
        _update(survey, state=SKIPPED, reason=str(fault))


def _zones(order: Order) -> list[str]:
    return zones_of(customers.phone_of(order.customer_id), order.number.timezone)


def _check_automatic(order: Order, now: datetime) -> None:
    number = order.number
    if number.survey_mode != AUTOMATIC:
        raise Refused("The number does not ask by itself any more.")
    if not approved(number):
        raise Refused(f"The survey template “{template_name(number)}” is not approved, so nobody is asked by itself.")
    if since := _asked_lately(order, now):
        raise Refused(f"The customer was asked on {since:%Y-%m-%d} already, and is left alone for a while.")


def ask(order_id: int, *, actor: Actor, now: datetime) -> Survey:
    """Somebody asks the customer now, whatever the daytime and the number's mode; Refused where it cannot be."""
    with transaction() as tx:
        people.held(Order.get_by_id(order_id).customer_id)
        order = Order.get_by_id(order_id)
        if order.number.survey_mode == OFF:
            step = f"`wapto numbers set {order.number.phone_number_id} survey_mode=manual` switches them on."
            raise Refused(f"Surveys are switched off for this number; {step}")
        delivered = timeline.latest(order_id, ("status",))
        if delivered and _is_nobody(delivered.actor, delivered.door):
            raise Refused(_CLOSED_BY_ITSELF)
        at = delivered.at if delivered else order.updated_at
        _owe(order, delivered_at=at, due_at=now, state=WAITING, reason=None)
        survey = of_order(order_id)
        if survey is None or survey.asked_at is not None:
            raise Refused(f"The customer of {order_number(order_id)} was asked already.")
        if since := _asked_lately(order, now):
            raise Refused(f"The customer was asked on {since:%Y-%m-%d} already; leave them alone for a while.")
        _ask(tx, survey, order, actor, now)
    return Survey.get_by_id(survey.id)


def of_order(order_id: int) -> Survey | None:
    """The survey of an order, asked or not."""
    found: Survey | None = Survey.get_or_none(Survey.order == order_id)
    return found


def _ask(tx: Transaction, survey: Survey, order: Order, actor: Actor, now: datetime) -> None:
    if order.status != DELIVERED:
        raise Refused(f"The order is {label(order.status)} by now.")
    phone, user_id = recipient_of(order.customer, order.number)
    if not (phone or user_id):
        raise Refused(unreachable(order.customer))
    words = _words(survey, order, now)
    message = replies.send(tx, order, words, QUESTION, actor=actor, now=now, key=QUESTION)
    _update(survey, state=ASKED, reason=None, kind=order.number.survey, asked_at=now, message=message.id)


def _words(survey: Survey, order: Order, now: datetime) -> Words:
    languages = wanted(order.customer, order.number)
    template = pick(approved(order.number), languages)
    _heed_optout(order, template)
    if replies.is_open(order.number_id, order.customer_id, now):
        return Words(*survey_words.question(order, survey.id, order.number.survey))
    if template is None:
        raise Refused(missing(template_name(order.number), languages))
    return _by_template(survey, order, template)


def _heed_optout(order: Order, template: Template | None) -> None:
    """What Meta counts as marketing as a template is it in other words too."""
    unwanted = template and optouts.unwanted(template, order.customer)
    if unwanted:
        raise Refused(unwanted)
    if template is None and order.customer.marketing_stopped_at:
        raise Refused("The customer wants no marketing messages, and a survey may be one.")


def _by_template(survey: Survey, order: Order, template: Template) -> Words:
    facts = facts_of(order, order.status, None)
    names = placeholders(template.components, template.parameter_format)
    values = {name: value_of(_BINDINGS[name], facts, template.language) for name in names if name in _BINDINGS}
    told = {name: value for name, value in values.items() if value}
    try:
        made = fill(template.components, template.parameter_format, told | _payloads(survey, order, template))
    except InvalidInput as fault:
        raise Refused(f"The template “{template.name}” ({template.language}) cannot be filled. {fault}") from None
    return Words(made.text, template=template.name, language=template.language, components=made.components)


def _payloads(survey: Survey, order: Order, template: Template) -> dict[str, str]:
    """What the quick replies send back: their survey and score, so that nothing has to be guessed from the words."""
    labels = reply_labels(template.components).items()
    found = {name: survey_words.payload_of(survey.id, label, order.number.survey) for name, label in labels}
    return {name: sent_back for name, sent_back in found.items() if sent_back}


def template_name(number: Number) -> str:
    """The template that asks outside of the customer service window."""
    return number.survey_template or TEMPLATES[number.survey]


def approved(number: Number) -> list[Template]:
    """The number's survey template in all languages in which it can be sent."""
    return [row for row in named(number.waba, template_name(number)) if not not_sendable(row)]


def _asked_lately(order: Order, now: datetime) -> datetime | None:
    """When the customer was asked about another order, if that is too short ago."""
    since = now - timedelta(days=order.number.survey_rest_days)
    theirs = (Survey.customer == order.customer_id) & (Survey.order != order.id) & (Survey.asked_at > since)
    last: Survey | None = Survey.select().where(theirs).order_by(Survey.asked_at.desc()).first()
    return last.asked_at if last else None


def _update(survey: Survey, **columns: Any) -> None:
    Survey.update(columns).where(Survey.id == survey.id).execute()
