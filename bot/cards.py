"""The card of an order: a pure function of what the store knows, drawn anew at every change.

Instants are Slack dates, so that a card needs no edit as time passes.
"""

import json
from dataclasses import asdict, dataclass

from bot import approval_cards, carried, doubt_blocks, items, kit, late_cards, wording, work_forms
from bot.blocks import escape, limits
from bot.carried import RowId
from bot.kit import Block, Line, foreign
from bot.slack import Content
from wapto.desk.conversations.long_carts import ON_CARD
from wapto.desk.orders import second_carts
from wapto.desk.orders.timeline import Subject
from wapto.desk.orders.views import OrderView, Told
from wapto.domain import decisions, delivery, lifecycle
from wapto.domain.text import clean, cut

CLAIM, ADVANCE, SHIP, CANCEL, MORE = "claim", "advance", "ship", "cancel", "more"
SECOND_CART = {decisions.MERGE: "cart_merge", decisions.REPLACE: "cart_replace", decisions.APART: "cart_apart"}
REPLY, ASSIGN, ADDRESS, WORK = "reply", "assign", "address", "work"  # in the menu
UNDO, SETTLE, SHELVE = "undo", "settle", "shelve"
TELL_AGAIN, BY_PHONE, ARRIVED = "tell_again", "told_by_phone", "it_arrived"

# What a card shows at most, in characters and numbers. The note gets what the rest leaves of Slack's sum for a message.
_PERSON, _REASON, _TRACKING, _ADDRESS = 80, 200, 100, 300
_NOTE = 4_000
_ON_DUTY = 10
_ABOVE_NOTE = 4  # so many blocks down to the items

# What can be done about a message to the customer that is not proven to have arrived.
_REMEDIES = {
    delivery.FAILED: (TELL_AGAIN, BY_PHONE),
    delivery.HELD: (UNDO, BY_PHONE),  # it goes out by itself, once it can
    delivery.UNKNOWN: (ARRIVED, TELL_AGAIN),
}

# The status whose button opens a form first.
_WITH_FORM = {lifecycle.SHIPPED: SHIP, lifecycle.READY_FOR_PICKUP: SHELVE}


@dataclass(frozen=True)
class Drawn:
    """What a button was drawn for; the click is refused if just that has moved since."""

    order: RowId
    status: str
    agent: RowId | None = None
    target: str | None = None
    message: RowId | None = None

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Drawn":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def card(view: OrderView) -> Content:
    """The order as its channel sees it, with its buttons."""
    return Content(summary(view), _with_note(view, [*_body(view), *_buttons(view)]))


def sheet(view: OrderView, link: str | None) -> Content:
    """The order as one person asked for it: without buttons, but with the way to the card."""
    way = [kit.context(kit.link_to(link, wording.OPEN))] if link else []
    return Content(summary(view), _with_note(view, [*_body(view), *way]))


def plain(view: OrderView) -> Content:
    """The card without blocks, for when Slack refuses them."""
    return Content(f"{summary(view)}\n{wording.PLAIN_CARD.format(number=view.number)}")


def summary(view: OrderView) -> str:
    """One line for notifications and screen readers."""
    facts = (view.number, items.name(view), items.pieces(view), items.total(view), lifecycle.label(view.status))
    return escape(" · ".join(facts))


def _body(view: OrderView) -> list[Block]:
    return [
        kit.header(f"{view.number} · {foreign(view.shop, _PERSON)}"),
        kit.section(_stepper(view)),
        _since(view),
        kit.paragraph(items.customer(view), *_lines(view), *items.sums(view)),
        *late_cards.line(view.promised),
        *[kit.section(f"⚠️ {wording.flag(flag)}") for flag in view.flags],
        *doubt_blocks.news(view.doubt, view.identity_changed_at),
        kit.section(f"*Agent:* {_agent(view)}"),
        kit.paragraph(_facts(view), *_address(view), *_tracking(view), *_told(view), *_window(view)),
        *_second(view),
        *[kit.section(wording.newer_cart(number)) for number in view.newer],
    ]


def _with_note(view: OrderView, blocks: list[Block]) -> list[Block]:
    """The customer's note goes below the items, as much of it as there is room for."""
    room = min(_NOTE, limits.TOTAL_TEXT_SAFE - kit.length(blocks))
    note = cut(clean(view.note).strip(), room)
    return [*blocks[:_ABOVE_NOTE], kit.quote(note), *blocks[_ABOVE_NOTE:]] if note else blocks


