"""The forms of working on an order: who has it, what is in it, what it costs, how it is handed over, notes. Pure."""

from collections.abc import Sequence

from bot import catalog_menu, kit, wording
from bot.blocks import limits
from bot.kit import Block, foreign
from bot.modals import Ticket, about, entered, field, form, parcel
from wapto.desk.assignment.agents import Listed
from wapto.desk.assignment.assignment import AWAY, WORKING_ROLES
from wapto.desk.catalog import catalog, drift
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.customers.contacts import Contact
from wapto.desk.orders import flags as found
from wapto.desk.orders.adjustments import DISCOUNT, SHIPPING
from wapto.desk.orders.orders import MAX_NOTE
from wapto.desk.orders.views import STOCK_REFUSED, OrderView
from wapto.domain import lifecycle, money
from wapto.domain.lines import LineItem

ASSIGN, ITEMS, FEES, FACTS, NOTE = "assign_form", "items_form", "fees_form", "facts_form", "note_form"
PRICES, UNKNOWN, FLAGS = "prices_form", "unknown_form", "flags_form"
SNOOZE, TRACKING = "snooze_form", "tracking_form"
SURVEY, CUSTOMER = "survey_form", "customer_form"
HUB = "work"  # one listener for the buttons of the hub; each says after a colon which it is
CONTACT = "contact_shown"

PRICE, ITEM = "price", "item"
AGENT, LINE, ADDED, FULFILLMENT, PAYMENT, TEXT = "agent", "line", "added", "fulfillment", "payment", "text"
NOBODY = "0"

_LINES = 40  # what a form can hold well; longer orders are edited at the command line
_NAME, _SKU = 60, 40
_MOST = "999999999"


def hub(view: OrderView, channel: str) -> Block:
    """What can be done with an order beside its status, a button each; only what is possible now."""
    possible = settling(view)
    if lifecycle.status_of(view.status).is_open:
        possible += [FEES] if ITEMS in possible else [ITEMS, FEES]
    possible += [SNOOZE] if view.promised else []
    possible += [TRACKING] if view.carrier or view.tracking_number or view.tracking_url else []
    possible += [SURVEY] if view.status == lifecycle.DELIVERED else []
    buttons = [
        kit.button(f"{HUB}:{name}", wording.WORK[name], name) for name in (*possible, FACTS, NOTE, CUSTOMER, CONTACT)
    ]
    return {
        "type": "modal",
        "title": kit.plain(wording.WORK[HUB]),
        "close": kit.plain(wording.NOT_NOW),
        "private_metadata": Ticket(view.id, view.version, channel).pack(),
        "blocks": [about(view), *[kit.actions([button]) for button in buttons]],
    }


def settling(view: OrderView) -> list[str]:
    """The forms by which what is flagged about an open order can be settled."""
    if not lifecycle.status_of(view.status).is_open:
        return []
    rest = {*view.flags, *(flag for line in view.lines for flag in line.flags)} - _SETTLED_APART
    forms = {
        UNKNOWN: any(map(catalog_lines.needs_item, view.lines)),
        PRICES: any(map(drift.waits, view.lines)),
        ITEMS: bool(rest),
        FLAGS: bool(found.harmless(view.lines)),
    }
    return [name for name, is_needed in forms.items() if is_needed]


_SETTLED_APART = {catalog.UNKNOWN_SKU, catalog.GONE, catalog.PRICE_DIFFERS, *catalog.SHORTAGES, STOCK_REFUSED}


def flags(view: OrderView, channel: str) -> Block:
    """Shows what is odd about the items, to be found right."""
    odd = [line for line in view.lines if found.harmless([line])]
    shown = [[kit.words(f"• {foreign(line.name, _NAME) or '?'}: {_flags(line)}")] for line in odd[:_LINES]]
    rest = [[kit.words(wording.more(len(odd) - _LINES), italic=True)]] if len(odd) > _LINES else []
    blocks = [about(view), kit.paragraph(*shown, *rest), kit.context(wording.FLAGS_HINT)]
    return form(FLAGS, wording.WORK[FLAGS], blocks, _ticket(view, channel))


