"""Working on an order beside its status: each form is opened for whoever may, and calls one verb when it is sent."""

from bot import customer_forms, guard, lateness, modals, surveying, wording, work_forms
from bot.calls import Call
from bot.cards import Drawn
from bot.modals import BadField
from bot.slack import Content
from wapto.desk.assignment import agents
from wapto.desk.catalog import drift
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.customers import contacts
from wapto.desk.orders import adjustments, edits, flags, orders, parcels, views
from wapto.desk.orders.adjustments import DISCOUNT, SHIPPING
from wapto.errors import InvalidInput, NotFound


def ask_agent(call: Call, order_id: int) -> Content | None:
    """Assign…: asks who gets the order."""
    guard.worker(call)
    form = work_forms.assign(views.of_order(order_id), agents.listing(), call.channel)
    call.slack.open_form(call.trigger_id, form)
    return None


def open_hub(call: Call, order_id: int) -> Content | None:
    """More…: offers what else can be done with the order."""
    guard.worker(call)
    call.slack.open_form(call.trigger_id, work_forms.hub(views.of_order(order_id), call.channel))
    return None


def choose(call: Call) -> Content | None:
    """A button of the hub: its form takes the hub's place."""
    actor = guard.worker(call)
    ticket = modals.ticket(call.view)
    if call.value == work_forms.CONTACT:
        form = work_forms.contact(contacts.show(ticket.order, actor=actor, now=call.now))
    elif call.value in _FORMS:
        form = _FORMS[call.value](views.of_order(ticket.order), ticket.channel)
    else:
        raise InvalidInput(wording.MALFORMED)
    call.slack.replace_form(str(call.view["id"]), form)
    return None


_FORMS = {
    work_forms.ITEMS: work_forms.items,
    work_forms.PRICES: work_forms.prices,
    work_forms.FLAGS: work_forms.flags,
    work_forms.UNKNOWN: work_forms.unknown,
    work_forms.FEES: work_forms.fees,
    work_forms.TRACKING: work_forms.tracking,
    work_forms.FACTS: work_forms.facts,
    work_forms.NOTE: work_forms.note,
    work_forms.SNOOZE: lateness.form,
    work_forms.SURVEY: surveying.form,
    work_forms.CUSTOMER: customer_forms.form,
}


def assign(call: Call) -> Content | None:
    """The form of Assign… was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    chosen = str(modals.entered(call.view, work_forms.AGENT))
    agent = None if chosen == work_forms.NOBODY else agents.find(chosen).id
    orders.assign(form.order, agent, actor=actor, now=call.now, version=form.version)
    return None


def edit_items(call: Call) -> Content | None:
    """The form of Edit items was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    typed = (modals.entered(call.view, work_forms.ADDED) or "").splitlines()
    counted = work_forms.quantities(call.view, len(views.of_order(form.order).lines))
    try:
        edits.edit_items(
            form.order,
            actor=actor,
            now=call.now,
            quantities=counted,
            added=work_forms.picked(call.view),
            typed=typed,
            version=form.version,
        )
    except InvalidInput as fault:
        raise BadField(work_forms.ADDED, str(fault)) from None
    return None


def settle_prices(call: Call) -> Content | None:
    """The form of Settle price or stock was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    chosen = work_forms.by_place(call.view, work_forms.PRICE, len(views.of_order(form.order).lines))
    if chosen:
        drift.decide(form.order, chosen, actor=actor, now=call.now, version=form.version)
    return None


def accept_flags(call: Call) -> Content | None:
    """The form of Marked items are right was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    flags.accept(form.order, actor=actor, now=call.now, version=form.version)
    return None


def settle(call: Call) -> Content | None:
    """A button below the flags of a card: its form."""
    guard.worker(call)
    drawn = Drawn.unpack(call.value)
    if drawn.target not in _FORMS:
        raise InvalidInput(wording.MALFORMED)
    call.slack.open_form(call.trigger_id, _FORMS[drawn.target](views.of_order(drawn.order), call.channel))
    return None


def find_items(call: Call) -> Content | None:
    """The form of Find unknown items was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    typed = work_forms.by_place(call.view, work_forms.ITEM, len(views.of_order(form.order).lines))
    for place, target in typed.items():
        try:
            catalog_lines.tie_line(form.order, place, target, actor=actor, now=call.now, version=form.version)
        except (InvalidInput, NotFound) as fault:
            raise BadField(f"{work_forms.ITEM}:{place}", str(fault)) from None
    return None


def correct_tracking(call: Call) -> Content | None:
    """The form of Correct tracking was sent; telling the customer again is offered on the card."""
    actor = guard.worker(call)
    form, entered = modals.ticket(call.view), modals.tracking(call.view)
    try:
        parcels.correct(form.order, entered, actor=actor, now=call.now, version=form.version)
    except InvalidInput as fault:
        raise BadField(modals.CARRIER, str(fault)) from None
    return None


def adjust(call: Call) -> Content | None:
    """The form of Fee or discount was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    amounts = {kind: modals.entered(call.view, kind) or "" for kind in (SHIPPING, DISCOUNT)}
    try:
        adjustments.adjust(form.order, amounts, actor=actor, now=call.now, version=form.version)
    except InvalidInput as fault:
        raise BadField(DISCOUNT, str(fault)) from None
    return None


def set_facts(call: Call) -> Content | None:
    """The form of Handover and payment was sent."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    orders.set_facts(
        form.order,
        actor=actor,
        now=call.now,
        fulfillment=modals.entered(call.view, work_forms.FULFILLMENT),
        payment=modals.entered(call.view, work_forms.PAYMENT),
        version=form.version,
    )
    return None


def add_note(call: Call) -> Content | None:
    """The form of a note was sent."""
    actor = guard.worker(call)
    words = modals.entered(call.view, work_forms.TEXT) or ""
    orders.add_note(modals.ticket(call.view).order, words, actor=actor, now=call.now)
    return None