def _stepper(view: OrderView) -> str:
    """The road as dots, short enough for a phone, with where the order is and what comes next; off it, that alone."""
    road, here = lifecycle.ROADS[view.fulfillment], f"*◉ {lifecycle.label(view.status)}*"
    if view.status not in road:
        return here
    place = road.index(view.status)
    following = road.index(view.next_step) if view.next_step else len(road)
    ahead = [f"○ {lifecycle.label(slug)}" if at == following else "○" for at, slug in enumerate(road) if at > place]
    return "  ".join([*("●" * place), here, *ahead])


def _since(view: OrderView) -> Block:
    by = f" by {escape(foreign(view.changed_by, _PERSON))}" if view.changed_by else ""
    elements = [kit.mrkdwn(f"since {kit.moment_mrkdwn(view.status_since)}{by}")]
    if view.reason:
        elements.append(kit.plain(f"“{foreign(view.reason, _REASON)}”"))
    return {"type": "context", "elements": elements}


def _lines(view: OrderView) -> list[Line]:
    return items.lines(view, ON_CARD, rest=wording.more_in_thread)


def _agent(view: OrderView) -> str:
    if view.agent:
        why = f" · {escape(cut(view.assignment_reason, _REASON))}" if view.assignment_reason else ""
        return f"{kit.mention(view.agent.slack)}{why}"
    if not lifecycle.status_of(view.status).is_open:
        return "Nobody"
    people = " ".join(kit.mention(person.slack) for person in view.on_duty[:_ON_DUTY])
    return f"Nobody yet · on duty: {people}" if people else wording.NOBODY_ON_DUTY


def _facts(view: OrderView) -> Line:
    fulfillment, payment = wording.FULFILLMENTS[view.fulfillment], wording.PAYMENTS[view.payment_status]
    return [kit.words(f"{fulfillment} · {payment} · received "), kit.moment(view.created_at)]


def _address(view: OrderView) -> list[Line]:
    return [[kit.words(f"{wording.SHIPS_TO}{foreign(view.address, _ADDRESS)}")]] if view.address else []


def _tracking(view: OrderView) -> list[Line]:
    known = [foreign(text, _TRACKING) for text in (view.carrier, view.tracking_number) if text]
    eta = [f"expected {view.eta}"] if view.eta else []
    parts = [kit.words(" · ".join(["Tracking: " + " ".join(known), *eta]))]
    if view.tracking_url:
        parts += [kit.words(" · "), kit.link(view.tracking_url)]
    return [parts] if known or eta or view.tracking_url else []


def _told(view: OrderView) -> list[Line]:
    """What the customer was told of this status and how far it came; if nothing, also what they were told last."""
    last = view.told[-1] if view.told else None
    if last and last.trigger == view.status:
        return [[kit.words("Customer was told: "), *_message(last)]]
    nothing = kit.words(f"Customer was told: {wording.not_told(lifecycle.label(view.status))}")
    return [[nothing], *([[kit.words("Before that: "), *_message(last)]] if last else [])]


def _window(view: OrderView) -> list[Line]:
    """A Slack date, so that nothing has to be drawn when it is over."""
    if view.window_until is None or not lifecycle.status_of(view.status).is_open:
        return []
    return [[kit.words(wording.WINDOW), kit.moment(view.window_until)]]


def _message(told: Told) -> Line:
    if told.held_until:
        return [kit.words(f"{lifecycle.label(told.trigger)}: {wording.HELD_UNTIL} "), kit.moment(told.held_until)]
    parts = [kit.words(f"{lifecycle.label(told.trigger)}: {wording.TOLD[told.state]} ")]
    at = {"read": told.read_at, "delivered": told.delivered_at, "sent": told.sent_at}.get(told.state)
    parts += [kit.moment(at)] if at else []
    parts += [kit.words(f" · {wording.OUTDATED}")] if told.is_outdated else []
    return parts + ([kit.words(f"· {foreign(told.reason, _REASON)}")] if told.reason else [])


def _second(view: OrderView) -> list[Block]:
    """A second cart of the customer, compared with the first; only its fate once that is decided."""
    second = view.second
    if second is None or second.choice == decisions.APART:
        return []
    if second.choice != second_carts.WAITING:
        return [kit.section(wording.joined(second.choice, second.earlier))]
    head = kit.section(wording.second_cart(second.earlier, lifecycle.label(second.earlier_status)))
    return [head, kit.paragraph(*items.differing(second.differences, view.language))]


