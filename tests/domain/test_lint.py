"""What lint holds against a template: each rule with a template that passes and one that fails."""

import pytest

from wapto.domain.lint import RULES, Definition, check

BODY = "We have received your order {{order_number}} today."


def definition(body=BODY, *others, **changes):
    """A template that passes, but for what is changed."""
    names = dict.fromkeys(changes.pop("sampled", ("order_number",)), "W-7KQ2")
    rows = [{"param_name": name, "example": sample} for name, sample in names.items()]
    part = {"type": "BODY", "text": body, "example": {"body_text_named_params": rows}}
    usual = {"name": "received", "language": "en", "category": "UTILITY", "parameter_format": "NAMED"}
    return Definition(**usual | {"components": [part, *others]} | changes)


def positional(body, *samples, **changes):
    part = {"type": "BODY", "text": body, "example": {"body_text": [list(samples)]}}
    return definition(components=[part], parameter_format="POSITIONAL", **changes)


def sampled(body, *names, **changes):
    return definition(body, sampled=("order_number", *names), **changes)


def footer(text):
    return {"type": "FOOTER", "text": text}


def header(text):
    return {"type": "HEADER", "format": "TEXT", "text": text}


def buttons(*those):
    return {"type": "BUTTONS", "buttons": list(those)}


def url(text="Track", address="https://x.example/t/{{1}}", **changes):
    return {"type": "URL", "text": text, "url": address, "example": ["https://x.example/t/1"]} | changes


REPLY = {"type": "QUICK_REPLY", "text": "Yes"}

# Rule: what passes, what fails.
CASES = {
    "promotion": (definition(), definition("Your order {{order_number}} comes with a discount for you.")),
    "edge": (definition(), definition("{{order_number}} is the number of your order.")),
    "adjacent": (
        sampled("Order {{order_number}} comes with {{carrier}} to your house this week.", "carrier"),
        sampled("Order {{order_number}} {{carrier}} comes to your own house this week.", "carrier"),
    ),
    "density": (
        sampled("Your order {{order_number}} comes with {{carrier}} this week.", "carrier"),
        sampled("Order {{order_number}} by {{carrier}} soon.", "carrier"),
    ),
    "shouting": (
        definition("Your order {{order_number}} was sent with DHL today!"),
        definition("Your ORDER IS HERE {{order_number}} at last."),
    ),
    "order-number": (
        positional("We have received your order {{1}} today.", "W-7KQ2"),
        sampled("We have received your order from {{carrier}} today.", "carrier"),
    ),
    "language": (definition(), definition("Su pedido {{order_number}} está en camino con el transportista.")),
    "naming": (definition(), definition(name="Received!")),
    "sample": (definition(), definition(sampled=())),
    "limits": (definition(BODY, footer("x" * 60)), definition(BODY, footer("x" * 61))),
    "lifetime": (definition(lives=21_600), definition(lives=86_400)),
    "buttons": (definition(BODY, buttons(url(), REPLY)), definition(BODY, buttons(url("x" * 26)))),
}


def rules(template):
    return [found.rule for found in check(template)]


def test_every_rule_has_its_cases():
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_lets_pass_what_is_right_and_finds_what_is_wrong(rule):
    passing, failing = CASES[rule]
    assert rules(passing) == []
    assert rules(failing) == [rule]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("en", "Your order {{order_number}} is here, with 20 % off the next one."),
        ("en_GB", "Your order {{order_number}} has been shipped; the winter sale is on."),
        ("es_MX", "Su pedido {{order_number}} está en camino; aproveche nuestras ofertas de hoy."),
        ("pt_BR", "O seu pedido {{order_number}} foi enviado; veja também as nossas ofertas."),
        ("hi", "आपका ऑर्डर {{order_number}} भेज दिया गया है, अगले पर छूट पाएँ।"),
        ("ar", "تم شحن طلبكم رقم {{order_number}} ولكم خصم على الطلب القادم."),
        ("id", "Pesanan Anda {{order_number}} telah dikirim, ada diskon untuk Anda."),
        ("fr", "Votre commande {{order_number}} a été expédiée, profitez de nos nouveautés."),
        ("de", "Ihre Bestellung {{order_number}} wurde versandt, dazu ein Gutschein für Sie."),
    ],
)
def test_offers_are_found_in_each_language(language, body):
    assert rules(definition(body, language=language)) == ["promotion"]
    assert rules(definition(body, language=language, category="MARKETING")) == []


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("es", "Su pedido {{order_number}} sale hoy del almacén."),
        ("de", "Ihre Bestellung {{order_number}} ist Teil einer Transaktion von heute."),
        ("en", "Your order {{order_number}} to Salem has been shipped today."),
    ],
)
def test_a_word_that_only_looks_like_an_offer_passes(language, body):
    assert rules(definition(body, language=language)) == []


