"""Views by the Web API: triggers, limits, hashes, what stays typed."""

from slack_sdk import WebClient

from sandbox.slack import Slack
from tests.bot.payloads import HOME, SHIP, field, modal, plain, section, typed
from tests.sandbox.slack.acts import code, refused

# Views (reference §5, §8.2-26 to 28)


def test_a_trigger_opens_one_modal_within_three_seconds(slack, client, clock):
    trigger = slack.views.trigger("U1")
    assert client.views_open(trigger_id=trigger, view=SHIP)["view"]["callback_id"] == "ship"
    assert slack.user("U1").modal.title == "Ship"
    assert slack.user("U2").modal is None
    assert code(client.views_open, trigger_id=trigger, view=SHIP) == "exchanged_trigger_id"
    assert code(client.views_open, trigger_id="1.2.abc", view=SHIP) == "invalid_trigger_id"
    late = slack.views.trigger("U1")
    clock.now += 3.1
    assert code(client.views_open, trigger_id=late, view=SHIP) == "expired_trigger_id"


def test_a_view_that_breaks_a_limit_is_refused_by_its_place(slack, client):
    answer = refused(client.views_open, trigger_id=slack.views.trigger("U1"), view=modal(title=plain("x" * 25)))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"][0].endswith("[json-pointer:/view/title/text]")


def test_a_view_too_large_is_refused(slack, client):
    heavy = modal(*[section(text=plain("x" * 2600))] * 100)
    assert code(client.views_open, trigger_id=slack.views.trigger("U1"), view=heavy) == "view_too_large"


def test_only_a_modal_is_opened_and_only_a_home_published(slack, client):
    assert code(client.views_open, trigger_id=slack.views.trigger("U1"), view=HOME) == "invalid_arguments"
    assert code(client.views_publish, user_id="U1", view=SHIP) == "invalid_arguments"


def opened(slack, client, view=SHIP, user="U1"):
    return client.views_open(trigger_id=slack.views.trigger(user), view=view)["view"]


def test_an_open_modal_is_updated_by_either_id(slack, client):
    view = opened(slack, client, modal(external_id="ship-1"))
    client.views_update(view_id=view["id"], view=modal(title=plain("One"), external_id="ship-1"))
    client.views_update(external_id="ship-1", view=modal(title=plain("Two"), external_id="ship-1"))
    assert slack.user("U1").modal.title == "Two"


def test_a_modal_that_is_closed_or_unknown_is_not_found(slack, client):
    view = opened(slack, client)
    slack.views.close(slack.user("U1").modal)
    assert code(client.views_update, view_id=view["id"], view=SHIP) == "not_found"
    assert code(client.views_update, external_id="nobody", view=SHIP) == "not_found"
    assert code(client.api_call, "views.update", json={"view": SHIP}) == "invalid_arguments"


def test_a_hash_must_be_the_one_of_the_view_that_is_shown(slack, client):
    view = opened(slack, client)
    updated = client.views_update(view_id=view["id"], hash=view["hash"], view=SHIP)["view"]
    assert updated["hash"] != view["hash"]
    assert code(client.views_update, view_id=view["id"], hash=view["hash"], view=SHIP) == "hash_conflict"
    assert code(client.views_publish, user_id="U1", hash="", view=HOME) == "hash_conflict"


def test_an_external_id_is_used_by_one_view_at_a_time(slack, client):
    opened(slack, client, modal(external_id="ship-1"))
    trigger = slack.views.trigger("U2")
    assert code(client.views_open, trigger_id=trigger, view=modal(external_id="ship-1")) == "duplicate_external_id"


def test_what_is_typed_stays_where_the_ids_stay(slack, client):
    view = opened(slack, client)
    ana = slack.user("U1")
    ana.fill(ana.modal, {"tracking": "BR99"})
    values = client.views_update(view_id=view["id"], view=SHIP)["view"]["state"]["values"]
    assert values["tracking"]["number"]["value"] == "BR99"
    renamed = modal(field(typed(initial_value="BR1"), block_id="tracking-2"))
    values = client.views_update(view_id=view["id"], view=renamed)["view"]["state"]["values"]
    assert values["tracking-2"]["number"]["value"] == "BR1"


def test_a_home_is_published_for_each_person(slack, client):
    client.views_publish(user_id="U1", view=HOME)
    client.views_publish(user_id="U1", view=HOME | {"blocks": [section(text=plain("3 open orders"))]})
    assert slack.plain_text(slack.user("U1").home) == "3 open orders"
    assert slack.user("U2").home is None
    assert code(client.views_publish, user_id="U9", view=HOME) == "user_not_found"


def test_a_home_needs_the_manifest_to_enable_it():
    with Slack(manifest={"oauth_config": {"scopes": {"bot": []}}}) as slack:
        slack.add_user("U1", "Ana")
        client = WebClient(slack.token, base_url=slack.api_url)
        assert code(client.views_publish, user_id="U1", view=HOME) == "not_enabled"
