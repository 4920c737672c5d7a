"""One of everything that Wapto shows in Slack, by name: a message or a view as it is sent."""

from datetime import timedelta

from bot import (
    alert_cards,
    bulk_forms,
    cards,
    customer_forms,
    handover_forms,
    home,
    inquiry_cards,
    lateness,
    modals,
    replies,
    roster,
    surveying,
    thread_lines,
    work_forms,
)
from wapto.desk.approvals.approvals import Open
from wapto.desk.assignment.agents import Listed
from wapto.desk.assignment.handover import Digest, Given
from wapto.desk.customers.worth import Bought
from wapto.desk.overview import Wanted
from wapto.desk.reports.today import Today
from wapto.domain import lifecycle
from wapto.domain.money import Total
from wapto.domain.promises import Promised
from wapto.store.models import Agent, CustomerNote, QuickReply

from .builders import (
    NOON,
    RUI,
    a_doubt,
    a_line,
    a_message,
    a_row,
    a_second_cart,
    a_step,
    a_view,
    an_inquiry,
    an_overview,
    told,
)

TODAY = Today(12, 7, (Total("BRL", 119640),), "pt_BR")
A_KNOWN_CUSTOMER = customer_forms.Known(
    ("vip",),
    (CustomerNote(text="Rings twice", author="Rui", created_at=NOON),),
    Bought(3, (Total("BRL", 29910),)),
)
ASKED = Open(3, "cancel_paid", 7, "أحمر 🧵 " * 20, 1, "🎁 " * 200)
LATE = Promised(NOON, "late")
DIGEST = Digest(
    1, "أحمر 🧵 " * 20, tuple(a_row(id=7 + n, promised=LATE) for n in range(100)), 130, frozenset([7]), frozenset([7])
)
LINK = "https://acme.slack.com/archives/C1/p1764036000000100"


def _said(content):
    return {"text": content.text, "blocks": content.blocks}


def messages():
    """Name and payload of each message."""
    for status in lifecycle.STATUSES:
        road = "pickup" if status == lifecycle.READY_FOR_PICKUP else "delivery"
        view = a_view(status=status, fulfillment=road, agent=RUI, cancelled_from="received", window_until=NOON)
        yield f"card-{status}", _said(cards.card(view))
    many = tuple(a_line(sku=f"S{place}", name="أحمر 🧵 " * 40) for place in range(300))
    yield "card-300-lines-right-to-left", _said(cards.card(a_view(lines=many, note="🎁 " * 2_000)))
    odd = (a_line(flags=("unknown_sku", "quantity_large")), a_line(sku="M1", flags=("price_differs",), catalog_minor=5))
    yield "card-flags", _said(cards.card(a_view(lines=odd)))
    yield "card-second-cart", _said(cards.card(a_view(second=a_second_cart())))
    yield "card-new-number", _said(cards.card(a_view(doubt=a_doubt())))
    for state in ("failed", "held", "unknown"):
        view = a_view(told=(told(state, reason="The phone is off."),))
        yield f"card-{state}", _said(cards.card(view))
        yield f"alert-{state}", _said(alert_cards.not_told(view, view.told[0], LINK))
    yield "card-second-person", _said(cards.card(a_view(agent=RUI, asked=(ASKED,))))
    yield "card-undo", _said(cards.card(a_view(told=(told("queued", held_until=NOON),))))
    yield "alert", _said(alert_cards.yours(a_view(agent=RUI), LINK))
    many = [a_view(agent=RUI, card=("C1", "1764036000.000100"), promised=LATE)] * 30
    yield "alert-burst", _said(alert_cards.several(many, None, lambda channel, ts: LINK))
    yield "digest", _said(handover_forms.at_the_end(DIGEST, lambda row: LINK))
    yield "sheet", _said(cards.sheet(a_view(), LINK))
    yield "inquiry", _said(inquiry_cards.card(an_inquiry()))
    yield "thread", _said(thread_lines.draw([a_message(offers_address=True)], "Ana", 7))


def views():
    """Name and payload of each Home and form."""
    line = a_line(flags=("unknown_sku", "price_differs", "out_of_stock"), catalog_minor=4500)
    view = a_view(agent=RUI, carrier="Correios", tracking_number="BR1", lines=(line,))
    rows = tuple(a_row(id=place) for place in range(1, 11))
    yield "home", home.home(an_overview(role="admin", rows=rows), lambda row: LINK, TODAY)
    yield "home-of-a-stranger", home.outsider("You are not on Wapto's roster; an admin can add you.")
    yield "reply", replies.form(replies.Ticket("C1", 1), "W-7KQ2", NOON + timedelta(hours=1))
    pix = QuickReply(id=1, name="Pix", text="Hi {customer.first_name}, our key is pay@shop.example.")
    yield "reply-quick", replies.form(replies.Ticket("C1", 1), "W-7KQ2", NOON, "Hi Ana, our key is ...", [pix])
    yield "ship", modals.ship(view, "shipped", "C1")
    yield "shelf", modals.shelf(view, "ready_for_pickup", "C1")
    yield "reason", modals.reason(view, "cancelled", "C1")
    yield "move", modals.move(view, "C1")
    yield "tell-again", modals.tell_again(view, 1, "C1")
    yield "late", lateness.form(view, "C1")
    yield "work", work_forms.hub(view, "C1")
    yield "customer", customer_forms.drawn(a_view(tags=("vip",)), A_KNOWN_CUSTOMER, "C1")
    yield "survey", surveying.drawn(a_view(status="delivered"), None, "C1")
    for name in ("items", "prices", "unknown", "flags", "fees", "tracking", "facts", "note"):
        yield name, getattr(work_forms, name)(view, "C1")
    yield "assign", work_forms.assign(view, [], "C1")
    yield "order-of-inquiry", inquiry_cards.order_form(an_inquiry(), "C1")
    yield "roster", roster.form()
    yield (
        "handover",
        handover_forms.ask(
            DIGEST.rows, DIGEST.total, [Listed(Agent(id=2, slack="U2", name="أحمر 🧵 " * 20, role="agent"), 3)], "C1"
        ),
    )
    yield "handover-done", handover_forms.results([Given("W-7KQ2", "Rui", None), Given("W-8KQ2", "Rui", "🎁 " * 200)])
    yield "bulk-ask", bulk_forms.ask(Wanted(), 1)
    yield "bulk-preview", bulk_forms.preview([a_step()], "confirmed", None)
