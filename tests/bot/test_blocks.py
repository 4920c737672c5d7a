"""Slack's limits: a valid payload for every surface, and for every rule one payload that breaks it."""

import copy
import json

import pytest

from bot import blocks
from bot.blocks import HOUSE_RULE, problems_of_message, problems_of_suggestions, problems_of_view
from tests.bot.payloads import (
    CARD,
    HOME,
    SHIP,
    actions,
    button,
    confirm,
    field,
    home,
    message,
    modal,
    mrkdwn,
    number,
    option,
    overflow,
    picture,
    plain,
    rich_text,
    section,
    select,
    table,
    typed,
)


def test_the_surfaces_of_wapto_have_no_problem():
    assert problems_of_message(CARD) == []
    assert problems_of_view(SHIP) == []
    assert problems_of_view(HOME) == []


def test_a_text_alone_is_a_message():
    assert problems_of_message({"text": "Order W-7KQ2 is yours"}) == []


def many(count, make):
    return [make(i) for i in range(count)]


REFUSED_MESSAGES = {
    "nothing to say": ({}, "", "no_text"),
    "text not a string": ({"text": 5}, "/text", "invalid_arguments"),
    "text too long": ({"text": "x" * 4001}, "/text", "msg_too_long"),
    "markdown beside text": ({"text": "a", "markdown_text": "b"}, "/markdown_text", "markdown_text_conflict"),
    "markdown too long": ({"markdown_text": "b" * 12_001}, "/markdown_text", "msg_too_long"),
    "blocks as a string": (message(blocks="[]"), "/blocks", "invalid_blocks"),
    "no block": (message(), "/blocks", "invalid_blocks"),
    "51 blocks": (message(*many(51, lambda _: {"type": "divider"})), "/blocks", "invalid_blocks"),
    "13,001 characters": (
        message(*many(5, lambda _: section(text=plain("x" * 2600))), section(text=plain("x"))),
        "/blocks",
        "msg_blocks_too_long",
    ),
    "markdown blocks over the sum": (
        message(*many(2, lambda _: {"type": "markdown", "text": "x" * 6001})),
        "/blocks",
        "invalid_blocks",
    ),
    "tables over the sum": (message(table(cell="x" * 2500), table(1, 1)), "/blocks", "invalid_blocks"),
    "one block_id twice": (
        message(section(block_id="a"), section(block_id="a")),
        "/blocks/0/block_id",
        "invalid_blocks",
    ),
    "one action_id twice": (message(actions(button(), button())), "/blocks/0/elements/0/action_id", "invalid_blocks"),
    "an alert in a message": (message({"type": "alert", "text": plain()}), "/blocks/0", "invalid_blocks"),
}


@pytest.mark.parametrize(("payload", "pointer", "code"), REFUSED_MESSAGES.values(), ids=REFUSED_MESSAGES)
def test_a_message_is_refused_for(payload, pointer, code):
    assert (pointer, code) in [(problem.pointer, problem.code) for problem in problems_of_message(payload)]


