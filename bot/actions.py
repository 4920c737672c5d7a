"""What the buttons and forms of a card do: each reads the click and calls one verb; the card shows what came of it."""

from bot import guard, modals, wording
from bot.calls import Call
from bot.cards import Drawn
from bot.doubt_blocks import Doubted
from bot.modals import BadField
from bot.slack import Content
from wapto.desk.customers import merges, people
from wapto.desk.notices import outbox
from wapto.desk.orders import orders, second_carts, views
from wapto.desk.orders import undo as undoing
from wapto.desk.orders.versions import beaten
from wapto.desk.orders.views import OrderView
from wapto.domain import lifecycle
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput


def claim(call: Call) -> Content | None:
    """Claim: the order is the clicker's, unless somebody else took it since the card was drawn."""
    actor = guard.worker(call)
    drawn = Drawn.unpack(call.value)
    orders.assign(drawn.order, actor.agent_id, actor=actor, now=call.now, seen_agent=drawn.agent)
    return None


def advance(call: Call) -> Content | None:
    """The primary button: the next step."""
    actor = guard.worker(call)
    drawn = Drawn.unpack(call.value)
    moved = orders.change_status(drawn.order, str(drawn.target), actor=actor, now=call.now, seen_status=drawn.status)
    if call.in_direct_message:  # where no card shows what came of it
        return Content(wording.now_has(order_number(moved.id), lifecycle.label(moved.status)))
    return None


def ask_tracking(call: Call) -> Content | None:
    """Mark shipped: asks how the parcel can be followed."""
    guard.worker(call)
    drawn = Drawn.unpack(call.value)
    call.slack.open_form(call.trigger_id, modals.ship(_unmoved(drawn), str(drawn.target), call.channel))
    return None


def ask_shelf(call: Call) -> Content | None:
    """Ready for pickup: asks where it waits."""
    guard.worker(call)
    drawn = Drawn.unpack(call.value)
    call.slack.open_form(call.trigger_id, modals.shelf(_unmoved(drawn), str(drawn.target), call.channel))
    return None


def ask_reason(call: Call) -> Content | None:
    """Cancel order: asks why."""
    guard.worker(call)
    drawn = Drawn.unpack(call.value)
    call.slack.open_form(call.trigger_id, modals.reason(_unmoved(drawn), str(drawn.target), call.channel))
    return None


def ask_status(call: Call) -> Content | None:
    """Change status…: offers what is possible now, whatever the card was drawn for."""
    guard.worker(call)
    view = views.of_order(Drawn.unpack(call.value).order)
    call.slack.open_form(call.trigger_id, modals.move(view, call.channel))
    return None


def ship(call: Call) -> Content | None:
    """The form of Mark shipped was submitted."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    orders.change_status(
        form.order,
        str(form.target),
        actor=actor,
        now=call.now,
        tracking=modals.tracking(call.view),
        version=form.version,
    )
    return None


def move(call: Call) -> Content | None:
    """The form of Cancel order, Ready for pickup or Change status… was submitted."""
    actor = guard.worker(call)
    form = modals.ticket(call.view)
    target, reason = modals.chosen(call.view)
    try:
        orders.change_status(form.order, target, actor=actor, now=call.now, reason=reason, version=form.version)
    except InvalidInput as fault:
        raise BadField(modals.REASON, str(fault)) from None
    return None


def ask_why_again(call: Call) -> Content | None:
    """Tell again: asks why."""
    guard.worker(call)
    drawn = Drawn.unpack(call.value)
    view = views.of_order(drawn.order)
    call.slack.open_form(call.trigger_id, modals.tell_again(view, drawn.message or 0, call.channel))
    return None


def tell_again(call: Call) -> Content | None:
    """The form of Tell again was submitted: a new message beside the one that came to nothing."""
    actor = guard.worker(call)
    try:
        outbox.retry(modals.ticket(call.view).message or 0, modals.reason_given(call.view), actor, call.now)
    except InvalidInput as fault:
        raise BadField(modals.REASON, str(fault)) from None
    return None


def told_by_phone(call: Call) -> Content | None:
    """Told by phone: the agent told the customer, so the message is given up."""
    actor = guard.worker(call)
    outbox.drop(Drawn.unpack(call.value).message or 0, wording.BY_PHONE, actor, call.now)
    return None


def it_arrived(call: Call) -> Content | None:
    """It arrived: the customer says that they have the message that was in doubt."""
    actor = guard.worker(call)
    outbox.arrived(Drawn.unpack(call.value).message or 0, actor, call.now)
    return None


def confirm_number(call: Call) -> Content | None:
    """Confirm new number: what waited for the customer may go there."""
    actor = guard.worker(call)
    drawn = Doubted.unpack(call.value)
    people.confirm_of(drawn.subject, actor=actor, now=call.now, seen_handle=drawn.handle)
    return None


def handed_on(call: Call) -> Content | None:
    """Number was handed on: it is the customer's now, and no longer that of whoever had it."""
    actor = guard.worker(call)
    drawn = Doubted.unpack(call.value)
    people.confirm_of(drawn.subject, actor=actor, now=call.now, seen_handle=drawn.handle, handed_on=True)
    return None


def merge_customers(call: Call) -> Content | None:
    """Same person: the customer and whoever has the new number become one."""
    actor = guard.worker(call)
    drawn = Doubted.unpack(call.value)
    merges.merge_claimed(drawn.subject, drawn.handle, drawn.owner or 0, actor=actor, now=call.now)
    return None


def undo(call: Call) -> Content | None:
    """Undo: the status goes back, and the customer never hears of the change."""
    actor = guard.worker(call)
    drawn = Drawn.unpack(call.value)
    undoing.undo(drawn.order, drawn.message or 0, actor=actor, now=call.now)
    return None


def settle_cart(call: Call) -> Content | None:
    """Merge, Replace or Keep apart: what a second cart is."""
    actor = guard.worker(call)
    drawn = Drawn.unpack(call.value)
    order = second_carts.settle(drawn.order, str(drawn.target), actor=actor, now=call.now)
    return Content(wording.SETTLED.format(number=order_number(order.id)))


def _unmoved(drawn: Drawn) -> OrderView:
    """The order, still in the status that the card was drawn for."""
    view = views.of_order(drawn.order)
    if view.status != drawn.status:
        raise beaten(orders.find(view.number), "status")
    return view
