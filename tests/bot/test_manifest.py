from datetime import timedelta

import pytest
from slack_bolt import App

from bot import (
    app,
    approval_cards,
    bulk_forms,
    cards,
    customer_forms,
    handover_forms,
    home,
    inquiry_cards,
    kit,
    lateness,
    listings,
    modals,
    recovery_cards,
    replies,
    roster,
    surveying,
    thread_lines,
    work_forms,
)
from bot.listeners import LISTENERS, names
from bot.manifest import SCOPES, manifest
from bot.slack import Slack, Tag
from sandbox.slack import Slack as StandIn
from wapto.desk.overview import Wanted
from wapto.domain import delivery, lifecycle
from wapto.errors import Misconfigured
from wapto.store.models import QuickReply

from .builders import (
    NOON,
    RUI,
    a_doubt,
    a_line,
    a_message,
    a_second_cart,
    a_step,
    a_view,
    an_inquiry,
    an_overview,
    told,
)
from .surfaces import ASKED, DIGEST, views

URL = "https://desk.example"


def action_ids(blocks):
    """Without what follows a colon, which no listener asks for."""
    inside = [element for block in blocks for element in [*block.get("elements", []), block.get("element", {})]]
    return {element["action_id"].partition(":")[0] for element in inside if "action_id" in element}


def all_cards():
    for status in lifecycle.STATUSES:
        for fulfillment in lifecycle.ROADS:
            for agent in (None, RUI):
                yield cards.card(a_view(status=status, fulfillment=fulfillment, agent=agent, cancelled_from="received"))
    yield cards.card(a_view(second=a_second_cart()))
    yield cards.card(a_view(doubt=a_doubt()))
    yield cards.card(a_view(doubt=a_doubt(owner_id=12)))
    yield cards.card(a_view(lines=(a_line(flags=("out_of_stock",)),)))
    for state in delivery.TROUBLED:
        yield cards.card(a_view(told=(told(state),)))
    yield cards.card(a_view(told=(told("queued", held_until=NOON),)))


def test_every_command_of_the_manifest_has_a_listener_and_every_listener_a_command():
    assert [each["command"] for each in manifest(URL)["features"]["slash_commands"]] == names("command") == ["/wapto"]


def test_every_button_has_a_listener_and_every_listener_a_button():
    shown = [*(card.blocks for card in all_cards()), home.home(an_overview(role="admin"), lambda row: None)["blocks"]]
    shown.append(work_forms.hub(a_view(), "C1")["blocks"])
    shown.append(approval_cards.blocks(ASKED))
    shown.append(handover_forms.content(DIGEST, lambda row: None).blocks)
    shown.append([kit.actions([kit.button(listings.MORE, "10 more", "")])])
    shown.append(inquiry_cards.card(an_inquiry()).blocks)
    quick = [QuickReply(id=1, name="Pix", text="Our key is ...")]
    shown.append(replies.form(replies.Ticket("C1", 1), "W-7KQ2", NOON, quick=quick)["blocks"][1:2])
    shown.append(thread_lines.draw([a_message(offers_address=True)], "Ana", 7).blocks)
    shown.append(thread_lines.draw([a_message(kind="recovery", heard=None)], "Ana", 7).blocks)
    assert set().union(*map(action_ids, shown)) == set(names("action"))


def test_every_form_has_a_listener_and_every_listener_a_form():
    view, surfaces = a_view(), dict(views())
    until = NOON + timedelta(hours=1)
    forms = (
        replies.form(replies.Ticket("C1", 1), "W-7KQ2", until),
        modals.ship(view, "shipped", "C1"),
        modals.reason(view, "cancelled", "C1"),
        modals.move(view, "C1"),
        lateness.form(view, "C1"),
        modals.tell_again(view, 1, "C1"),
        surfaces["handover"],
        inquiry_cards.order_form(an_inquiry(), "C1"),
        *(
            each(view, "C1")
            for each in (
                work_forms.items,
                work_forms.prices,
                work_forms.unknown,
                work_forms.flags,
                work_forms.fees,
                work_forms.tracking,
                work_forms.facts,
                work_forms.note,
            )
        ),
        work_forms.assign(view, [], "C1"),
        roster.form(),
        recovery_cards.form_for(view, "C1"),
        surveying.drawn(view, None, "C1"),
        customer_forms.drawn(view, customer_forms.Known(), "C1"),
        bulk_forms.ask(Wanted(), 1),
        bulk_forms.preview([a_step()], "confirmed", None),
    )
    assert {form["callback_id"] for form in forms} == set(names("view"))