REFUSED_BLOCKS = {
    "not an object": ("divider", ""),
    "no type": ({"text": plain()}, ""),
    "an unknown type": ({"type": "carousel", "elements": []}, ""),
    "an unknown key": (section(colour="red"), "/colour"),
    "null": (section(accessory=None), "/accessory"),
    "a block_id of nothing": (section(block_id=""), "/block_id"),
    "a block_id of 256": (section(block_id="x" * 256), "/block_id"),
    "a section without text or fields": ({"type": "section"}, ""),
    "section text of nothing": (section(text=mrkdwn("")), "/text/text"),
    "section text of 3,001": (section(text=mrkdwn("x" * 3001)), "/text/text"),
    "text as a bare string": (section(text="hello"), "/text"),
    "emoji in mrkdwn": (section(text={**mrkdwn(), "emoji": True}), "/text/emoji"),
    "verbatim in plain text": (section(text={**plain(), "verbatim": True}), "/text/verbatim"),
    "no fields": (section(fields=[]), "/fields"),
    "11 fields": (section(fields=[mrkdwn()] * 11), "/fields"),
    "a field of 2,001": (section(fields=[mrkdwn("x" * 2001)]), "/fields/0/text"),
    "expand not true or false": (section(expand="yes"), "/expand"),
    "an input as accessory": (section(accessory=typed()), "/accessory"),
    "a header in mrkdwn": ({"type": "header", "text": mrkdwn()}, "/text"),
    "an empty header": ({"type": "header", "text": plain("")}, "/text/text"),
    "a header of 151": ({"type": "header", "text": plain("x" * 151)}, "/text/text"),
    "an empty context": ({"type": "context", "elements": []}, "/elements"),
    "a context of 11": ({"type": "context", "elements": [plain()] * 11}, "/elements"),
    "context text of 3,001": ({"type": "context", "elements": [plain("x" * 3001)]}, "/elements/0/text"),
    "a button in a context": ({"type": "context", "elements": [button()]}, "/elements/0"),
    "no actions": (actions(), "/elements"),
    "26 actions": (actions(*many(26, lambda i: button(f"b{i}"))), "/elements"),
    "a several-choice menu in actions": (actions(select(type="multi_static_select")), "/elements/0"),
    "an image without a source": ({"type": "image", "alt_text": "Mug"}, ""),
    "an image with two sources": (picture(slack_file={"id": "F1"}), ""),
    "an image without alt text": (picture(alt_text=""), "/alt_text"),
    "alt text of 2,001": (picture(alt_text="x" * 2001), "/alt_text"),
    "an image title of 2,001": (picture(title=plain("x" * 2001)), "/title/text"),
    "an image address of 3,001": (picture(image_url="https://a.example/" + "x" * 2983), "/image_url"),
    "markdown of nothing": ({"type": "markdown", "text": ""}, "/text"),
    "a rich text without elements": ({"type": "rich_text"}, ""),
    "rich text of nothing": (rich_text({"type": "text", "text": ""}), "/elements/0/elements/0/text"),
    "an unknown part of rich text": (rich_text({"type": "button"}), "/elements/0/elements/0"),
    "a table of 101 rows": (table(rows=101), "/rows"),
    "a table of 21 columns": (table(columns=21), "/rows/0"),
    "an empty cell": (table(cell=""), "/rows/0/0/text"),
    "a ragged table": ({"type": "table", "rows": [*table(1, 1)["rows"], *table(1, 2)["rows"]]}, "/rows"),
}


@pytest.mark.parametrize(("block", "pointer"), REFUSED_BLOCKS.values(), ids=REFUSED_BLOCKS)
def test_a_block_is_refused_for(block, pointer):
    found = problems_of_message(message(block))
    assert ("/blocks/0" + pointer, "invalid_blocks") in [(problem.pointer, problem.code) for problem in found]


def choices(kind, count):
    return {"type": kind, "action_id": "c", "options": many(count, lambda i: option(str(i)))}


def groups(count, size=1, label="Team"):
    group = {"label": plain(label), "options": many(size, lambda i: option(str(i)))}
    return {"type": "static_select", "action_id": "g", "option_groups": [group] * count}


