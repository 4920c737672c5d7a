"""What a notice says: its trigger's template, in the customer's language, filled with what the order knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from wapto.desk.customers import customers, doubts
from wapto.desk.notices import optouts
from wapto.desk.notices.languages import wanted, wanted_by
from wapto.desk.orders import timeline, tracking
from wapto.domain.identity import order_number
from wapto.domain.template import Component, fill, unsupported
from wapto.domain.variables import Item, OrderFacts, value_of
from wapto.errors import InvalidInput
from wapto.store.batches import Prepared
from wapto.store.models import Customer, Message, Number, Order, OrderLine, Template, Trigger

APPROVED = "APPROVED"
AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A notice as it would go out now; a `problem` says in one sentence why it cannot."""

    template: str | None
    language: str | None
    text: str
    components: list[Component]
    content: dict[str, Any] | None = None  # of a notice in plain text
    to_phone: str | None
    to_user_id: str | None
    problem: str | None
    is_unwanted: bool = False  # the problem is that the customer does not want it: it is skipped, not held

    def columns(self) -> dict[str, Any]:
        """The columns of a message that the draft decides."""
        return {name: value for name, value in vars(self).items() if name not in ("problem", "is_unwanted")}


def compose(order: Order, trigger: Trigger, reason: str | None, *, in_window: bool = False) -> Draft:
    """The trigger's notice for the order; `reason` is what was said with the change of status.

    The trigger's template, else its fallback, else the template in another language that the customer reads, else
    plain text `in_window`, where the trigger allows it; else with a problem, that of the trigger's template. Never
    raises for a fault of template or trigger: a bad rule must not keep an order from moving on.
    """
    return compose_all([order], trigger, reason, in_window=[in_window])[0]


def compose_all(
    orders: Sequence[Order], trigger: Trigger, reason: str | None, *, in_window: Sequence[bool]
) -> list[Draft]:
    """The same for several orders of one number."""
    number = orders[0].number
    templates = _Templates(named(number.waba, trigger.template), named(number.waba, trigger.fallback or ""))
    recipients = customers.recipients((order.customer_id for order in orders), customers.scope_of(number))
    languages = _languages_of(orders, trigger)
    items = _items_of([order.id for order in orders])
    drafts = []
    for order, is_in_window in zip(orders, in_window, strict=True):
        facts = facts_of(order, trigger.status, reason, items[order.id])
        attempt = _best(templates, trigger, languages[order.id], facts, order.customer, in_window=is_in_window)
        drafts.append(_draft(attempt, trigger, order.customer, *recipients[order.customer_id]))
    return drafts


def _best(
    templates: "_Templates",
    trigger: Trigger,
    languages: Sequence[str],
    facts: OrderFacts,
    customer: Customer,
    *,
    in_window: bool,
) -> "_Attempt":
    tried = []
    for template in _ladder(templates, languages):
        tried.append(_attempt(template, trigger, facts, customer))
        if not tried[-1].problem:
            return tried[-1]
    plain = _plain(tried, trigger, in_window=in_window)
    return plain or (tried[0] if tried else _Attempt(None, fault=missing(trigger.template, languages)))


def _draft(draft: "_Attempt", trigger: Trigger, customer: Customer, phone: str | None, user_id: str | None) -> Draft:
    return Draft(
        template=None if draft.content else draft.template.name if draft.template else trigger.template,
        language=draft.template.language if draft.template else None,
        text=draft.text,
        components=draft.components,
        content=draft.content,
        to_phone=phone,
        to_user_id=user_id,
        problem=draft.problem if phone or user_id else unreachable(customer),
        is_unwanted=draft.is_unwanted,
    )


@dataclass(frozen=True)
class _Attempt:
    """A notice by one template, and why it cannot be sent so."""

    template: Template | None
    text: str = ""
    words: str = ""
    components: list[Component] = field(default_factory=list)
    fault: str | None = None
    content: dict[str, Any] | None = None
    is_unwanted: bool = False

    @property
    def problem(self) -> str | None:
        """Why it cannot be sent."""
        return None if self.content else (self.template and not_sendable(self.template)) or self.fault


class _Templates(NamedTuple):
    """Those of a trigger, in all their languages."""

    usual: Sequence[Template]
    fallback: Sequence[Template]


def _ladder(templates: _Templates, languages: Sequence[str]) -> Iterable[Template]:
    """Templates in the order in which they are tried, each once."""
    usual, fallback = templates
    wanted = [pick(usual, languages), *[pick(fallback, [code]) for code in languages]]
    wanted += [pick(usual, [code]) for code in languages]
    return {template.id: template for template in wanted if template}.values()


def _attempt(template: Template, trigger: Trigger, facts: OrderFacts, customer: Customer | None = None) -> _Attempt:
    if customer and (unwanted := optouts.unwanted(template, customer)):
        return _Attempt(template, fault=unwanted, is_unwanted=True)
    try:
        made = fill(template.components, template.parameter_format, _values(trigger, facts, template.language))
    except InvalidInput as fault:
        return _Attempt(template, fault=f"The template {_title(template)} cannot be filled. {fault}")
    return _Attempt(template, made.text, made.words, made.components)


def _plain(tried: Sequence[_Attempt], trigger: Trigger, *, in_window: bool) -> _Attempt | None:
    """The words of the template without the template, which WhatsApp takes while the window is open."""
    if not (trigger.plain_text and in_window):
        return None
    said = next((attempt for attempt in tried if attempt.words), None)
    return said and replace(said, text=said.words, components=[], content=text_content(said.words))


