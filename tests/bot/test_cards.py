import json

import pytest

from bot import alert_cards, cards, doubt_blocks, kit, modals, wording
from bot.blocks import limits, problems_of_message, problems_of_view
from bot.doubt_blocks import Doubted
from sandbox.slack.page import plain_text
from sandbox.slack.world import Message
from wapto.desk.catalog import catalog
from wapto.desk.orders import carts, views
from wapto.domain import delivery, lifecycle
from wapto.errors import InvalidInput

from .builders import BIA, NOON, RUI, a_doubt, a_line, a_second_cart, a_view, told

LINK = "https://acme.slack.com/archives/C1/p1764036000000100"


def words(content):
    return plain_text(Message("C1", "1.0", "U0", content.text, content.blocks))


def problems(content):
    return problems_of_message({"text": content.text} | ({"blocks": content.blocks} if content.blocks else {}))


def buttons(content):
    elements = [element for block in content.blocks if block["type"] == "actions" for element in block["elements"]]
    return {element["action_id"]: element for element in elements}


def drawn(content, action_id):
    element = buttons(content)[action_id]
    return cards.Drawn.unpack(element["options"][0]["value"] if "options" in element else element["value"])


def test_it_shows_everything_about_an_order():
    view = a_view(
        status="shipped",
        changed_by="Rui",
        reason="Sent today",
        note="Gift, please",
        agent=RUI,
        assignment_reason="It is Rui's turn in the round of 2 on duty.",
        payment_status="paid",
        carrier="Correios",
        tracking_number="BR123",
        tracking_url="https://correios.example/BR123",
        eta="2026-11-30",
        lines=(a_line(), a_line(sku="S2", name="Blue cap", quantity=1, unit_minor=2000)),
        told=(told("read", "received"), told("delivered", "shipped")),
    )
    assert words(cards.card(view)).splitlines() == [
        "W-7KQ2 · Loja",
        "●  ●  ●  ●  *◉ Shipped*  ○ Out for delivery  ○",
        "since 2026-11-25 12:00 UTC by Rui",
        "“Sent today”",
        "Ana Lima · +55 ••••• 7777",
        "• 2 × Red shirt (S1) · R$\xa049,85 = R$\xa099,70",
        "• 1 × Blue cap (S2) · R$\xa020,00 = R$\xa020,00",
        "Total: R$\xa0119,70",
        "Gift, please",
        "*Agent:* @U1RUI · It is Rui's turn in the round of 2 on duty.",
        *words(cards.card(view)).splitlines()[10:],
    ]
    rest = "\n".join(words(cards.card(view)).splitlines()[10:])
    assert "Delivery · Paid · received" in rest
    assert "Tracking: Correios BR123 · expected 2026-11-30 · https://correios.example/BR123" in rest
    assert "Customer was told: Shipped: delivered" in rest
    menu = "Change status… / Assign… / Reply to customer… / Ask for address / More…"
    assert f"[Claim] [Out for delivery] [Cancel order] [… {menu}]" in rest


@pytest.mark.parametrize("status", lifecycle.STATUSES)
@pytest.mark.parametrize("fulfillment", lifecycle.ROADS)
@pytest.mark.parametrize("agent", [None, RUI])
def test_every_status_makes_a_card_that_slack_takes(status, fulfillment, agent):
    came_from = "confirmed" if status == "cancelled" else None
    view = a_view(status=status, fulfillment=fulfillment, agent=agent, cancelled_from=came_from)
    assert problems(cards.card(view)) == []
    assert problems(cards.sheet(view, LINK)) == []
    assert problems(alert_cards.yours(view, LINK)) == []
    assert problems(cards.plain(view)) == []


@pytest.mark.parametrize(
    ("fulfillment", "status", "action", "button"),
    [
        ("delivery", "received", "advance", "Confirm"),
        ("delivery", "pending", "advance", "Confirm"),
        ("delivery", "confirmed", "advance", "Start processing"),
        ("delivery", "processing", "ship", "Mark shipped"),
        ("pickup", "processing", "shelve", "Ready for pickup"),
        ("delivery", "shipped", "advance", "Out for delivery"),
        ("delivery", "out_for_delivery", "advance", "Mark delivered"),
        ("pickup", "ready_for_pickup", "advance", "Mark delivered"),
    ],
)
def test_its_primary_button_is_the_next_step_in_the_words_of_the_contract(fulfillment, status, action, button):
    shown = buttons(cards.card(a_view(status=status, fulfillment=fulfillment)))
    assert [(key, each["text"]["text"]) for key, each in shown.items() if each.get("style") == "primary"] == [
        (action, button)
    ]


