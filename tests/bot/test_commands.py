import pytest

from bot import manual, wording
from wapto.desk.orders import timeline
from wapto.domain.lifecycle import STATUSES
from wapto.store.models import Number


def answer(scene, text, user=None):
    """What a person is shown after they typed /wapto and `text`."""
    user = user or scene.rui
    seen = len(user.ephemerals)
    user.command("/wapto", text)
    scene.slack.wait_for(lambda: len(user.ephemerals) > seen)
    return scene.words(user.ephemerals[-1])


def number(scene, order):
    return scene.view(order).number


@pytest.mark.parametrize("text", ["help", "", "  HELP  "])
def test_help_names_every_subcommand_and_status(scene, text):
    said = answer(scene, text)
    for usage, _ in manual.USAGE.values():
        assert f"/wapto {usage}" in said
    for status in STATUSES.values():
        assert status.label in said


def test_anybody_may_read_the_help(scene):
    assert "What /wapto can do" in answer(scene, "help", scene.sam)


@pytest.mark.parametrize(
    "typed",
    [
        lambda n: n,
        lambda n: n.lower(),
        lambda n: n.removeprefix("W-"),
        lambda n: n.removeprefix("W-").lower(),
        lambda n: n.replace("-", ""),
        lambda n: n.replace("-", " "),
        lambda n: n.replace("-", "–"),
        lambda n: f"#{n}",
        lambda n: f" {n} ",
    ],
)
def test_an_order_is_shown_by_its_number_however_it_is_typed(scene, typed):
    order = scene.order()
    said = answer(scene, f"show {typed(number(scene, order))}")
    assert said.startswith(f"{number(scene, order)} · Loja")
    assert "Total: R$99.70" in said
    assert "[Claim]" not in said, "an answer is not kept up to date, so it has no buttons"


def test_a_shown_order_leads_to_its_card(scene):
    order, card = scene.card()
    answer(scene, f"show {number(scene, order)}")
    link = f"{scene.slack.url}/archives/{card.channel}/p{card.ts.replace('.', '')}"
    assert f"<{link}|Open the card>" in scene.rui.ephemerals[-1].blocks[-1]["elements"][0]["text"]


def test_an_unknown_order_is_named_and_its_markup_does_nothing(scene):
    assert answer(scene, "show W-0000") == "There is no order “W-0000”."
    answer(scene, "show <!channel>")
    assert scene.rui.ephemerals[-1].text == "There is no order “&lt;!channel&gt;”."


def test_a_typo_brings_up_the_nearest_subcommand_and_does_nothing(scene):
    order = scene.order()
    said = answer(scene, f"cliam {number(scene, order)}")
    assert said == "There is no subcommand “cliam”. Did you mean claim? Nothing was changed."
    assert scene.view(order).agent is None
    assert f"There are: {', '.join(manual.USAGE)}." in answer(scene, "qqqq")


def test_claim_makes_the_order_the_speakers(scene):
    order = scene.order()
    assert answer(scene, f"claim {number(scene, order)}") == f"{number(scene, order)} is yours now."
    assert scene.view(order).agent.name == "Rui"


@pytest.mark.parametrize("person", ["@bia", "Bia", "bia", "U2BIA"])
def test_assign_takes_a_mention_a_name_or_an_id(scene, person):
    order = scene.order()
    assert answer(scene, f"assign {number(scene, order)} {person}") == f"{number(scene, order)} now belongs to @Bia."
    assert scene.view(order).agent.name == "Bia"


def test_nobody_can_be_given_an_order_who_takes_none(scene):
    order = scene.order()
    assert "Vic is a viewer" in answer(scene, f"assign {number(scene, order)} @vic")
    assert "There is no agent “U4SAM”" in answer(scene, f"assign {number(scene, order)} @sam")
    assert scene.view(order).agent is None


@pytest.mark.parametrize("typed", ["out_for_delivery", "Out for delivery", "OUT FOR\u00a0DELIVERY", "out-for-delivery"])
def test_a_status_is_known_by_its_slug_or_label(scene, typed):
    order = scene.order()
    assert answer(scene, f"status {number(scene, order)} {typed}") == f"{number(scene, order)} is now Out for delivery."


