"""Templates: which placeholders a definition has, and what is sent for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wapto.domain.template import check_bindings, fill, placeholders, send_payload, unsupported
from wapto.errors import InvalidInput

POSITIONAL, NAMED = "POSITIONAL", "NAMED"


def body(text="Hi {{1}}, order {{2}} has left."):
    return {"type": "BODY", "text": text}


def header(text):
    return {"type": "HEADER", "format": "TEXT", "text": text}


def media(kind):
    return {"type": "HEADER", "format": kind, "example": {"header_handle": ["https://scontent.example/x"]}}


def buttons(*those):
    return {"type": "BUTTONS", "buttons": list(those)}


TRACK = {"type": "URL", "text": "Track", "url": "https://x.example/t/{{1}}", "example": ["https://x.example/t/W-1"]}
SHOP = {"type": "URL", "text": "Shop", "url": "https://x.example/"}
HELP = {"type": "QUICK_REPLY", "text": "Help"}
CALL = {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15550100001"}
FOOTER = {"type": "FOOTER", "text": "Wapto"}
# Reference §5, the example of the list call.
SHIPPED = [
    media("IMAGE"),
    body("Hi {{first_name}}, order {{order_no}} left our warehouse."),
    FOOTER,
    buttons(TRACK, HELP),
]


@pytest.mark.parametrize(
    ("components", "parameter_format", "names"),
    [
        (SHIPPED, NAMED, ("header", "first_name", "order_no", "button.0")),
        ([body()], POSITIONAL, ("1", "2")),
        ([body("{{2}} before {{ 1 }} and {{2}}")], POSITIONAL, ("1", "2")),
        ([body("{{10}} {{9}}")], POSITIONAL, ("9", "10")),
        ([body("{{b}} before {{a}} and {{b}}")], NAMED, ("b", "a")),
        ([header("Order {{1}}"), body()], POSITIONAL, ("header", "1", "2")),
        ([header("Order {{number}}"), body("Thanks")], NAMED, ("header",)),
        ([header("Thanks"), body("Thanks"), FOOTER], POSITIONAL, ()),
        ([media("DOCUMENT"), body("Thanks")], POSITIONAL, ("header",)),
        ([body("Thanks"), buttons(HELP, SHOP, TRACK)], POSITIONAL, ("button.2",)),
        ([body("Thanks {{first_name}}")], POSITIONAL, ()),
        ([{"type": "body", "text": "{{1}}"}], "positional", ("1",)),
        ([body("Thanks"), {"type": "BUTTONS", "buttons": None}], POSITIONAL, ()),
    ],
)
def test_a_definition_has_its_placeholders_in_order(components, parameter_format, names):
    assert placeholders(components, parameter_format) == names


@pytest.mark.parametrize(
    "components",
    [SHIPPED, [body()], [media("VIDEO"), body(), buttons(SHOP, CALL)], [body("{{header}}")]],
)
def test_usual_templates_can_be_sent(components):
    assert unsupported(components) is None


@pytest.mark.parametrize(
    ("components", "why"),
    [
        ([body(), {"type": "CAROUSEL", "cards": []}], "CAROUSEL"),
        ([body(), {"type": "LIMITED_TIME_OFFER"}], "LIMITED_TIME_OFFER"),
        ([body(), buttons({"text": "x"})], "UNKNOWN"),
        ([media("PRODUCT"), body()], "PRODUCT"),
        *[
            ([body(), buttons(HELP, {"type": kind, "text": "x"})], kind)
            for kind in ("COPY_CODE", "OTP", "CATALOG", "MPM", "FLOW", "ORDER_DETAILS")
        ],
        ([FOOTER], "no body"),
        ([], "no body"),
        ([header("{{1}}"), body("Hi {{header}}")], "tell apart"),
    ],
)
def test_a_template_that_cannot_be_sent_says_why_wherever_it_is_used(components, why):
    assert why in unsupported(components)
    with pytest.raises(InvalidInput, match=why):
        check_bindings(components, POSITIONAL, {}, {})
    with pytest.raises(InvalidInput, match=why):
        fill(components, POSITIONAL, {})


BOUND = {
    "header": '"https://shop.example/box.png"',
    "first_name": "customer.first_name",
    "order_no": "order.number",
    "button.0": "tracking.token",
}


def test_whole_bindings_are_accepted():
    check_bindings(SHIPPED, NAMED, BOUND, {"first_name": "friend"})
    check_bindings([header("Order {{1}}"), body("Thanks")], POSITIONAL, {"header.1": "order.number"}, {})
    check_bindings([media("DOCUMENT"), body("Thanks")], POSITIONAL, {"header": "tracking.url"}, {})
    with pytest.raises(InvalidInput):
        check_bindings(SHIPPED, NAMED, {}, {})


PLACE = "-23.5505,-46.6333; Casa Aurora; Rua Augusta 100, São Paulo"


def test_a_place_in_the_header_is_sent_as_metas_location():
    filled = fill([media("LOCATION"), body("Thanks")], POSITIONAL, {"header": PLACE})
    place = {
        "latitude": "-23.5505",
        "longitude": "-46.6333",
        "name": "Casa Aurora",
        "address": "Rua Augusta 100, São Paulo",
    }
    assert filled.components == [{"type": "header", "parameters": [{"type": "location", "location": place}]}]
    assert filled.text == "Casa Aurora, Rua Augusta 100, São Paulo\nThanks"


@pytest.mark.parametrize("place", ["Rua Augusta", "-91,0; A; B", "0,181; A; B", "1,1; A", "1,1; ; B"])
def test_a_place_that_is_none_is_refused(place):
    components = [media("LOCATION"), body("Thanks")]
    with pytest.raises(InvalidInput, match="The header is a place; bind it to a text in quotes like"):
        fill(components, POSITIONAL, {"header": place})
    with pytest.raises(InvalidInput, match="The header is a place"):
        check_bindings(components, POSITIONAL, {"header": f'"{place}"'}, {})


def test_a_place_is_bound_to_a_fixed_text():
    check_bindings([media("LOCATION"), body("Thanks")], POSITIONAL, {"header": f'"{PLACE}"'}, {})


def test_a_quick_reply_sends_back_what_it_is_bound_to():
    components = [body("Thanks"), buttons(HELP, TRACK)]
    values = {"button.0": "help W-1", "button.1": "W-1"}
    check_bindings(components, POSITIONAL, {"button.0": "order.number", "button.1": "order.number"}, {})
    url, reply = fill(components, POSITIONAL, values).components
    assert (url["sub_type"], url["index"]) == ("url", "1")
    assert reply == {
        "type": "button",
        "sub_type": "quick_reply",
        "index": "0",
        "parameters": [{"type": "payload", "payload": "help W-1"}],
    }


def test_a_quick_reply_may_be_left_to_meta():
    components = [body("Thanks"), buttons(HELP)]
    check_bindings(components, POSITIONAL, {}, {})
    assert fill(components, POSITIONAL, {}).components == []


@pytest.mark.parametrize("missing", BOUND)
def test_a_missing_binding_is_named(missing):
    with pytest.raises(InvalidInput, match=f"Placeholder {missing} is not bound"):
        check_bindings(SHIPPED, NAMED, {name: BOUND[name] for name in BOUND if name != missing}, {missing: "x"})


@pytest.mark.parametrize(
    ("changes", "defaults", "message"),
    [
        ({"1": "order.number"}, {}, r"no placeholder “1”\. This template names its variables; .*first_name"),
        ({"button.2": "order.number"}, {}, "no placeholder “button.2”"),
        ({}, {"second_name": "x"}, "no placeholder “second_name”"),
        ({"order_no": "order.numbr"}, {}, "Placeholder order_no: .*Did you mean order.number"),
        ({"order_no": '""'}, {}, "Placeholder order_no: .*needs words"),
        ({}, {"first_name": " "}, "default of placeholder first_name is empty"),
        ({"header": "order.number"}, {}, "bind it to a link"),
        ({"header": '"box.png"'}, {}, "bind it to a link"),
    ],
)
def test_a_wrong_binding_is_refused_with_the_reason(changes, defaults, message):
    with pytest.raises(InvalidInput, match=message):
        check_bindings(SHIPPED, NAMED, BOUND | changes, defaults)


def test_a_named_binding_of_a_counted_template_is_refused_with_the_reason():
    with pytest.raises(InvalidInput, match="numbers its variables; its placeholders are: 1, 2"):
        check_bindings([body()], POSITIONAL, {"first_name": "customer.first_name"}, {})
    with pytest.raises(InvalidInput, match="This template has none"):
        check_bindings([body("Thanks")], POSITIONAL, {"1": "customer.first_name"}, {})


def test_a_named_template_is_filled_as_in_the_reference():
    values = {
        "header": "https://shop.example/box.png",
        "first_name": "Ana",
        "order_no": "W-N8HX",
        "button.0": "q1 w2/é",
    }
    filled = fill(SHIPPED, NAMED, values)
    assert filled.components == [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://shop.example/box.png"}}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "Ana"},
                {"type": "text", "parameter_name": "order_no", "text": "W-N8HX"},
            ],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "q1%20w2%2F%C3%A9"}],
        },
    ]
    assert filled.text.splitlines() == [
        "https://shop.example/box.png",
        "Hi Ana, order W-N8HX left our warehouse.",
        "Wapto",
        "[Track]",
        "[Help]",
    ]


def test_a_counted_template_is_filled_in_the_order_of_its_numbers():
    filled = fill([header("Order {{1}}"), body("{{2}}: {{1}}")], POSITIONAL, {"header.1": "X", "1": "one", "2": "two"})
    assert filled.text == "Order X\ntwo: one"
    assert filled.components == [
        {"type": "header", "parameters": [{"type": "text", "text": "X"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
    ]


def test_a_named_header_is_sent_with_its_name():
    filled = fill([header("Order {{number}}"), body("Thanks")], NAMED, {"header": "X"})
    assert filled.components == [
        {"type": "header", "parameters": [{"type": "text", "parameter_name": "number", "text": "X"}]}
    ]


@pytest.mark.parametrize("kind", ["VIDEO", "DOCUMENT"])
def test_other_media_headers_are_sent_by_link(kind):
    filled = fill([media(kind), body("Thanks")], POSITIONAL, {"header": "https://shop.example/x"})
    medium = {"type": kind.lower(), kind.lower(): {"link": "https://shop.example/x"}}
    assert filled.components == [{"type": "header", "parameters": [medium]}]


@pytest.mark.parametrize("link", ["box.png", "javascript:alert(1)", "https://", "https:///x", "ftp://x.example"])
def test_a_media_header_needs_a_link(link):
    with pytest.raises(InvalidInput, match="needs a link"):
        fill([media("IMAGE"), body("Thanks")], POSITIONAL, {"header": link})


def test_components_without_variables_are_left_out():
    filled = fill([header("Thanks"), body("All\nis well"), FOOTER, buttons(HELP, SHOP, CALL)], POSITIONAL, {})
    assert filled.components == []
    assert filled.text == "Thanks\nAll\nis well\nWapto\n[Help]\n[Shop]\n[Call us]"


@pytest.mark.parametrize("values", [{}, {"1": "Ana"}, {"1": "Ana", "2": ""}, {"1": "Ana", "2": " \n\u200b"}])
def test_a_value_that_is_missing_or_empty_is_refused(values):
    with pytest.raises(InvalidInput, match=r"Placeholder [12] has no value"):
        fill([body()], POSITIONAL, values)


def test_a_value_is_sent_as_one_line():
    filled = fill([body("Note: {{1}} — bye")], POSITIONAL, {"1": " Rua A,\n\t12     fundos "})
    assert filled.components[0]["parameters"] == [{"type": "text", "text": "Rua A, 12 fundos"}]


def test_a_value_that_looks_like_a_variable_stays_text():
    assert fill([body("{{1}} and {{2}}.")], POSITIONAL, {"1": "{{2}}", "2": "x"}).text == "{{2}} and x."


def test_the_longest_value_shrinks_until_the_body_fits():
    filled = fill([body("{{1}} wrote: {{2}}!")], POSITIONAL, {"1": "Ana", "2": "word " * 400})
    assert len(filled.text) <= 1024
    assert filled.text.startswith("Ana wrote: word word")
    assert filled.text.endswith("…!")
    assert filled.components[0]["parameters"][0]["text"] == "Ana"


def test_a_header_is_cut_at_its_own_limit():
    filled = fill([header("For {{1}}"), body("Thanks")], POSITIONAL, {"header": "x" * 99})
    assert filled.text.splitlines()[0] == "For " + "x" * 55 + "…"


def test_a_template_whose_own_words_are_too_long_is_refused():
    with pytest.raises(InvalidInput, match="1024"):
        fill([body("{{1}} " + "x" * 1030)], POSITIONAL, {"1": "Ana"})
    with pytest.raises(InvalidInput, match="1024"):
        fill([body("x" * 1025)], POSITIONAL, {})


def test_the_template_object_of_a_send_names_its_language():
    assert send_payload("order_shipped", "pt_BR", [{"type": "body", "parameters": []}]) == {
        "name": "order_shipped",
        "language": {"policy": "deterministic", "code": "pt_BR"},
        "components": [{"type": "body", "parameters": []}],
    }


visible = st.text("abc é😀\n", min_size=1, max_size=900).filter(lambda text: text.strip())


@given(st.lists(st.sampled_from(["{{1}}", "{{2}}", "{{ 3 }}", " text "]), min_size=1), visible, visible, visible)
def test_a_filled_template_has_no_placeholder_left_and_fits(parts, first, second, third):
    definition = [body("Hi " + ", ".join(parts)), buttons(TRACK)]
    try:
        filled = fill(definition, POSITIONAL, {"1": first, "2": second, "3": third, "button.0": first})
    except InvalidInput:
        assert len("".join(parts)) > 500
        return
    rendered = filled.text.removesuffix("\n[Track]")
    assert "{{" not in filled.text
    assert len(rendered) <= 1024
    sent = [parameter["text"] for part in filled.components for parameter in part["parameters"]]
    assert all(text and "\n" not in text and "  " not in text for text in sent)
    assert len(sent) == len(placeholders(definition, POSITIONAL))