def test_its_buttons_carry_what_they_were_drawn_for():
    card = cards.card(a_view(status="processing", agent=BIA))
    assert drawn(card, "claim") == cards.Drawn(7, "processing", agent=2)
    assert drawn(card, "ship") == cards.Drawn(7, "processing", target="shipped")
    assert drawn(card, "cancel") == cards.Drawn(7, "processing", target="cancelled")
    assert drawn(card, "more") == cards.Drawn(7, "processing")


NOT_OURS = [
    "",
    "\ud800",
    "[" * 5_000,
    "null",
    "7",
    '{"o": 1}',
    '{"order": "7", "status": "received"}',
    '{"order": true, "status": "received"}',
    '{"order": -1, "status": "received"}',
    '{"order": 9223372036854775808, "status": "received"}',
    '{"order": 7, "status": {}}',
    '{"order": 7, "status": "received", "agent": 1e30}',
]


@pytest.mark.parametrize("value", NOT_OURS)
def test_a_button_of_another_making_is_refused_in_words(value):
    with pytest.raises(InvalidInput, match="older version"):
        cards.Drawn.unpack(value)


@pytest.mark.parametrize("memory", [*NOT_OURS, '{"order": 1, "version": null, "channel": "C1ORDERS"}'])
def test_a_form_of_another_making_is_refused_in_words(memory):
    with pytest.raises(InvalidInput, match="older version"):
        modals.ticket({"private_metadata": memory})


def test_an_order_at_its_end_has_only_the_buttons_that_can_still_do_something():
    assert set(buttons(cards.card(a_view(status="delivered")))) == {"more"}
    assert set(buttons(cards.card(a_view(status="returned")))) == {"more"}


def test_claiming_from_somebody_asks_first():
    assert "confirm" not in buttons(cards.card(a_view()))["claim"]
    asked = buttons(cards.card(a_view(agent=RUI)))["claim"]["confirm"]
    assert asked["text"]["text"] == "Rui has this order. Take it over?"


def test_an_unassigned_order_calls_those_on_duty():
    ours = [part["text"] for part in parts_of(cards.card(a_view()).blocks, "mrkdwn")]
    assert "*Agent:* Nobody yet · on duty: <@U1RUI> <@U2BIA>" in ours
    assert wording.NOBODY_ON_DUTY in words(cards.card(a_view(on_duty=())))
    assert "U1RUI" not in words(cards.card(a_view(status="delivered")))


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ((a_line(),), "R$\xa099,70"),
        ((a_line(), a_line(currency="USD", unit_minor=500)), "R$\xa099,70 and US$\xa010,00"),
        ((a_line(), a_line(quantity=None)), "no total can be trusted"),
        ((a_line(unit_minor=None),), "no total can be trusted"),
        ((a_line(), a_line(currency=None)), "no total can be trusted"),
        ((), "no total can be trusted"),
    ],
)
def test_it_never_invents_a_total(lines, total):
    assert f"Total: {total}\n" in words(cards.card(a_view(lines=lines)))


def test_it_says_what_is_odd_about_a_line():
    line = a_line(quantity=None, unit_minor=0, flags=("quantity_unclear", "price_zero"))
    assert "• ? × Red shirt (S1) · R$\xa00,00 each ⚠️ quantity unclear, price is zero" in words(
        cards.card(a_view(lines=(line,)))
    )


def test_every_flag_of_a_cart_has_words():
    names = {name for name in vars(carts) if name.isupper()}
    flags = {value for name in names if isinstance(value := getattr(carts, name), str)}
    assert len(flags) > 5
    assert flags | set(catalog.FLAGS) | {views.STOCK_REFUSED} == set(wording.FLAGS)


def test_every_state_of_a_message_has_words():
    assert set(delivery.STATES) == set(wording.TOLD)