def _flags(line: LineItem) -> str:
    return ", ".join(map(wording.flag, found.harmless([line])))


def assign(view: OrderView, people: Sequence[Listed], channel: str) -> Block:
    """Asks who gets the order; everybody is shown with their open orders."""
    workers = [each for each in people if each.agent.role in WORKING_ROLES]
    options = [person(each) for each in workers][: limits.OPTIONS - 1]
    if view.agent:
        options.append(kit.option(wording.QUEUE, NOBODY))
    menu = {"type": "static_select", "options": options}
    blocks = [about(view), field(AGENT, wording.WHO, menu, optional=False)]
    return form(ASSIGN, wording.WORK[ASSIGN], blocks, Ticket(view.id, view.version, channel))


def person(listed: Listed) -> Block:
    """Somebody to choose, with their open orders, and whether they are there."""
    agent = listed.agent
    hint = wording.SLACK_AWAY if agent.slack_away else None
    here = wording.AWAY if agent.presence == AWAY or agent.off_hours else hint
    facts = (foreign(agent.name, _SKU), wording.open_orders(listed.open_orders), here)
    return kit.option(" · ".join(filter(None, facts)), str(agent.id))


def items(view: OrderView, channel: str) -> Block:
    """Asks for the quantity of each line item, and for what is to be added."""
    lines = [_line(place, view) for place in range(1, min(len(view.lines), _LINES) + 1)]
    left = len(view.lines) - len(lines)
    rest = [kit.context(wording.lines_left(left))] if left else []
    typed = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    added = field(ADDED, wording.ADD_ITEMS, typed, hint=wording.ADD_HINT)
    return form(ITEMS, wording.WORK[ITEMS], [about(view), *lines, *rest, *picking(), added], _ticket(view, channel))


def picking() -> list[Block]:
    """Asks for an item of the catalog, and how many of it."""
    many = field(catalog_menu.HOW_MANY, wording.HOW_MANY, catalog_menu.how_many())
    return [field(catalog_menu.PICKED, wording.PICK_ITEM, catalog_menu.menu()), many]


def picked(view: Block) -> dict[str, int]:
    """How many of which SKU were chosen from the catalog."""
    sku = entered(view, catalog_menu.PICKED)
    return {sku: int(entered(view, catalog_menu.HOW_MANY) or 1)} if sku else {}


def _line(place: int, view: OrderView) -> Block:
    line = view.lines[place - 1]
    sku = "" if line.sku == line.name else f" ({foreign(line.sku, _SKU)})"
    price = ""
    if line.unit_minor is not None and line.currency:
        price = f" · {money.display(line.unit_minor, line.currency, view.language)}"
    element = {"type": "number_input", "is_decimal_allowed": False, "min_value": "0", "max_value": _MOST}
    known = {} if line.quantity is None else {"initial_value": str(line.quantity)}
    return field(f"{LINE}:{place}", f"{foreign(line.name, _NAME) or '?'}{sku}{price}", element | known)


def prices(view: OrderView, channel: str) -> Block:
    """Asks what becomes of each line whose price is not the catalog's, or of which there is too little."""
    places = [place for place, line in enumerate(view.lines, 1) if drift.waits(line)][:_LINES]
    options = [kit.option(words, choice) for choice, words in wording.PRICE_CHOICES.items()]
    menu = {"type": "static_select", "options": options}
    fields = [field(f"{PRICE}:{place}", _prices(view, place), menu) for place in places]
    return form(PRICES, wording.WORK[PRICES], [about(view), *fields], _ticket(view, channel))


def _prices(view: OrderView, place: int) -> str:
    line = view.lines[place - 1]
    if not drift.is_drifting(line):
        flags = ", ".join(wording.flag(flag) for flag in line.flags)
        return f"{foreign(line.name, _NAME) or '?'} · {line.quantity} · {flags}"
    seen, now = (
        money.display(minor, line.currency, view.language) if minor is not None and line.currency else "?"
        for minor in (line.unit_minor, line.catalog_minor)
    )
    return f"{foreign(line.name, _NAME) or '?'} · {seen} · {wording.CATALOG_PRICE.format(price=now)}"


