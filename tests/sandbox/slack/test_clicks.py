"""Clicks and choices of an agent against a real Bolt app, and answers that Slack would not take."""

import threading
import time

import pytest
from flask import Flask

from sandbox.server import Server
from sandbox.slack import BadAnswer, NotPossible, Slack
from tests.bot.payloads import HOME, actions, button, option, overflow, plain, section, select
from tests.sandbox.slack.acts import post

# Signing and verification (reference §1.4, §8.2-30)


def test_an_app_with_another_secret_does_not_believe_it(slack, bolt):
    slack.door.signing_secret = "another"
    assert slack.connect(slack.door.app_url) is False


def test_every_act_is_signed_so_that_bolt_believes_it(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, action: (ack(), heard.append(action["value"])))
    ana.click(post(slack, actions(button(value="W-7KQ2"))), "Confirm")
    assert slack.wait_for(lambda: heard) == ["W-7KQ2"]


# Clicks and choices (reference §8.2-33)


def test_a_click_tells_the_app_where_and_on_what(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body)))
    card = post(slack, actions(button(value="1"), select()))
    slack.world.say(slack.channel("C1"), "U2", "reply", thread_ts=card.ts)
    ana.click(card, "Confirm")
    (body,) = slack.wait_for(lambda: heard)
    assert body["user"] == {"id": "U1", "username": "ana", "name": "ana", "team_id": "T0WAPTO"}
    assert body["channel"] == {"id": "C1", "name": "orders"}
    assert (body["container"]["message_ts"], body["message"]["thread_ts"]) == (card.ts, card.ts)
    assert body["message"]["blocks"] == card.blocks
    assert body["actions"][0]["block_id"] == card.blocks[0]["block_id"]
    assert body["state"]["values"][card.blocks[0]["block_id"]]["agent"]["selected_option"] is None
    assert body["response_url"].startswith(slack.url)


def test_only_what_is_shown_can_be_clicked(slack, bolt, ana):
    card = post(slack, actions(button()))
    with pytest.raises(NotPossible, match=r"There is no “Cancel order” to use here; there is: Confirm\."):
        ana.click(card, "Cancel order")
    with pytest.raises(NotPossible, match="is a static_select, not a button"):
        ana.click(post(slack, actions(select())), "agent")


def test_of_alike_buttons_the_value_tells_which(slack, bolt, ana):
    heard = []
    bolt.action("open")(lambda ack, action: (ack(), heard.append(action["value"])))
    rows = [section(accessory=button("open", value=value)) for value in ("1", "2")]
    ana.click(post(slack, *rows), "open", "2")
    assert slack.wait_for(lambda: heard) == ["2"]


def test_a_stale_click_presses_what_was_shown_before(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body)))
    card = post(slack, actions(button(value="received")))
    card.replace("card", [actions(button("ship", text=plain("Mark shipped")))])
    with pytest.raises(NotPossible):
        ana.click(card, "Confirm")
    ana.click(card, "Confirm", stale=True)
    (body,) = slack.wait_for(lambda: heard)
    assert body["actions"][0]["value"] == "received"
    assert body["message"]["blocks"][0]["elements"][0]["action_id"] == "confirm"
    with pytest.raises(NotPossible, match="No older version"):
        ana.click(card, "Mark shipped", stale=True)


def test_nobody_clicks_in_a_channel_or_view_that_is_not_theirs(slack, bolt, ana):
    with pytest.raises(NotPossible, match="Cid does not see that"):
        slack.user("U3").click(post(slack, actions(button())), "Confirm")
    with pytest.raises(NotPossible, match="Ana does not see that"):
        ana.click(slack.views.show("U2", HOME), "open:1")


@pytest.mark.parametrize("name", ["b", "Bea"])
def test_an_option_is_chosen_by_its_value_or_text(slack, bolt, ana, name):
    heard = []
    bolt.action("agent")(lambda ack, action: (ack(), heard.append(action["selected_option"]["value"])))
    ana.choose(post(slack, actions(select(options=[option("a"), option("b", "Bea")]))), "agent", name)
    assert slack.wait_for(lambda: heard) == ["b"]


def test_an_option_that_is_not_offered_cannot_be_chosen(slack, bolt, ana):
    with pytest.raises(NotPossible, match="“Cid” is not among: Ana, Ana"):
        ana.choose(post(slack, actions(select())), "agent", "Cid")
    with pytest.raises(NotPossible, match="“9” is not among"):
        ana.choose(post(slack, section(accessory=overflow(2))), "more", "9")


def test_menus_of_every_kind_send_what_was_chosen(slack, bolt, ana):
    heard = []
    bolt.action("more")(lambda ack, action: (ack(), heard.append(action["selected_option"]["value"])))
    bolt.action("who")(lambda ack, action: (ack(), heard.append(action["selected_user"])))
    people = {"type": "users_select", "action_id": "who"}
    card = post(slack, section(accessory=overflow(2)), actions(people))
    ana.choose(card, "more", "1")
    ana.choose(card, "who", "U2")
    assert slack.wait_for(lambda: len(heard) == 2 and sorted(heard)) == ["1", "U2"]


def test_an_app_without_interactivity_hears_no_click(ana):
    with Slack(manifest={"oauth_config": {"scopes": {"bot": []}}}) as slack:
        hands = slack.add_user("U1", "Ana")
        slack.add_channel("C1", "orders", ["U1"])
        with pytest.raises(NotPossible, match="does not enable interactivity"):
            hands.click(post(slack, actions(button())), "Confirm")


# What is wrong with an answer (reference §8.2-31)


def test_a_click_answered_by_an_error_is_a_complaint(slack, answer, ana):
    answer(status=500)
    with pytest.raises(BadAnswer, match="block_actions: http_error"):
        ana.click(post(slack, actions(button())), "Confirm")
    assert slack.complaints == [slack.complaints[0]]
    assert "status 500" in slack.complaints[0]


def test_a_click_that_nobody_listens_to_is_a_complaint(slack, bolt, ana):
    with pytest.raises(BadAnswer, match="status 404"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_answered_late_is_a_complaint(slack, bolt, ana):
    slack.door.patience = 0.1
    bolt.action("confirm")(lambda ack: (time.sleep(0.3), ack()))
    with pytest.raises(BadAnswer, match="block_actions: http_timeout"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_answered_by_nobody_is_a_complaint(slack, ana):
    with Server(Flask("gone")) as server:
        slack.door.app_url = server.url
    with pytest.raises(BadAnswer, match="connection_failed"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_a_click_takes_no_words_as_an_answer(slack, answer, ana):
    answer("done")
    with pytest.raises(BadAnswer, match="must be empty"):
        ana.click(post(slack, actions(button())), "Confirm")


def test_people_act_at_the_same_time(slack, bolt, ana):
    heard = []
    bolt.action("confirm")(lambda ack, body: (ack(), heard.append(body["user"]["id"])))
    card = post(slack, actions(button()))
    both = [threading.Thread(target=slack.user(each).click, args=(card, "Confirm")) for each in ("U1", "U2")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert slack.wait_for(lambda: sorted(heard) == ["U1", "U2"])