@pytest.mark.parametrize(
    ("messages", "line"),
    [
        ((), "Customer was told: Received: nothing, no template is set for this status"),
        ((told("sending"),), "Customer was told: Received: being sent"),
        ((told("sent"),), "Customer was told: Received: sent, not delivered yet"),
        ((told("read"),), "Customer was told: Received: read"),
        ((told("held", reason="It is paused."),), "Customer was told: Received: held back · It is paused."),
        ((told("failed", reason="No WhatsApp."),), "Customer was told: Received: not delivered · No WhatsApp."),
    ],
)
def test_it_says_what_the_customer_was_told_and_whether_it_arrived(messages, line):
    assert line in words(cards.card(a_view(told=messages)))


def test_it_says_what_the_customer_was_told_last_if_not_of_this_status():
    shown = words(cards.card(a_view(status="processing", told=(told("read", "confirmed"),))))
    assert "Processing: nothing, no template is set for this status\nBefore that: Confirmed: read" in shown


@pytest.mark.parametrize(("count", "end"), [(20, None), (30, "and 10 more"), (300, "and 280 more")])
def test_a_long_cart_is_cut_and_says_so(count, end):
    card = cards.card(a_view(lines=tuple(a_line(name=f"Item {number}") for number in range(count))))
    assert problems(card) == []
    assert ("more;" in words(card)) == (end is not None)
    assert end is None or end in words(card)


LONG = "Ñandú & <b>*bold*</b> " * 200
EXTREMES = {
    "long": LONG,
    "emoji": "👩‍👩‍👧‍👦🇧🇷" * 300,
    "rtl": "قميص أحمر " * 200,
    "marks": "a" + "\u0301" * 3000,
    "angles": "<" * 4000,
    "spaces": " \u3164\u200b ",
    "lines": "a\nb\r\n" * 500,
}


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES)
def test_the_most_extreme_order_fits_slacks_limits(text):
    flags = tuple(flag for flag in wording.FLAGS)
    view = a_view(
        shop=text,
        customer_name=text,
        note=text[:4000],
        flags=flags,
        lines=tuple(
            a_line(sku=f"{number}{text}", name=text, quantity=10**9, unit_minor=10**15, flags=flags)
            for number in range(300)
        ),
        agent=RUI,
        assignment_reason=text,
        changed_by=text,
        reason=text,
        carrier=text[:500],
        tracking_number=text[:500],
        tracking_url=f"https://x.example/{text}"[:500],
        eta="2026-11-30",
        told=(told("failed", reason=text),),
        doubt=a_doubt(),
        identity_changed_at=NOON,
    )
    for content in (cards.card(view), cards.sheet(view, LINK), alert_cards.yours(view, LINK), cards.plain(view)):
        assert problems(content) == []
        assert len(content.text) <= limits.MESSAGE_TEXT_SAFE
    for form in (modals.ship(view, "shipped", "C1"), modals.reason(view, "cancelled", "C1"), modals.move(view, "C1")):
        assert problems_of_view(form) == []


HOSTILE = "<!channel> <@U1RUI> <https://evil.example|shop.com> &lt; *x* :tada: https://evil.example"


def test_a_customers_words_can_neither_mention_nor_link_nor_be_markup():
    view = a_view(
        customer_name=HOSTILE,
        note=HOSTILE,
        on_duty=(),
        lines=(a_line(name=HOSTILE, sku=HOSTILE[:30]),),
        carrier=HOSTILE,
        tracking_url="javascript:alert(1)",
        told=(told("failed", reason=HOSTILE),),
        reason=HOSTILE,
    )
    for content in (cards.card(view), cards.sheet(view, None), alert_cards.yours(view, LINK)):
        assert problems(content) == []
        assert not [part for part in parts_of(content.blocks, "mrkdwn", "link") if "evil" in json.dumps(part)]
        assert "<!channel>" not in content.text
    assert HOSTILE in [part["text"] for part in parts_of(cards.card(view).blocks, "text")], "shown as it was written"


def parts_of(part, *types):
    if isinstance(part, list):
        return [found for each in part for found in parts_of(each, *types)]
    if not isinstance(part, dict):
        return []
    return [*([part] if part.get("type") in types else []), *parts_of(list(part.values()), *types)]