def by_place(view: Block, what: str, lines: int) -> dict[int, str]:
    """What was entered, by the place of the line item; `what` is PRICE or ITEM."""
    found = {place: entered(view, f"{what}:{place}") for place in range(1, lines + 1)}
    return {place: text for place, text in found.items() if text is not None}


def unknown(view: OrderView, channel: str) -> Block:
    """Asks which item each SKU means that the catalog lacks."""
    places = {line.sku: place for place, line in enumerate(view.lines, 1) if catalog_lines.needs_item(line)}
    fields = [
        field(f"{ITEM}:{place}", foreign(sku, _NAME) or "?", catalog_menu.menu(), hint=wording.ITEM_HINT)
        for sku, place in list(places.items())[:_LINES]
    ]
    return form(UNKNOWN, wording.WORK[UNKNOWN], [about(view), *fields], _ticket(view, channel))


def tracking(view: OrderView, channel: str) -> Block:
    """Asks what is wrong in how the parcel is followed."""
    return form(TRACKING, wording.WORK[TRACKING], [about(view), *parcel(view)], _ticket(view, channel))


def fees(view: OrderView, channel: str) -> Block:
    """Asks for the shipping fee and the discount, in the order's currency."""
    currency = view.total.currency if view.total else ""
    known = {each.kind: money.to_decimal(abs(each.minor), each.currency) for each in view.adjusted}
    inputs = [field(kind, f"{wording.ADJUSTED[kind]} ({currency})", _amount(known.get(kind))) for kind in _KINDS]
    return form(FEES, wording.WORK[FEES], [about(view), *inputs], _ticket(view, channel))


_KINDS = (SHIPPING, DISCOUNT)


def _amount(known: str | None) -> Block:
    element = {"type": "number_input", "is_decimal_allowed": True, "min_value": "0"}
    return element | ({"initial_value": known} if known else {})


def facts(view: OrderView, channel: str) -> Block:
    """Asks how the order is handed over and whether it is paid."""
    blocks = [
        about(view),
        field(FULFILLMENT, wording.HANDED_OVER, _choice(wording.FULFILLMENTS, view.fulfillment), optional=False),
        field(PAYMENT, wording.PAID, _choice(wording.PAYMENTS, view.payment_status), optional=False),
    ]
    return form(FACTS, wording.WORK[FACTS], blocks, _ticket(view, channel))


def _choice(choices: dict[str, str], chosen: str) -> Block:
    options = {value: kit.option(words, value) for value, words in choices.items()}
    return {"type": "static_select", "options": list(options.values()), "initial_option": options[chosen]}


def note(view: OrderView, channel: str) -> Block:
    """Asks for an internal note."""
    typed = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    blocks = [about(view), field(TEXT, wording.NOTE_LABEL, typed, optional=False, hint=wording.NOTE_HINT)]
    return form(NOTE, wording.WORK[NOTE], blocks, _ticket(view, channel))


def contact(found: Contact) -> Block:
    """Who the customer is, in full."""
    known = [
        (wording.NAME_OF, found.name),
        (wording.PHONE_OF if found.is_confirmed else wording.NEW_PHONE_OF, found.phone),
        (wording.USERNAME_OF, found.username),
        (wording.USER_ID_OF, found.user_id),
    ]
    lines = [[kit.words(f"{label}: "), kit.words(foreign(value, 200), bold=True)] for label, value in known if value]
    return {
        "type": "modal",
        "title": kit.plain(wording.WORK[CONTACT]),
        "close": kit.plain(wording.CLOSE),
        "blocks": [kit.paragraph([kit.words(found.order)], *lines), kit.context(wording.CONTACT_LOGGED)],
    }


def quantities(view: Block, lines: int) -> dict[int, int]:
    """The quantities entered, by the place of their line item."""
    places = range(1, min(lines, _LINES) + 1)
    found = {place: entered(view, f"{LINE}:{place}") for place in places}
    return {place: int(value) for place, value in found.items() if value is not None}


def _ticket(view: OrderView, channel: str) -> Ticket:
    return Ticket(view.id, view.version, channel)