REFUSED_ELEMENTS = {
    "an unknown type": (button(type="slider"), ""),
    "no action_id": ({"type": "button", "text": plain()}, ""),
    "an action_id of 256": (button("x" * 256), "/action_id"),
    "an empty button": (button(text=plain("")), "/text/text"),
    "a button of 76": (button(text=plain("x" * 76)), "/text/text"),
    "a button in mrkdwn": (button(text=mrkdwn()), "/text"),
    "a value of 2,001": (button(value="x" * 2001), "/value"),
    "an unknown style": (button(style="warning"), "/style"),
    "a javascript address": (button(url="javascript:alert(1)"), "/url"),
    "a relative address": (button(url="/orders/1"), "/url"),
    "an address with a space": (button(url="https://a.example/b c"), "/url"),
    "an accessibility label of 76": (button(accessibility_label="x" * 76), "/accessibility_label"),
    "a confirm title of 101": (button(confirm=confirm(title=plain("x" * 101))), "/confirm/title/text"),
    "a confirm text of 301": (button(confirm=confirm(text=plain("x" * 301))), "/confirm/text/text"),
    "a confirm button of 31": (button(confirm=confirm(deny=plain("x" * 31))), "/confirm/deny/text"),
    "a confirm style": (button(confirm=confirm(style="red")), "/confirm/style"),
    "no option": (select(options=[]), "/options"),
    "101 options": (choices("static_select", 101), "/options"),
    "neither options nor groups": ({"type": "static_select", "action_id": "a"}, ""),
    "both options and groups": (select(option_groups=groups(1)["option_groups"]), ""),
    "101 groups": (groups(101), "/option_groups"),
    "a group label of 76": (groups(1, label="x" * 76), "/option_groups/0/label/text"),
    "a group of 101": (groups(1, 101), "/option_groups/0/options"),
    "an option of 76": (select(options=[option(text="x" * 76)]), "/options/0/text/text"),
    "an option value of 151": (select(options=[option("x" * 151)]), "/options/0/value"),
    "an empty option value": (select(options=[option("")]), "/options/0/value"),
    "an option in mrkdwn": (select(options=[{"text": mrkdwn(), "value": "a"}]), "/options/0/text"),
    "a description of 76": (
        select(options=[{**option(), "description": plain("x" * 76)}]),
        "/options/0/description/text",
    ),
    "an address in a select's option": (select(options=[{**option(), "url": "https://a.example"}]), "/options/0/url"),
    "an empty address in an overflow": (
        {**overflow(1), "options": [{**option(), "url": ""}]},
        "/options/0/url",
    ),
    "a placeholder of 151": (select(placeholder=plain("x" * 151)), "/placeholder/text"),
    "a stranger as initial option": (select(initial_option=option("z")), "/initial_option"),
    "an initial option of other words": (select(initial_option=option("a", "Bea")), "/initial_option"),
    "no overflow option": (overflow(0), "/options"),
    "6 overflow options": (overflow(6), "/options"),
    "11 radio buttons": (choices("radio_buttons", 11), "/options"),
    "11 checkboxes": (choices("checkboxes", 11), "/options"),
    "a stranger as initial checkbox": (
        {**choices("checkboxes", 1), "initial_options": [option("z")]},
        "/initial_options/0",
    ),
    "a date with slashes": ({"type": "datepicker", "action_id": "d", "initial_date": "24/11/2026"}, "/initial_date"),
    "an hour of 25": ({"type": "timepicker", "action_id": "t", "initial_time": "25:00"}, "/initial_time"),
    "a moment in milliseconds": (
        {"type": "datetimepicker", "action_id": "m", "initial_date_time": 1764036000000},
        "/initial_date_time",
    ),
}


@pytest.mark.parametrize(("element", "pointer"), REFUSED_ELEMENTS.values(), ids=REFUSED_ELEMENTS)
def test_an_element_is_refused_for(element, pointer):
    found = problems_of_message(message(actions(element)))
    assert "/blocks/0/elements/0" + pointer in [problem.pointer for problem in found if problem.slack_refuses]


REFUSED_INPUTS = {
    "a label of nothing": (field(label=plain("")), "/label/text"),
    "a label of 2,001": (field(label=plain("x" * 2001)), "/label/text"),
    "a hint of 2,001": (field(hint=plain("x" * 2001)), "/hint/text"),
    "an alert of 201": ({"type": "alert", "text": plain("x" * 201)}, "/text/text"),
    "an alert of unknown level": ({"type": "alert", "text": plain(), "level": "fatal"}, "/level"),
    "a hint in mrkdwn": (field(hint=mrkdwn()), "/hint"),
    "a button inside": (field(button()), "/element"),
    "optional not true or false": (field(optional=1), "/optional"),
    "min_length above max_length": (field(typed(min_length=5, max_length=4)), "/element/min_length"),
    "min_length of 3,001": (field(typed(min_length=3001)), "/element/min_length"),
    "max_length of 3,001": (field(typed(max_length=3001)), "/element/max_length"),
    "an initial value of 3,001": (field(typed(initial_value="x" * 3001)), "/element/initial_value"),
    "a number without is_decimal_allowed": (field({"type": "number_input", "action_id": "n"}), "/element"),
    "a minimum above the maximum": (field(number(min_value="10", max_value="9")), "/element/min_value"),
    "a minimum that is not a string": (field(number(min_value=1)), "/element/min_value"),
}