def anew(message: Message, trigger: Trigger, *, in_window: bool = False) -> tuple[Order, Draft]:
    """The order that a notice is about, and the notice as it would be by now."""
    order = Order.get_by_id(message.order_id)
    return order, compose(order, trigger, reason_of(order.id, message.trigger), in_window=in_window)


def text_content(words: str) -> dict[str, Any]:
    """A text message as Meta takes it (reference §4.3)."""
    return {"type": "text", "text": {"body": words, "preview_url": False}}


def recipient_of(customer: Customer, number: Number) -> tuple[str | None, str | None]:
    """By what the number can write to the customer: a phone number, else a user id of its portfolio, else nothing."""
    return customers.recipients([customer.id], customers.scope_of(number))[customer.id]


_trigger = Prepared(
    lambda number_id, status: Trigger.select().where(Trigger.number == number_id, Trigger.status == status)
)
_named = Prepared(
    lambda waba, name: Template.select().where(Template.waba == waba, Template.name == name, Template.gone_at.is_null())
)
_lines = Prepared(
    lambda ids: (
        OrderLine.select(OrderLine.order, OrderLine.name, OrderLine.quantity)
        .where(OrderLine.order.in_(ids))
        .order_by(OrderLine.order, OrderLine.position)
    )
)


def trigger_of(number_id: int, status: str) -> Trigger | None:
    """The number's trigger for a status, on or off."""
    return next(iter(_trigger.models(Trigger, number_id, status)), None)


def named(waba: str, name: str) -> list[Template]:
    """The template in all languages that Meta still lists for the account."""
    return _named.models(Template, waba, name) if name else []


def pick(templates: Sequence[Template], languages: Sequence[str]) -> Template | None:
    """The template in the first language that it has: exactly, else in that language without or with another region.

    Meta itself falls back to nothing (reference §5, "Language").
    """
    for code in languages:
        base = _base(code)
        if kin := [template for template in templates if _base(template.language) == base]:
            return min(kin, key=lambda one: (one.language != code, one.language != base, one.language))
    return None


def _items_of(order_ids: list[int]) -> dict[int, list[Item]]:
    items: dict[int, list[Item]] = {order_id: [] for order_id in order_ids}
    for order_id, name, quantity in _lines.rows(order_ids):
        items[order_id].append(Item(name, quantity))
    return items


def facts_of(order: Order, status: str, reason: str | None, items: Iterable[Item] | None = None) -> OrderFacts:
    """What the commerce variables can tell about an order that is in `status`; its items are read if not given."""
    number = order.number
    items = _items_of([order.id])[order.id] if items is None else items
    return OrderFacts(
        number=order_number(order.id),
        status=status,
        shop_name=number.name,
        created_at=order.created_at,
        timezone=number.timezone,
        total_minor=order.total_minor,
        currency=order.currency,
        items=tuple(items),
        note=order.note,
        customer_name=order.customer.name,
        agent_name=order.agent.name if order.agent else None,
        reason=reason,
        carrier=order.carrier,
        tracking_number=order.tracking_number,
        tracking_url=order.tracking_url,
        eta=date.fromisoformat(order.eta) if order.eta else None,
        tracking_token=tracking.token_of(order.id),
    )


def reason_of(order_id: int, status: str) -> str | None:
    """The words said with the latest change of status, if it is the one that led to `status`."""
    change = timeline.latest(order_id, ("status",))
    return change.text if change and change.after == status else None


def languages_for(trigger: Trigger, customer: Customer, number: Number) -> list[str]:
    """The languages to look for, the most wanted first."""
    return wanted(customer, number) if trigger.language == AUTO else [trigger.language]


def _languages_of(orders: Sequence[Order], trigger: Trigger) -> dict[int, list[str]]:
    if trigger.language != AUTO:
        return {order.id: [trigger.language] for order in orders}
    return wanted_by(orders)


def _base(code: str) -> str:
    return code.partition("_")[0]


def filled(template: Template | None, trigger: Trigger, facts: OrderFacts) -> tuple[str, list[Component], str | None]:
    """Text, payload, and why they could not be made."""
    if template is None:
        return "", [], None
    tried = _attempt(template, trigger, facts)
    return tried.text, tried.components, tried.fault


def _values(trigger: Trigger, facts: OrderFacts, language: str) -> dict[str, str]:
    read = {name: value_of(variable, facts, language) for name, variable in trigger.bindings.items()}
    return {**trigger.defaults, **{name: value for name, value in read.items() if value}}


def unreachable(customer: Customer) -> str:
    """Why nothing can be written to a customer whom `recipient_of` knows nothing of, and what to do."""
    doubt = doubts.of_customer(customer.id)
    return doubt.words if doubt else "Neither a phone number nor a user id of the customer is known for this number."


def missing(name: str, languages: Sequence[str]) -> str:
    """That there is no such template in these languages, and what to do."""
    where = " or ".join(dict.fromkeys(languages))
    return f"There is no template “{name}” in {where}; create it at Meta, then run `wapto templates sync`."


def not_sendable(template: Template) -> str | None:
    """Why Meta or Wapto would not send this template, in one sentence; None when both would."""
    if template.status != APPROVED:
        why = f" ({template.status_reason})" if template.status_reason else ""
        return f"The template {_title(template)} is {template.status} at Meta{why}; it can be sent once it is APPROVED."
    return unsupported(template.components)


def _title(template: Template) -> str:
    return f"“{template.name}” ({template.language})"