def _remedies(view: OrderView) -> list[Block]:
    return remedies(view, view.told[-1]) if view.told else []


def remedies(view: OrderView, told: Told) -> list[Block]:
    """What can be done about a message that is not proven to have arrived."""
    value = Drawn(view.id, view.status, message=told.id).pack()
    offered = (UNDO,) if told.held_until else (TELL_AGAIN,) if told.is_outdated else _REMEDIES.get(told.state, ())
    return [kit.actions([kit.button(name, wording.REMEDIES[name], value) for name in offered])] if offered else []


def _choices(view: OrderView) -> list[Block]:
    if view.second is None or view.second.choice != second_carts.WAITING:
        return []
    earlier = view.second.earlier
    return [
        kit.actions(
            [
                kit.button(action, words, Drawn(view.id, view.status, target=choice).pack(), confirm=confirm)
                for choice, action in SECOND_CART.items()
                for words, confirm in [_choice(choice, earlier)]
            ]
        )
    ]


def _choice(choice: str, earlier: str) -> tuple[str, Block | None]:
    words, question = wording.SECOND_CART[choice]
    return words, kit.confirm(words, question.format(earlier=earlier)) if question else None


def _buttons(view: OrderView) -> list[Block]:
    asked = [block for each in view.asked for block in approval_cards.blocks(each)]
    doubted = doubt_blocks.buttons(view.doubt, Subject(order=view.id), view.customer_name)
    return [*asked, *doubted, *_remedies(view), *_choices(view), *_settling(view), *_actions(view)]


def _settling(view: OrderView) -> list[Block]:
    """A way to settle each flag."""
    forms = work_forms.settling(view)
    buttons = [
        kit.button(f"{SETTLE}:{form}", wording.WORK[form], Drawn(view.id, view.status, target=form).pack())
        for form in forms
    ]
    return [kit.actions(buttons)] if buttons else []


def _actions(view: OrderView) -> list[Block]:
    elements = [*_claim(view), *_primary(view), *_cancel(view), *_more(view)]
    return [kit.actions(elements)] if elements else []


def buttons_of_assignee(view: OrderView) -> list[Block]:
    """Of a direct message to whoever has the order: the same without Claim."""
    return [kit.actions([*_primary(view), *_cancel(view), *_more(view)])]


def _claim(view: OrderView) -> list[Block]:
    if not lifecycle.status_of(view.status).is_open:
        return []
    value = Drawn(view.id, view.status, view.agent.id if view.agent else None).pack()
    question = wording.take_over(foreign(view.agent.name, _PERSON)) if view.agent else None
    sure = kit.confirm(wording.CLAIM, question) if question else None
    return [kit.button(CLAIM, wording.CLAIM, value, confirm=sure)]


def button_to(target: str) -> str:
    """The button that leads to a status: one that acts at once, or one that opens a form."""
    return _WITH_FORM.get(target, ADVANCE)


def _primary(view: OrderView) -> list[Block]:
    target = view.next_step
    if target is None:
        return []
    value = Drawn(view.id, view.status, target=target).pack()
    return [kit.button(button_to(target), lifecycle.status_of(target).verb, value, style="primary")]


def _cancel(view: OrderView) -> list[Block]:
    if lifecycle.CANCELLED not in (move.target for move in view.moves):
        return []
    value = Drawn(view.id, view.status, target=lifecycle.CANCELLED).pack()
    return [kit.button(CANCEL, lifecycle.status_of(lifecycle.CANCELLED).verb, value, style="danger")]


def _more(view: OrderView) -> list[Block]:
    moves = [kit.option(wording.MORE, Drawn(view.id, view.status).pack())] if view.moves else []
    reply = kit.option(wording.REPLY_MENU, Drawn(view.id, view.status, target=REPLY).pack())
    assign = kit.option(wording.ASSIGN_MENU, Drawn(view.id, view.status, target=ASSIGN).pack())
    ask = kit.option(wording.ASK_ADDRESS, Drawn(view.id, view.status, target=ADDRESS).pack())
    work = kit.option(wording.WORK_MENU, Drawn(view.id, view.status, target=WORK).pack())
    is_open = lifecycle.status_of(view.status).is_open
    ships = is_open and view.fulfillment == lifecycle.DELIVERY
    options = [*moves, *([assign] if is_open else []), reply, *([ask] if ships else []), work]
    return [{"type": "overflow", "action_id": MORE, "options": options}]
