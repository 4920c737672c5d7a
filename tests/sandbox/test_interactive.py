"""Reply buttons at the stand-in for Meta: what it takes, what it refuses, and that they can be tapped."""

from datetime import UTC, datetime

import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.phone import Customer
from sandbox.graph.rules import check_message
from sandbox.graph.templates import Button
from sandbox.graph.webhooks import Webhooks
from sandbox.graph.world import Number, Waba, World

SHOP = Number("1100000000001", "+55 11 4000-0001", "Loja")


@pytest.fixture
def world():
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    return World([Waba("WABA1", [SHOP])], ["token"], Webhooks("secret", None), lambda: now)


@pytest.fixture
def ana(world):
    return Customer(world, "Ana", "5511988887777")


def message(text="Shall we?", buttons=(("yes", "Yes"), ("no", "No")), **changes):
    rows = [{"type": "reply", "reply": {"id": payload, "title": title}} for payload, title in buttons]
    choice = {"type": "button", "body": {"text": text}, "action": {"buttons": rows}} | changes
    return {"messaging_product": "whatsapp", "to": "+5511988887777", "type": "interactive", "interactive": choice}


def test_buttons_are_read_and_tapped_while_the_window_is_open(world, ana):
    ana.send_text(SHOP.id, "Hi")
    draft = check_message(world, SHOP, message())
    assert (draft.text, draft.buttons) == ("Shall we?", (Button("Yes", payload="yes"), Button("No", payload="no")))
    ana.tap(draft, "No")


def test_outside_of_the_window_they_are_refused(world, ana):
    with pytest.raises(GraphError) as refused:
        check_message(world, SHOP, message())
    assert refused.value.code == 131047


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (message(text=""), 100),
        (message(text="x" * 1025), 131009),
        (message(buttons=()), 131009),
        (message(buttons=[(str(at), "Yes") for at in range(4)]), 131009),
        (message(buttons=[("a", "Yes"), ("a", "No")]), 131009),
        (message(buttons=[("a", "x" * 21)]), 131009),
        (message(buttons=[("x" * 257, "Yes")]), 131009),
        (message(type="list"), 100),
        (message(footer={"text": "x"}), 100),
    ],
)
def test_it_refuses_what_meta_would(world, ana, wrong, code):
    ana.send_text(SHOP.id, "Hi")
    with pytest.raises(GraphError) as refused:
        check_message(world, SHOP, wrong)
    assert refused.value.code == code
