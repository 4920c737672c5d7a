"""Messages and views that Slack takes, and builders of their parts: valid by default, a test breaks one thing."""

import json


def plain(text="Confirm"):
    return {"type": "plain_text", "text": text}


def mrkdwn(text="*3 items*"):
    return {"type": "mrkdwn", "text": text}


def section(**parts):
    return {"type": "section", "text": mrkdwn(), **parts}


def button(action_id="confirm", **parts):
    return {"type": "button", "action_id": action_id, "text": plain(), **parts}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def option(value="a", text="Ana"):
    return {"text": plain(text), "value": value}


def select(**parts):
    return {"type": "static_select", "action_id": "agent", "options": [option("a"), option("b")], **parts}


def overflow(count=5):
    return {"type": "overflow", "action_id": "more", "options": [option(str(i)) for i in range(count)]}


def typed(**parts):
    return {"type": "plain_text_input", "action_id": "number", **parts}


def number(**parts):
    return {"type": "number_input", "action_id": "fee", "is_decimal_allowed": True, **parts}


def field(element=None, **parts):
    return {"type": "input", "block_id": "tracking", "label": plain("Number"), "element": element or typed(), **parts}


def confirm(**parts):
    return {"title": plain("Sure?"), "text": mrkdwn("Gone"), "confirm": plain("Yes"), "deny": plain("No"), **parts}


def message(*of_blocks, **parts):
    return {"text": "Order W-7KQ2", "blocks": list(of_blocks), **parts}


def modal(*of_blocks, **parts):
    given = list(of_blocks) or [field()]
    return {"type": "modal", "title": plain("Ship"), "submit": plain("Ship"), "blocks": given, **parts}


def home(*of_blocks, **parts):
    return {"type": "home", "blocks": list(of_blocks) or [section()], **parts}


def picture(**parts):
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "Mug", **parts}


def rich_text(*parts):
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def table(rows=2, columns=2, cell="x"):
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell}] * columns for _ in range(rows)]}


CARD = message(
    {"type": "header", "text": plain("Order W-7KQ2 · R$ 120,00")},
    section(fields=[mrkdwn("*Customer*\nAna"), mrkdwn("*Agent*\n<@U1>")], accessory=overflow()),
    {"type": "context", "elements": [mrkdwn("<!date^1764036000^{time}|10:00>"), plain("by hand")]},
    {"type": "divider"},
    picture(title=plain("Mug")),
    rich_text({"type": "text", "text": "Please *wrap* it", "style": {"bold": True}}, {"type": "user", "user_id": "U1"}),
    {"type": "markdown", "text": "**Hello**"},
    table(),
    actions(button(style="primary", value="W-7KQ2", confirm=confirm()), button("cancel"), select()),
)
SHIP = modal(
    field(typed(min_length=1, max_length=40, initial_value="BR1")),
    {"type": "input", "label": plain("Link"), "element": {"type": "url_text_input", "action_id": "url"}},
    {"type": "input", "label": plain("ETA"), "element": {"type": "datepicker", "action_id": "eta"}, "optional": True},
    field(number(min_value="0", max_value="99.5"), block_id="fee"),
    {"type": "input", "label": plain("Agent"), "element": {"type": "users_select", "action_id": "who"}},
    {"type": "alert", "text": plain("Low stock"), "level": "warning"},
    {
        "type": "input",
        "label": plain("Reason"),
        "element": {"type": "radio_buttons", "action_id": "why", "options": [option()], "initial_option": option()},
    },
    callback_id="ship",
    private_metadata=json.dumps({"order": 1, "version": 3}),
    notify_on_close=True,
)
HOME = home(section(accessory=button("open:1")), section(accessory=button("open:2")), private_metadata="")