@pytest.mark.parametrize(("block", "pointer"), REFUSED_INPUTS.values(), ids=REFUSED_INPUTS)
def test_an_input_is_refused_for(block, pointer):
    found = problems_of_view(modal(block))
    assert ("/view/blocks/0" + pointer, "invalid_arguments") in [(problem.pointer, problem.code) for problem in found]


def without(key, view):
    return {name: part for name, part in copy.deepcopy(view).items() if name != key}


REFUSED_VIEWS = {
    "an unknown type": (modal(type="drawer"), "/view"),
    "no title": (without("title", modal()), "/view"),
    "a title of 25": (modal(title=plain("x" * 25)), "/view/title/text"),
    "a title in mrkdwn": (modal(title=mrkdwn()), "/view/title"),
    "a submit of 25": (modal(submit=plain("x" * 25)), "/view/submit/text"),
    "a close of 25": (modal(close=plain("x" * 25)), "/view/close/text"),
    "an input without submit": (without("submit", modal()), "/view"),
    "no blocks": (without("blocks", modal()), "/view"),
    "101 blocks": (modal(*many(101, lambda _: {"type": "divider"})), "/view/blocks"),
    "private_metadata of 3,001": (modal(private_metadata="x" * 3001), "/view/private_metadata"),
    "private_metadata as an object": (modal(private_metadata={"order": 1}), "/view/private_metadata"),
    "a callback_id of 256": (modal(callback_id="x" * 256), "/view/callback_id"),
    "an external_id of 256": (modal(external_id="x" * 256), "/view/external_id"),
    "what Slack answered sent back": (modal(id="V1"), "/view/id"),
    "a table in a modal": (modal(table()), "/view/blocks/0"),
    "a Home with a title": (home(title=plain()), "/view/title"),
    "a Home with submit": (home(submit=plain()), "/view/submit"),
    "a Home that notifies on close": (home(notify_on_close=True), "/view/notify_on_close"),
    "an alert on a Home": (home({"type": "alert", "text": plain()}), "/view/blocks/0"),
}


@pytest.mark.parametrize(("view", "pointer"), REFUSED_VIEWS.values(), ids=REFUSED_VIEWS)
def test_a_view_is_refused_for(view, pointer):
    assert (pointer, "invalid_arguments") in [(problem.pointer, problem.code) for problem in problems_of_view(view)]


def test_a_view_of_250_kb_is_too_large():
    def view(last):
        return modal(*many(99, lambda _: section(text=plain("x" * 2430))), section(text=plain("x" * last)))

    room = 250_000 - len(json.dumps(view(0)))
    assert problems_of_view(view(room - 1)) == []
    assert [problem.code for problem in problems_of_view(view(room))] == ["view_too_large"]


HOUSE_RULES = {
    "blocks without text": {"blocks": [section()]},
    "more than 10,000 characters": message(
        *many(4, lambda _: section(text=plain("x" * 2500))), section(text=plain("x"))
    ),
    "a bare <": message(section(text=mrkdwn("2 < 3"))),
    "a false link": {"text": "<javascript:alert(1)|shop.com>"},
    "a call to the whole channel": {"text": "<!channel> order!"},
    "one action_id in two blocks": message(actions(button()), actions(button())),
    "two options of one value": message(actions(select(options=[option("a"), option("a", "Bea")]))),
    "two primary buttons": message(actions(button("a", style="primary"), button("b", style="primary"))),
    "an input in a message": message(field()),
}


