import pytest

from bot import home_words, wording
from bot.blocks import problems_of_view
from bot.home import home, outsider, plain
from sandbox.slack import NotPossible
from wapto.desk import homes, overview
from wapto.desk.assignment import agents
from wapto.desk.conversations import addresses
from wapto.desk.orders import orders
from wapto.desk.overview import Wanted
from wapto.domain import lifecycle
from wapto.store.models import Home, Inbound, Message, Survey

from ..desk.builders import a_number, a_template, a_trigger, an_agent
from .scene import TERMINAL


def open_home(scene, user=None):
    """The Home as a person sees it after they opened it."""
    user = user or scene.rui
    seen = user.home.hash if user.home else None
    user.open_home()
    return settled(scene, user, seen)


def settled(scene, user, seen):
    """The Home that came after the one with the hash `seen`, once the store knows of it too."""
    becomes(scene, user, lambda home: home.hash != seen)
    scene.slack.wait_for(lambda: Home.get_or_none(Home.view_hash == user.home.hash))
    return user.home


def becomes(scene, user, what):
    scene.slack.wait_for(lambda: user.home and what(user.home))
    return user.home


def act(scene, name, *, user=None, value=None):
    """Presses a button, and waits for the Home that comes of it."""
    user = user or scene.rui
    seen = user.home.hash
    user.click(user.home, name, value)
    return scene.words(settled(scene, user, seen))


def choose(scene, name, option, *, user=None):
    user = user or scene.rui
    seen = user.home.hash
    user.choose(user.home, name, option)
    return scene.words(settled(scene, user, seen))


def number(scene, order):
    return scene.view(order).number


def publications(scene):
    return scene.slack.calls.count("views.publish")


def give(scene, order, agent):
    return orders.assign(order.id, agent.id, actor=TERMINAL, now=scene.clock())


def test_the_home_counts_what_there_is(lane_scene):
    scene = lane_scene
    mine, _, confirmed = scene.order(), scene.order(), scene.order()
    give(scene, mine, scene.agents[0])
    give(scene, confirmed, scene.agents[1])
    scene.step(confirmed, "confirmed")
    words = scene.words(open_home(scene))
    assert "Received *2* · Pending *0* · Confirmed *1*" in words
    assert (
        "[Open · 3] [Mine · 1] [Unassigned · 1] [Late · 0] [Waiting for customer · 0] [Customer not told · 0]" in words
    )


def test_the_home_tells_how_today_goes_and_what_was_earned_to_admins_alone(scene):
    scene.order()
    assert "Today: 1 order came in · 0 delivered\n" in scene.words(open_home(scene))
    agents.change(scene.agents[0].id, {"role": "admin"})
    assert "Today: 1 order came in · 0 delivered · R$99.70\n" in scene.words(open_home(scene))


def test_each_list_shows_its_orders_and_their_counts_are_its_length(scene):
    mine, free = scene.order(), scene.order()
    give(scene, mine, scene.agents[0])
    open_home(scene)
    words = act(scene, "Mine · 1")
    assert number(scene, mine) in words
    assert number(scene, free) not in words
    words = act(scene, "Unassigned · 1")
    assert number(scene, free) in words
    assert number(scene, mine) not in words
    words = act(scene, "Open · 2")
    assert number(scene, free) in words
    assert number(scene, mine) in words


def test_an_order_leads_to_its_card(scene):
    order, card = scene.card()
    open_home(scene)
    link = f"{scene.slack.url}/archives/{card.channel}/p{card.ts.replace('.', '')}"
    assert {"type": "link", "url": link, "text": number(scene, order)} in parts(scene.rui.home)


def parts(view):
    texts = [block["elements"][0]["elements"] for block in view.blocks if block["type"] == "rich_text"]
    return [part for line in texts for part in line]


def test_customers_who_were_not_told_are_counted_until_the_order_moves_on(lane_scene):
    scene = lane_scene
    a_template(status="PAUSED")
    a_trigger(scene.number, "confirmed")
    order = scene.order()
    scene.step(order, "confirmed")
    assert Message.get().state == "held"
    words = scene.words(open_home(scene))
    assert "[Customer not told · 1]" in words
    assert number(scene, order) in act(scene, "Customer not told · 1")
    scene.step(order, "processing")
    assert "[Customer not told · 0]" in scene.words(open_home(scene))


def test_orders_that_wait_for_their_customer_are_counted_until_the_answer_came(lane_scene):
    scene = lane_scene
    pending, asked, _ = scene.order(), scene.order(), scene.order()
    scene.step(pending, "pending")
    scene.hear("Where do I send the money?", asked)
    addresses.ask(asked.id, actor=TERMINAL, now=scene.clock())
    assert "[Waiting for customer · 2]" in scene.words(open_home(scene))
    words = act(scene, "Waiting for customer · 2")
    assert number(scene, pending) in words
    assert number(scene, asked) in words
    scene.step(pending, "confirmed")
    scene.hear("Rua A, 1", asked)
    addresses.accept(asked.id, Inbound.select().order_by(Inbound.id.desc()).get().id, actor=TERMINAL, now=scene.clock())
    assert "[Waiting for customer · 0]" in scene.words(open_home(scene))