def test_a_long_note_is_shown_as_far_as_there_is_room():
    note = "Please ring twice. " * 200
    assert note.strip() in words(cards.card(a_view(note=note)))
    many = tuple(a_line(name="shirt " * 13) for _ in range(300))
    assert words(cards.card(a_view(note=note * 2, lines=many))).count("Please ring twice.") > 100


def test_words_that_run_from_right_to_left_do_not_turn_the_line_around():
    shown = kit.foreign("قميص", 20)
    assert shown == "\u2068قميص\u2069"
    assert kit.foreign("shirt", 20) == "shirt"


def test_the_notification_says_whose_order_and_how_much():
    assert cards.card(a_view()).text == "W-7KQ2 · Ana Lima · 2 items · R$\xa099,70 · Received"


def test_somebody_without_a_name_or_number_is_shown_as_such():
    assert "No name · no phone number" in words(cards.card(a_view(customer_name=None, customer_phone=None)))


def test_it_never_shows_a_whole_phone_number():
    for content in (cards.card(a_view()), alert_cards.yours(a_view(), LINK), cards.plain(a_view())):
        assert "88887777" not in json.dumps(content)


def test_forms_ask_for_what_a_change_needs():
    view = a_view(status="shipped")
    menu, reason = modals.move(view, "C1")["blocks"][1:]
    assert reason["hint"]["text"] == "Needed for: Processing, Cancelled."
    assert [option["value"] for option in menu["element"]["options"]] == [
        "out_for_delivery",
        "delivered",
        "processing",
        "cancelled",
    ]


def test_a_second_cart_of_many_lines_is_compared_in_ten_and_fits():
    many = [a_line(sku=f"S{n}", name="ب" * 300) for n in range(300)]
    card = cards.card(a_view(lines=tuple(many), second=a_second_cart(before=[a_line(sku="X")], after=many)))
    assert not problems(card)
    assert "and 291 more" in words(card)


def test_a_second_cart_with_the_same_items_says_so():
    assert "Both list the same items." in words(cards.card(a_view(second=a_second_cart(after=[a_line()]))))


@pytest.mark.parametrize(("choice", "said"), [("merge", "Merged into W-4HX9"), ("replace", "replaced those of W-4HX9")])
def test_a_second_cart_that_was_joined_says_where_to_go_on(choice, said):
    card = cards.card(a_view(status="cancelled", second=a_second_cart(choice)))
    assert said in words(card)
    assert set(cards.SECOND_CART.values()).isdisjoint(buttons(card))


def test_a_new_number_is_shown_masked_with_a_button_that_confirms_it():
    content = cards.card(a_view(doubt=a_doubt()))
    assert "moved to +55 ••••• 5555. Messages wait" in words(content)
    button = buttons(content)[doubt_blocks.CONFIRM_NUMBER]
    assert Doubted.unpack(button["value"]) == Doubted(7, 5)
    assert "Do you know that +55 ••••• 5555 is Ana Lima?" in button["confirm"]["text"]["text"]
    assert problems(content) == []


def test_a_new_number_of_somebody_else_offers_to_merge_or_to_take_it_over():
    content = cards.card(a_view(doubt=a_doubt(owner_id=12)))
    assert "belongs to another customer here, number 12" in words(content)
    shown = buttons(content)
    assert doubt_blocks.CONFIRM_NUMBER not in shown
    for action in (doubt_blocks.MERGE_CUSTOMERS, doubt_blocks.HANDED_ON):
        assert Doubted.unpack(shown[action]["value"]) == Doubted(7, 5, 12)
        assert "customer 12" in shown[action]["confirm"]["text"]["text"]
    assert problems(content) == []


def test_new_keys_of_the_customer_are_shown():
    assert "renewed the customer's security keys" in words(cards.card(a_view(identity_changed_at=NOON)))


def test_it_shows_until_when_the_customer_can_be_written_to_freely():
    assert "Free replies until 2026-11-25 12:00 UTC" in words(cards.card(a_view(window_until=NOON)))
    assert "Free replies" not in words(cards.card(a_view(window_until=NOON, status="delivered")))


@pytest.mark.parametrize("state", delivery.TROUBLED)
def test_the_word_about_a_message_without_a_text_is_one_that_slack_takes(state):
    view = a_view(told=(told(state, text="", reason=None),))
    assert problems(alert_cards.not_told(view, view.told[0], LINK)) == []