@pytest.mark.parametrize("typed", ["out of stock", "“out of stock”", ": out of stock", "'out of stock'"])
def test_a_reason_follows_the_status(scene, typed):
    order = scene.order()
    answer(scene, f"status {number(scene, order)} cancelled {typed}")
    assert (scene.view(order).status, scene.view(order).reason) == ("cancelled", "out of stock")


def test_a_reason_is_kept_as_it_was_typed(scene):
    order = scene.order()
    answer(scene, f"status {number(scene, order)} cancelled <b> & &amp;")
    assert scene.view(order).reason == "<b> & &amp;"


def test_a_misspelled_status_changes_nothing(scene):
    order = scene.order()
    said = answer(scene, f"status {number(scene, order)} shiped today")
    assert said == "There is no status “shiped”. Did you mean shipped? Nothing was changed."
    assert scene.view(order).status == "received"


def test_a_move_that_the_lifecycle_forbids_is_refused_in_its_words(scene):
    order = scene.order()
    said = answer(scene, f"status {number(scene, order)} returned broken")
    assert said.startswith("A delivery order that is Received cannot become Returned. From here it can become:")


@pytest.mark.parametrize(
    ("typed", "usage"),
    [
        ("show", "show N"),
        ("claim", "claim N"),
        ("assign W-7KQ2", "assign N @agent"),
        ("status W-7KQ2", "status N STATUS [reason]"),
        ("status ???", "status N STATUS [reason]"),
    ],
)
def test_a_command_with_something_missing_says_how_it_is_written(scene, typed, usage):
    assert answer(scene, typed) == f"Write it like this: /wapto {usage}"


def test_the_list_shows_at_most_ten_with_the_total_and_the_way_to_each(scene):
    orders = [scene.order(name=f"Ana {turn}") for turn in range(12)]
    scene.step(orders[0], "cancelled", reason="no stock")
    scene.sync()
    said = answer(scene, "list").splitlines()
    assert said[0] == "The newest 10 of 11 open orders:"
    assert said[11:] == ["[1 more]"]
    assert said[1] == f"{number(scene, orders[-1])} · Received · Ana 11 · R$99.70"
    links = [part for part in scene.rui.ephemerals[-1].blocks[1]["elements"][0]["elements"] if part["type"] == "link"]
    assert len(links) == 10
    assert answer(scene, "list cancelled").splitlines()[0] == "The only Cancelled order:"


def pressed(scene, name, user=None):
    """What a person is shown after they pressed a button of the last answer."""
    user = user or scene.rui
    seen = len(user.ephemerals)
    user.click(user.ephemerals[-1], name)
    scene.slack.wait_for(lambda: len(user.ephemerals) > seen)
    return scene.words(user.ephemerals[-1])


def test_more_brings_up_the_next_ten_until_there_are_no_more(scene):
    made = [scene.order() for _ in range(23)]
    answer(scene, "list")
    said = pressed(scene, "10 more").splitlines()
    assert said[0] == "11 to 20 of 23 open orders:"
    assert said[1].startswith(number(scene, made[12]))
    said = pressed(scene, "3 more").splitlines()
    assert said[0] == "21 to 23 of 23 open orders:"
    assert len(said) == 4


def test_more_of_a_list_that_became_shorter_says_so(scene):
    made = [scene.order() for _ in range(11)]
    answer(scene, "list")
    scene.step(made[0], "cancelled", reason="no stock")
    assert pressed(scene, "1 more") == "There are no more of these."


def test_mine_and_unassigned_are_the_speakers_own_and_nobodys(scene):
    mine, free = scene.order(), scene.order()
    answer(scene, f"claim {number(scene, mine)}")
    assert answer(scene, "mine").splitlines()[0] == "The only open order of yours:"
    assert number(scene, mine) in answer(scene, "mine")
    assert number(scene, free) in answer(scene, "unassigned")
    assert answer(scene, "mine", scene.bia) == "There are no open orders of yours."