def test_claim_and_next_step_work_from_a_row(scene):
    order = scene.order()
    open_home(scene)
    words = act(scene, f"home_claim:{order.id}")
    assert scene.view(order).agent.name == "Rui"
    assert "[Claim]" not in words
    words = act(scene, "Confirm")
    assert scene.view(order).status == "confirmed"
    assert "[Start processing]" in words


def test_marking_shipped_asks_for_the_parcel_first(scene):
    order = scene.order()
    scene.step(order, "processing")
    open_home(scene)
    scene.rui.click(scene.rui.home, "Mark shipped")
    scene.rui.submit(scene.rui.wait_for_modal(), {"Carrier": "Correios"})
    assert (scene.view(order).status, scene.view(order).carrier) == ("shipped", "Correios")


def test_a_late_click_is_answered_in_words_and_the_home_is_fresh(scene):
    order = scene.order()
    open_home(scene)
    give(scene, order, scene.agents[1])
    words = act(scene, f"home_claim:{order.id}")
    assert "was already changed: admin (assigned to Bia" in scene.words(scene.rui.wait_for_modal())
    assert "Bia" in words


def test_filters_narrow_the_list_and_can_be_reset(scene):
    other = a_number(phone_number_id="1100000000002", name="Outlet", slack_channel="C1ORDERS")
    here, there = scene.order(), scene.order(number=other)
    give(scene, there, scene.agents[1])
    open_home(scene)
    words = choose(scene, "home_set:number", "Outlet")
    assert number(scene, there) in words
    assert number(scene, here) not in words
    assert "[Open · 1]" in words, "the counts are those of the shop"
    words = choose(scene, "home_set:agent", "Rui")
    assert home_words.NO_ORDERS in words
    words = act(scene, "Reset")
    assert number(scene, there) in words
    assert number(scene, here) in words
    scene.step(here, "confirmed")
    words = choose(scene, "home_set:show", "Confirmed")
    assert number(scene, here) in words
    assert number(scene, there) not in words


def test_a_team_is_a_filter(scene):
    agents.change(scene.agents[0].id, {"team": "Night"})
    theirs, other = scene.order(), scene.order()
    give(scene, theirs, scene.agents[0])
    open_home(scene)
    words = choose(scene, "home_set:team", "Night")
    assert number(scene, theirs) in words
    assert number(scene, other) not in words


def test_search_finds_by_number_name_and_sku(scene):
    order, other = scene.order(name="Zoe"), scene.order(("S9", 1, "1"), name="Max")
    open_home(scene)
    for typed, found in (("zoe", order), ("S9", other), (number(scene, order), order)):
        words = choose(scene, "home_set:text", typed)
        assert number(scene, found) in words
        assert words.count("· Received ·") == 1


def test_long_lists_have_pages_and_a_page_that_is_gone_is_the_last(scene):
    made = [scene.order() for _ in range(11)]
    words = scene.words(open_home(scene))
    assert "Page 1 of 2 · 11 orders" in words
    assert number(scene, made[0]) not in words
    words = act(scene, "Next")
    assert number(scene, made[0]) in words
    scene.step(made[1], "cancelled", reason="gone")
    assert "Page" not in scene.words(open_home(scene))
    assert number(scene, made[0]) in scene.words(scene.rui.home)


def test_the_home_is_as_its_owner_left_it(scene):
    scene.order()
    open_home(scene)
    act(scene, "Mine · 0")
    assert home_words.NO_ORDERS in scene.words(open_home(scene))


def test_it_is_refreshed_once_when_something_of_the_viewers_changes(lane_scene):
    scene = lane_scene
    order = scene.order()
    open_home(scene)
    scene.clock.skip(seconds=10)
    before = publications(scene)
    for status in ("confirmed", "processing"):
        scene.step(order, status)
    scene.sync()
    assert publications(scene) == before + 1
    assert "Processing *1*" in scene.words(scene.rui.home)


def test_what_is_somebody_elses_refreshes_nobody(scene):
    order = scene.order()
    give(scene, order, scene.agents[1])
    open_home(scene)
    before = publications(scene)
    scene.clock.skip(seconds=10)
    scene.step(order, "confirmed")
    scene.sync()
    assert publications(scene) == before


def test_an_order_taken_away_refreshes_who_had_it(lane_scene):
    scene = lane_scene
    order = scene.order()
    give(scene, order, scene.agents[0])
    open_home(scene)
    scene.clock.skip(seconds=10)
    give(scene, order, scene.agents[1])
    scene.sync()
    assert "[Mine · 0]" in scene.words(scene.rui.home)