@pytest.mark.parametrize("payload", HOUSE_RULES.values(), ids=HOUSE_RULES)
def test_slack_takes_it_but_the_house_does_not(payload):
    assert [problem.slack_refuses for problem in problems_of_message(payload)][:1] == [False]
    assert {problem.code for problem in problems_of_message(payload)} == {HOUSE_RULE}


def test_a_whole_channel_is_called_only_on_request():
    assert problems_of_message({"text": "<!here> order!"}, broadcast=True) == []
    in_rich_text = message(rich_text({"type": "broadcast", "range": "channel"}))
    assert "calls everybody" in problems_of_message(in_rich_text)[0].message
    assert problems_of_message(in_rich_text, broadcast=True) == []


@pytest.mark.parametrize("hostile", [None, 5, "x", [], {}, [None], [5], [[]], {"type": []}])
def test_whatever_arrives_the_validator_answers_and_does_not_fall(hostile):
    assert problems_of_message({"text": "a", "blocks": hostile})
    assert problems_of_message({"text": "a", "blocks": [hostile, {"type": "actions", "elements": hostile}]})
    assert problems_of_view(modal(blocks=hostile, title=hostile))


def places(value, path=()):
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from places(part, (*path, key))


@pytest.mark.parametrize("hostile", [None, 5, True, [], [[]], {}, {"type": []}], ids=str)
def test_no_single_broken_value_slips_through(hostile):
    # rich text is left out: its lists and styles may be empty
    card = message(*(block for block in CARD["blocks"] if block["type"] != "rich_text"))
    for *way, last in (path for path in places(card) if path[0] == "blocks"):
        broken = copy.deepcopy(card)
        parent = broken
        for key in way:
            parent = parent[key]
        parent[last] = hostile
        assert broken == card or problems_of_message(broken), (way, last)


def test_every_error_is_reported_at_once():
    found = problems_of_message(message(actions(button(style="red", text=plain(""))), section(fields=[])))
    assert {problem.pointer for problem in found} == {
        "/blocks/0/elements/0/style",
        "/blocks/0/elements/0/text/text",
        "/blocks/1/fields",
    }


def test_escaping_touches_exactly_three_characters():
    assert blocks.escape("Tom & <@U1> 'x' > \"y\" *b*") == "Tom &amp; &lt;@U1&gt; 'x' &gt; \"y\" *b*"


def test_escaped_text_of_a_stranger_mentions_nobody():
    hostile = "<!channel> <@U1> <https://evil.example|shop.com>"
    assert problems_of_message({"text": blocks.escape(hostile)}) == []
    assert list(blocks.mentions({"text": blocks.escape(hostile)})) == []


def test_mentions_and_ids_are_found_wherever_they_stand():
    people = {"type": "users_select", "action_id": "who", "initial_user": "U2"}
    card = message(
        section(text=mrkdwn("for <@U1> in <#C1|orders>"), accessory=people),
        rich_text({"type": "user", "user_id": "U3"}),
        text="<!subteam^S1|desk>",
    )
    assert {(mention.pointer, mention.kind, mention.id) for mention in blocks.mentions(card)} == {
        ("/text", "subteam", "S1"),
        ("/blocks/0/text/text", "user", "U1"),
        ("/blocks/0/text/text", "channel", "C1"),
        ("/blocks/0/accessory/initial_user", "user", "U2"),
        ("/blocks/1/elements/0/elements/0/user_id", "user", "U3"),
    }


def test_suggestions_are_options_or_groups_up_to_a_hundred():
    too_many = {"options": many(101, lambda i: option(str(i)))}
    assert problems_of_suggestions({"options": []}) == []
    assert problems_of_suggestions({"option_groups": groups(1)["option_groups"]}) == []
    assert [problem.pointer for problem in problems_of_suggestions(too_many)] == ["/options"]
    assert problems_of_suggestions({})
    assert problems_of_suggestions([])