def test_waiting_lists_what_the_customer_has_to_answer(scene):
    order, _ = scene.order(), scene.order()
    scene.step(order, "pending")
    said = answer(scene, "waiting")
    assert said.startswith("The only order waiting for the customer:")
    assert scene.view(order).number in said


def test_find_looks_in_all_orders(scene):
    order, _ = scene.order(name="Zoe Ångström"), scene.order()
    scene.step(order, "cancelled", reason="no stock")
    assert number(scene, order) in answer(scene, "find zoe")
    assert answer(scene, "find <!channel>") == "There are no orders matching “<!channel>”."
    assert "&lt;!channel&gt;" in scene.rui.ephemerals[-1].text


def test_why_repeats_the_reason_that_was_kept(scene):
    order = scene.order()
    n = number(scene, order)
    assert answer(scene, f"why {n}") == f"Nobody has {n}: it waits to be claimed."
    answer(scene, f"assign {n} @bia")
    assert answer(scene, f"why {n}") == f"{n} is with Bia: given by Rui"
    scene.step(order, "cancelled", reason="no stock")
    assert answer(scene, f"why {n}").startswith(f"{n} is with Bia")


def test_stats_count_orders_and_people(scene):
    order = scene.order()
    scene.order()
    answer(scene, f"claim {number(scene, order)}")
    answer(scene, "away", scene.bia)
    said = answer(scene, "stats")
    assert "Received 2 · Pending 0" in said
    assert "Open 2 · Mine 1 · Unassigned 1 · Late 0 · Waiting for customer 0 · Customer not told 0" in said
    assert "Rui: 1 open\nBia: 0 open, away\n" in said


def test_a_note_is_kept_as_it_was_typed(scene):
    order = scene.order()
    assert answer(scene, f"note {number(scene, order)} gift & <wrap>").startswith("Noted on ")
    assert timeline.entries(order.id)[-1].text == "gift & <wrap>"
    assert "Write it like this" in answer(scene, f"note {number(scene, order)}")


def test_who_is_away_gets_no_new_orders_until_they_are_back(scene):
    Number.update(assignment="round_robin").execute()
    said = answer(scene, "away")
    assert said == "You are away and get no new orders. /wapto back brings you back."
    assert {scene.view(scene.order(number=Number.get())).agent.name for _ in range(3)} == {"Bia"}
    answer(scene, "back")
    assert {scene.view(scene.order(number=Number.get())).agent.name for _ in range(2)} == {"Bia", "Rui"}


def test_with_everybody_away_orders_wait_and_the_first_to_return_is_told(scene):
    Number.update(assignment="round_robin").execute()
    answer(scene, "away")
    assert "Nobody is on duty now" in answer(scene, "away", scene.bia)
    order, card = scene.card(number=Number.get())
    assert scene.view(order).agent is None
    assert wording.NOBODY_ON_DUTY in scene.words(card)
    said = answer(scene, "back")
    assert "Waiting for somebody: 1; /wapto unassigned lists them." in said
    scene.sync()
    assert "Nobody yet · on duty: @Rui" in scene.words(card)


@pytest.mark.parametrize("name", manual.USAGE)
def test_help_on_a_command_shows_how_it_is_written(scene, name):
    assert f"/wapto {manual.USAGE[name][0]}" in answer(scene, f"help {name}")


def test_help_on_status_explains_everything_in_it(scene):
    said = answer(scene, "help status", scene.sam)
    assert "For example: `/wapto status W-7KQ2 cancelled out of stock`" in said
    for word in ("N is", "STATUS is one of", "[reason] is needed"):
        assert word in said
    assert "Did you mean status?" in answer(scene, "help staus")


def test_an_empty_list_says_so(scene):
    assert answer(scene, "list") == "There are no open orders."
    assert "There is no status “shippd”. Did you mean shipped?" in answer(scene, "list shippd")


def test_answers_are_seen_by_the_speaker_only(scene):
    order, _ = scene.card()
    for text in ("list", "help", f"show {number(scene, order)}", f"claim {number(scene, order)}", "nonsense"):
        answer(scene, text)
    assert len(scene.cards) == 1
    assert scene.bia.ephemerals == []
    assert scene.slack.calls.refused() == []