def test_a_home_not_opened_lately_is_left_alone(scene):
    order = scene.order()
    open_home(scene)
    before = publications(scene)
    scene.clock.skip(minutes=20)
    scene.step(order, "confirmed")
    scene.sync()
    assert publications(scene) == before


def test_the_lane_gives_way_to_what_somebody_did_there_meanwhile(scene):
    order = scene.order()
    open_home(scene)
    Home.update(view_hash="1764036000.deadbeef").execute()
    scene.clock.skip(seconds=10)
    scene.step(order, "confirmed")
    scene.lane.drain()
    assert scene.slack.calls.of("views.publish")[-1].error == "hash_conflict"
    assert "Confirmed *0*" in scene.words(scene.rui.home), "it was not shown over what is there"
    scene.clock.skip(seconds=10)
    scene.sync()
    assert "Confirmed *1*" in scene.words(scene.rui.home)


def test_slack_refusing_the_list_leaves_the_counts(scene):
    scene.order()
    scene.slack.faults.error("views.publish", "view_too_large")
    words = scene.words(open_home(scene))
    assert home_words.PLAIN_HOME in words
    assert "Received *1*" in words


def test_viewers_see_everything_and_can_change_nothing(scene):
    scene.order()
    words = scene.words(open_home(scene, scene.vic))
    assert "[Open · 1]" in words
    for button in ("Claim", "Confirm", home_words.GO_AWAY):
        with pytest.raises(NotPossible):
            scene.vic.click(scene.vic.home, button)


def test_who_is_not_on_the_roster_is_told_how_to_get_there(scene):
    scene.sam.open_home()
    home = becomes(scene, scene.sam, lambda home: True)
    assert wording.off_the_roster("U4SAM") in scene.words(home)
    assert Home.select().count() == 0


def test_whoever_left_the_roster_can_do_nothing_in_an_old_home(scene):
    order = scene.order()
    open_home(scene)
    agents.remove(scene.agents[0].id, now=scene.clock())
    scene.rui.click(scene.rui.home, f"home_claim:{order.id}")
    assert "not on Wapto's roster" in scene.words(scene.rui.wait_for_modal())
    assert scene.view(order).agent is None


def test_going_away_and_coming_back_is_one_button(scene):
    open_home(scene)
    words = act(scene, home_words.GO_AWAY)
    assert f"[{home_words.COME_BACK}]" in words
    assert agents.by_slack("U1RUI").presence == "away"
    act(scene, home_words.COME_BACK)
    assert agents.by_slack("U1RUI").presence == "on_duty"


def test_whatever_a_button_carries_nothing_but_its_own_values_is_understood(scene):
    open_home(scene)
    for block in scene.rui.home.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "home_set:show:mine":
                element["value"] = "nonsense"
    scene.rui.click(scene.rui.home, "home_set:show:mine")
    assert wording.MALFORMED in scene.words(scene.rui.wait_for_modal())


def test_every_home_fits_slacks_limits(lane_scene):
    scene = lane_scene
    for serial in range(130):
        an_agent(name=f"Agent {serial} " + "x" * 60, team=f"Team {serial} " + "ت" * 40)
    for _ in range(11):
        order = scene.order(name="<!channel> & " + "ن" * 300)
        give(scene, order, scene.agents[1])
    for role in ("admin", "viewer"):
        agents.change(scene.agents[0].id, {"role": role})
        for show in (*home_words.LISTS, *lifecycle.STATUSES):
            seen = overview.of(scene.agents[0].id, Wanted(show=show, text="x" * 100))
            assert problems_of_view(home(seen, lambda row: "https://x.example/a")) == []
    assert problems_of_view(plain(seen)) == problems_of_view(outsider("a" * 200)) == []


def test_two_acts_at_once_end_in_what_was_wanted_last(store):
    agent = an_agent()
    now = agent.created_at
    first = homes.want(agent.id, Wanted(page=2), now)
    second = homes.want(agent.id, Wanted(page=3), now)
    assert not homes.shown(first, 0, "a", None, now)
    assert homes.shown(second, 0, "b", None, now)


def test_the_home_tells_what_customers_answered_lately(scene):
    asked, low = scene.order(), scene.order()
    for order, score in ((asked, 5), (low, 1)):
        Survey.create(
            order=order,
            number=scene.number,
            customer=order.customer,
            kind="review",
            state="answered",
            delivered_at=scene.clock(),
            due_at=scene.clock(),
            asked_at=scene.clock(),
            answered_at=scene.clock(),
            score=score,
            recovery="open" if score == 1 else None,
        )
    assert "Reviews: *50%* (" in scene.words(open_home(scene))
    told = scene.words(scene.rui.home)
    assert f"2 answers, 100% of those asked · *1 recovery open*: {scene.view(low).number}" in told