@pytest.mark.parametrize(
    ("language", "body", "like"),
    [
        ("en", "Ihre Bestellung {{order_number}} wurde versandt und ist bei der Post.", "German"),
        ("pt_BR", "Su pedido {{order_number}} ha sido enviado y está en el camino.", "Spanish"),
        ("hi", "Your order {{order_number}} has been shipped today.", "one in the Latin script"),
        ("de", "تم شحن طلبكم رقم {{order_number}} اليوم.", "one in the Arabic script"),
    ],
)
def test_a_text_in_another_language_than_its_code_is_found(language, body, like):
    [found] = check(definition(body, language=language))
    assert (found.rule, like in found.sentence) == ("language", True)


def test_a_language_outside_the_pack_is_not_judged():
    assert rules(definition("Uw bestelling {{order_number}} is vandaag verzonden.", language="nl")) == []


@pytest.mark.parametrize(
    "template",
    [
        definition("Your order {{order_number}} is here!! Come soon."),
        definition("Your order {{order_number}} is IMPORTANT for us."),
    ],
)
def test_shouting_has_many_voices(template):
    assert rules(template) == ["shouting"]


def test_a_tracking_number_is_no_order_number():
    body = "The parcel {{tracking_number}} has been shipped today."
    assert rules(definition(body, sampled=("tracking_number",))) == ["order-number"]


def test_what_a_trigger_binds_to_the_order_number_says_so():
    template = positional("We have sent {{1}} to your house today.", "soon", carries_number={"1"})
    assert rules(template) == []


def test_marketing_need_not_name_an_order():
    assert rules(definition("Have a look at what is new.", sampled=(), category="MARKETING")) == []


@pytest.mark.parametrize(
    "template",
    [
        positional("We have received your order {{2}} today.", "a", "W-7KQ2"),
        definition("We have received your order {{Order_Number}} today.", sampled=("Order_Number",)),
        definition(category="ORDER"),
    ],
)
def test_names_and_numbers_of_variables_follow_metas_rules(template):
    assert rules(template) == ["naming"]


@pytest.mark.parametrize(
    "template",
    [
        definition("Long " * 205 + "order {{order_number}} is here."),
        definition(BODY, header("x" * 61)),
        definition(BODY, footer("Order {{order_number}}")),
    ],
)
def test_each_component_has_its_limit(template):
    assert rules(template) == ["limits"]


def test_a_header_has_one_variable_at_most():
    names = {"header_text_named_params": [{"param_name": name, "example": name} for name in "ab"]}
    assert rules(definition(BODY, header("{{a}} and {{b}}") | {"example": names})) == ["limits"]


@pytest.mark.parametrize(
    "those",
    [
        [REPLY] * 11,
        [url(), url(), url()],
        [REPLY, url(), REPLY],
        [url(address="https://x.example/{{1}}/t")],
        [url(address="https://x.example/" + "x" * 2000)],
        [url(example=None)],
        [url("")],
    ],
)
def test_buttons_have_limits(those):
    assert rules(definition(BODY, buttons(*those))) == ["buttons"]


@pytest.mark.parametrize(
    ("category", "lives", "found"),
    [
        ("UTILITY", None, []),
        ("UTILITY", -1, []),
        ("UTILITY", 29, ["lifetime"]),
        ("MARKETING", 86_400, []),
        ("MARKETING", 3_600, ["lifetime"]),
    ],
)
def test_how_long_a_message_may_live_depends_on_the_category(category, lives, found):
    assert rules(definition(category=category, lives=lives)) == found


def test_a_picture_needs_a_sample():
    assert rules(definition(BODY, {"type": "HEADER", "format": "IMAGE"})) == ["sample"]