def test_every_menu_that_asks_what_to_offer_has_a_listener():
    view = a_view(lines=(a_line(flags=("unknown_sku",)),))
    forms = (work_forms.items(view, "C1"), work_forms.unknown(view, "C1"), inquiry_cards.order_form(an_inquiry(), "C1"))
    fields = [block["element"] for form in forms for block in form["blocks"] if block["type"] == "input"]
    asking = {each["action_id"].partition(":")[0] for each in fields if each["type"] == "external_select"}
    assert asking == set(names("options"))


def test_every_shortcut_of_the_manifest_has_a_listener_and_every_listener_a_shortcut():
    shortcuts = manifest(URL)["features"]["shortcuts"]
    assert [each["callback_id"] for each in shortcuts] == names("shortcut") == ["send_to_customer"]
    assert all(len(each["name"]) <= 24 and len(each["description"]) <= 150 for each in shortcuts)


def test_no_event_is_subscribed_to_that_nobody_listens_to():
    subscribed = manifest(URL)["settings"]["event_subscriptions"]["bot_events"]
    assert subscribed == ["app_home_opened", "message.channels", "message.groups", "user_change"]
    assert names("event") == ["app_home_opened", "message", "user_change"]


def test_typed_names_arrive_as_ids():
    assert all(each["should_escape"] for each in manifest(URL)["features"]["slash_commands"])


def test_slack_is_sent_to_our_address():
    settings = manifest(URL)
    assert settings["settings"]["interactivity"]["request_url"] == "https://desk.example/slack/events"
    assert settings["settings"]["event_subscriptions"]["request_url"] == "https://desk.example/slack/events"
    assert settings["settings"]["interactivity"]["message_menu_options_url"] == "https://desk.example/slack/events"
    assert settings["features"]["slash_commands"][0]["url"] == "https://desk.example/slack/events"


def test_with_a_socket_there_is_no_address():
    settings = manifest(URL, socket=True)
    assert settings["settings"]["socket_mode_enabled"]
    assert URL not in str(settings)


TAG = Tag("wapto_order", {"order": "W-7KQ2"})
USES = {
    "chat:write": lambda api, now: api.post("C1", cards.card(a_view(on_duty=())), TAG),
    "channels:history": lambda api, now: api.find("C1", TAG, now, now),
    "groups:history": lambda api, now: api.find("G1", TAG, now, now),
    "files:write": lambda api, now: api.upload("a.jpg", b"picture"),
    "im:write": lambda api, now: api.direct("U1RUI"),
    "users:read": lambda api, now: api.name_of("U1RUI"),
    "im:history": lambda api, now: api.find("D1", TAG, now, now),
}


def test_it_asks_for_no_scope_without_a_use():
    assert set(SCOPES) == {*USES, "commands"}


@pytest.mark.parametrize("scope", USES)
def test_each_use_needs_just_its_scope(scope):
    for granted in SCOPES:
        fewer = manifest(URL)
        fewer["oauth_config"]["scopes"]["bot"] = [each for each in SCOPES if each != granted]
        with StandIn(manifest=fewer) as slack:
            slack.add_user("U1RUI", "Rui")
            slack.add_channel("C1", "public", ["U1RUI"])
            slack.add_channel("G1", "private", ["U1RUI"], private=True)
            slack.add_channel("D1", "direct", ["U1RUI"]).kind = "im"
            assert (granted == scope) == lacks_scope(USES[scope], Slack(slack.token, slack.api_url))


def lacks_scope(use, api):
    try:
        use(api, NOON)
    except Misconfigured as fault:
        return "missing_scope" in str(fault)
    return False


def test_the_app_is_built_of_the_listeners(scene):
    built = app.build(Slack(scene.slack.token, scene.slack.api_url), scene.clock, None)
    assert isinstance(built, App)
    assert len(built._listeners) == len(LISTENERS)
