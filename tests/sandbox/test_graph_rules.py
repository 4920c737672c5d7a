"""What the stand-in for Meta refuses to send, and with which code; sections are the reference's."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.graph.errors import GraphError
from sandbox.graph.phone import Customer
from sandbox.graph.rules import check_message
from sandbox.graph.templates import Button, template
from sandbox.graph.webhooks import Webhooks
from sandbox.graph.world import Number, Waba, World

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = Number("1100000000001", "+55 11 4000-0001", "Loja")
TRACK = {"type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}"}
HELP = {"type": "QUICK_REPLY", "text": "Help"}
HOME = {"type": "URL", "text": "Home", "url": "https://shop.example/"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def world():
    templates = [
        template("shipped", "pt_BR", "Oi {{1}}, seu pedido {{2}} saiu.", buttons=[TRACK, HELP, HOME], footer="Loja"),
        template("named", "en", "Hi {{first_name}}, {{order_no}} is packed.", header="Order {{order_no}}"),
        template("plain", "en", "Hello."),
        template("picture", "en", "Look at this.", header="IMAGE"),
        template("paused", "en", "Hello.", status="PAUSED"),
        template("disabled", "en", "Hello.", status="DISABLED"),
        template("pending", "en", "Hello.", status="PENDING"),
        template("coupon", "en", "Hello.", buttons=[{"type": "COPY_CODE", "text": "Copy"}]),
    ]
    world = World([Waba("WABA1", [SHOP], templates), Waba("WABA2")], ["token"], Webhooks("secret", None), Clock())
    Customer(world, "Ana", "5511988887777", "BR.150")
    return world


def text(value, **more):
    return {"type": "text", "text": value, **more}


def body(*parameters):
    return {"type": "body", "parameters": list(parameters)}


def button(index, sub_type, parameter):
    return {"type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter]}


def shipped(**changes):
    """A template send that is right; `changes` replace keys of the message, None removes one."""
    components = [body(text("Ana"), text("W-812")), button("0", "url", text("W-812"))]
    message = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511988887777",
        "type": "template",
        "biz_opaque_callback_data": "notif:7f3c",
        "template": {
            "name": "shipped",
            "language": {"policy": "deterministic", "code": "pt_BR"},
            "components": components,
        },
    }
    return {key: value for key, value in (message | changes).items() if value is not None}


def of_template(name, *components, language="en"):
    return shipped(template={"name": name, "language": {"code": language}, "components": list(components)})


def with_components(*components):
    return of_template("shipped", *components, language="pt_BR")


def with_values(first, second="W-812"):
    return with_components(body(text(first), text(second)), button(0, "url", text("W-812")))


def free_text(value="Hello", **changes):
    return shipped(type="text", template=None, text={"body": value}, **changes)


def refusal(world, message):
    with pytest.raises(GraphError) as refused:
        check_message(world, SHOP, message)
    return refused.value.code


def test_a_template_reads_as_the_customer_will_see_it(world):
    draft = check_message(world, SHOP, shipped())
    assert draft.text == "Oi Ana, seu pedido W-812 saiu.\nLoja"
    assert draft.buttons == (
        Button("Track", url="https://shop.example/t/W-812"),
        Button("Help", payload="Help"),
        Button("Home", url="https://shop.example/"),
    )
    assert (draft.template, draft.language, draft.category) == ("shipped", "pt_BR", "utility")
    assert (draft.to, draft.callback) == ("+5511988887777", "notif:7f3c")


def test_a_named_template_is_filled_by_name_in_any_order(world):
    values = body(text("W-1", parameter_name="order_no"), text("Ana", parameter_name="first_name"))
    header = {"type": "header", "parameters": [text("W-1", parameter_name="order_no")]}
    assert check_message(world, SHOP, of_template("named", header, values)).text == "Order W-1\nHi Ana, W-1 is packed."


def test_a_quick_reply_carries_its_payload_back(world):
    reply = button(1, "quick_reply", {"type": "payload", "payload": "ord:812:help"})
    message = shipped()
    message["template"]["components"].append(reply)
    assert check_message(world, SHOP, message).buttons[1] == Button("Help", payload="ord:812:help")


@pytest.mark.parametrize("image", [{"id": "1037"}, {"link": "https://shop.example/a.png"}])
def test_a_media_header_is_sent_by_id_or_link(world, image):
    header = {"type": "header", "parameters": [{"type": "image", "image": image}]}
    assert check_message(world, SHOP, of_template("picture", header)).text == "Look at this."


# §4.1: the envelope; Graph's code for whatever is wrong with a parameter of a call is 100.
ENVELOPES = {
    "no object": ([], 100),
    "no body": (None, 100),
    "without messaging_product": (shipped(messaging_product=None), 100),
    "another messaging_product": (shipped(messaging_product="sms"), 100),
    "to a group": (shipped(recipient_type="group"), 100),
    "without a type": (shipped(type=None), 100),
    "of a type that is not supported": (shipped(type="hologram"), 131051),
    "without the object that the type names": (shipped(template=None), 100),
    "with an unknown key": (shipped(priority="high"), 100),
    "with another type's object": (shipped(text={"body": "too"}), 100),
    "quoting nothing": (shipped(context={"message_id": "812"}), 100),
    "with callback data of 513 characters": (shipped(biz_opaque_callback_data="x" * 513), 100),
    "with callback data that is no string": (shipped(biz_opaque_callback_data={"id": 1}), 100),
}


@pytest.mark.parametrize(("message", "code"), ENVELOPES.values(), ids=ENVELOPES)
def test_it_refuses_a_message(world, message, code):
    assert refusal(world, message) == code


# §2.1, §4.1: whom it goes to; values that are not valid are 131009.
RECIPIENTS = {
    "nobody": ({"to": None}, 100),
    "a number without its +": ({"to": "5511988887777"}, 131009),
    "a number with spaces": ({"to": "+55 11 98888-7777"}, 131009),
    "a number that is too long": ({"to": "+5511988887777123"}, 131009),
    "a number that is no string": ({"to": 5511988887777}, 131009),
    "the shop itself": ({"to": "+551140000001"}, 131021),
    "a phone as recipient": ({"to": None, "recipient": "+5511988887777"}, 131009),
    "an id of another portfolio": ({"to": None, "recipient": "BR.999"}, 131009),
}


@pytest.mark.parametrize(("changes", "code"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_it_refuses_to_send_to(world, changes, code):
    assert refusal(world, shipped(**changes)) == code


def test_a_business_scoped_id_is_a_recipient(world):
    draft = check_message(world, SHOP, shipped(to=None, recipient="BR.150"))
    assert (draft.to, draft.lost) == ("BR.150", False)


def test_a_business_scoped_id_in_to_is_taken_and_lost(world):
    assert check_message(world, SHOP, shipped(to="BR.150")).lost


def test_to_wins_over_recipient(world):
    assert check_message(world, SHOP, shipped(recipient="BR.150")).to == "+5511988887777"


# §4.2, §5: which template is meant, and whether it may be sent.
TEMPLATES = {
    "that does not exist": (of_template("nothing"), 132001),
    "in a language it does not have": (of_template("shipped", language="pt"), 132001),
    "that is pending": (of_template("pending"), 132001),
    "that is paused": (of_template("paused"), 132015),
    "that is disabled": (of_template("disabled"), 132016),
    "without a name": (shipped(template={"language": {"code": "en"}}), 100),
    "without a language": (shipped(template={"name": "shipped"}), 100),
    "without a language code": (shipped(template={"name": "shipped", "language": {"policy": "deterministic"}}), 100),
    "with a language policy that is gone": (
        shipped(template={"name": "shipped", "language": {"code": "en", "policy": "fallback"}}),
        100,
    ),
    "with an unknown key": (shipped(template={"name": "shipped", "language": {"code": "en"}, "namespace": "x"}), 100),
    "with a part unknown to the stand-in": (of_template("coupon"), 131009),
}


@pytest.mark.parametrize(("message", "code"), TEMPLATES.values(), ids=TEMPLATES)
def test_it_refuses_a_template(world, message, code):
    assert refusal(world, message) == code


def test_it_refuses_a_template_of_a_kind_that_it_does_not_know(world):
    known = template("carousel", "en", "Look.")
    parts = [*known["components"], {"type": "CAROUSEL", "cards": []}]
    world.add_template("WABA1", {**known, "components": parts})
    assert refusal(world, of_template("carousel")) == 131009


def test_a_template_of_another_account_does_not_exist(world):
    world.add_template("WABA2", template("theirs", "en", "Hello."))
    assert refusal(world, of_template("theirs")) == 132001


# §4.2: components and their parameters.
VALUES, LINK = body(text("Ana"), text("W-812")), button(0, "url", text("W-812"))
PRESS = {"type": "payload", "payload": "ord:812:help"}
COMPONENTS = {
    "a component that is no object": (with_components("body"), 100),
    "a missing body": (with_components(LINK), 132000),
    "too few values": (with_components(body(text("Ana")), LINK), 132000),
    "too many values": (with_components(body(text("a"), text("b"), text("c")), LINK), 132000),
    "a component for a part without variables": (of_template("plain", body()), 132000),
    "a header that the template does not have": (
        with_components({"type": "header", "parameters": [text("x")]}, VALUES, LINK),
        132000,
    ),
    "a footer": (with_components({"type": "footer", "parameters": [text("x")]}, VALUES, LINK), 100),
    "an upper-case type": (with_components({"type": "BODY", "parameters": []}, LINK), 100),
    "two bodies": (with_components(VALUES, VALUES, LINK), 100),
    "an unknown key in a component": (with_components({**VALUES, "index": 0}, LINK), 100),
    "no parameters": (with_components({"type": "body"}, LINK), 100),
    "components that are no list": (shipped(template=dict(shipped()["template"], components={})), 100),
    "an empty value": (with_values(""), 131008),
    "a value of spaces": (with_values("  "), 131008),
    "a value that is no string": (with_values(812), 131008),
    "a value with a line break": (with_values("Ana\nLima"), 100),
    "a value with a tab": (with_values("Ana\tLima"), 100),
    "a value with five spaces in a row": (with_values("Ana     Lima"), 100),
    "a value that makes the body too long": (with_values("x" * 1024), 132005),
    "a value of a type that is not text": (
        with_components(body({"type": "image", "image": {"id": "1"}}, text("W-812")), LINK),
        132012,
    ),
    "a name in a positional template": (
        with_components(body(text("Ana", parameter_name="1"), text("W-812", parameter_name="2")), LINK),
        100,
    ),
    "a missing variable of a link": (with_components(VALUES), 131008),
    "a link whose variable is the whole URL": (
        with_components(VALUES, button(0, "url", text("https://shop.example/t/W-812"))),
        100,
    ),
    "a link whose variable is not percent-encoded": (with_components(VALUES, button(0, "url", text("W 812"))), 100),
    "a link with two variables": (
        with_components(VALUES, {**LINK, "parameters": [text("a"), text("b")]}),
        132000,
    ),
    "a variable for a link without": (with_components(VALUES, LINK, button(2, "url", text("x"))), 132000),
    "a button with another's sub_type": (with_components(VALUES, button(0, "quick_reply", text("W-812"))), 132012),
    "a button that the template does not have": (with_components(VALUES, LINK, button(3, "url", text("x"))), 132000),
    "a button without a position": (with_components(VALUES, button(None, "url", text("W-812"))), 100),
    "a quick reply with two payloads": (
        with_components(VALUES, LINK, {**button(1, "quick_reply", PRESS), "parameters": [PRESS, PRESS]}),
        132000,
    ),
    "a quick reply without payload": (
        with_components(VALUES, LINK, button(1, "quick_reply", {"type": "payload"})),
        131008,
    ),
}


@pytest.mark.parametrize(("message", "code"), COMPONENTS.values(), ids=COMPONENTS)
def test_it_refuses_a_template_with(world, message, code):
    assert refusal(world, message) == code


# §4.2: NAMED templates and media headers.
ORDER_NO = {"type": "header", "parameters": [text("W-1", parameter_name="order_no")]}
NAMES = {
    "without names": (body(text("Ana"), text("W-1")), 100),
    "with a name it does not have": (
        body(text("Ana", parameter_name="first_name"), text("W-1", parameter_name="number")),
        100,
    ),
    "with one name twice": (
        body(text("Ana", parameter_name="first_name"), text("Bia", parameter_name="first_name")),
        100,
    ),
    "with one value missing": (body(text("Ana", parameter_name="first_name")), 132000),
}


@pytest.mark.parametrize(("values", "code"), NAMES.values(), ids=NAMES)
def test_it_refuses_a_named_template(world, values, code):
    assert refusal(world, of_template("named", ORDER_NO, values)) == code


MEDIA = {
    "none": ([], 132012),
    "of another kind": ([{"type": "video", "video": {"id": "1"}}], 132012),
    "twice": ([{"type": "image", "image": {"id": "1"}}, {"type": "image", "image": {"id": "2"}}], 132012),
    "without a source": ([{"type": "image", "image": {}}], 131008),
    "with two sources": ([{"type": "image", "image": {"id": "1", "link": "https://shop.example/a.png"}}], 131008),
    "by a link that is none": ([{"type": "image", "image": {"link": "a.png"}}], 100),
    "with a file name": ([{"type": "image", "image": {"id": "1", "filename": "a.png"}}], 100),
}


@pytest.mark.parametrize(("parameters", "code"), MEDIA.values(), ids=MEDIA)
def test_it_refuses_media_in_a_header(world, parameters, code):
    assert refusal(world, of_template("picture", {"type": "header", "parameters": parameters})) == code


PLACE = {"latitude": "-23.5", "longitude": "46", "name": "Loja", "address": "Rua Augusta 100"}


def test_it_takes_a_place_in_a_header(world):
    world.add_template("WABA1", template("place", "en", "Hi.", header="LOCATION"))
    pin = {"type": "header", "parameters": [{"type": "location", "location": PLACE}]}
    assert check_message(world, SHOP, of_template("place", pin)).text == "Hi."


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ([], 132012),
        ([{"type": "image", "image": {"id": "1"}}], 132012),
        ([{"type": "location", "location": PLACE | {"name": ""}}], 131008),
        ([{"type": "location", "location": PLACE | {"url": "x"}}], 100),
    ],
)
def test_it_refuses_a_place_that_is_none(world, parameters, code):
    world.add_template("WABA1", template("place", "en", "Hi.", header="LOCATION"))
    assert refusal(world, of_template("place", {"type": "header", "parameters": parameters})) == code


def test_it_refuses_a_media_header_left_out(world):
    assert refusal(world, of_template("picture")) == 132012


# §4.3, §4.6: free text.
def ana(world):
    return world.phone("5511988887777")


@pytest.mark.parametrize("value", ["", " ", None, 7, "x" * 4097])
def test_it_refuses_free_text_that_is_empty_or_too_long(world, value):
    world.heard(SHOP.id, ana(world))
    assert refusal(world, free_text(value)) == 100


def test_it_refuses_keys_that_text_does_not_have(world):
    world.heard(SHOP.id, ana(world))
    assert refusal(world, free_text() | {"text": {"body": "Hello", "markup": True}}) == 100
    assert refusal(world, free_text() | {"text": {"body": "Hello", "preview_url": "yes"}}) == 100


def test_free_text_needs_a_customer_who_wrote_within_24_hours(world):
    assert refusal(world, free_text()) == 131047
    world.heard(SHOP.id, ana(world))
    world.clock.now += timedelta(hours=23, minutes=59)
    assert check_message(world, SHOP, free_text()).text == "Hello"
    world.clock.now += timedelta(minutes=1)
    assert refusal(world, free_text()) == 131047


def test_a_window_opens_only_for_the_number_that_was_written_to(world):
    world.heard("another number", ana(world))
    assert refusal(world, free_text()) == 131047


def test_a_refused_message_is_left_as_it_was(world):
    message = with_values("")
    before = deepcopy(message)
    refusal(world, message)
    assert message == before
