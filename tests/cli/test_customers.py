"""`wapto customers`: who is there, what they are known by, and who of them is one person."""

import pytest

from cli.shapes import instant
from tests.desk.asked import TOMORROW, an_asking_shop, answers, asked
from tests.desk.builders import ANA, a_customer, a_template, a_trigger, an_order
from tests.desk.playing import a_shop, buy, step, take_in
from tests.meta.builders import change, text
from wapto.desk.notices import optouts
from wapto.domain.identity import order_number
from wapto.store.models import Customer, Handle, Message, Order

KEYS = {"id", "name", "phone", "user_id", "username", "language", "tags"}
BIA, NEW = "+5511977776666", "5511966665555"


def test_customers_are_listed_in_the_contracts_shape(wapto):
    ana = a_customer(user_id="BR.1", username="@ana.lima", language="pt_BR")
    [card] = wapto.json("customers", "list")
    assert set(card) >= KEYS
    assert card == {
        "id": ana.id, "name": "Ana Lima", "phone": ANA, "phone_confirmed": True, "user_id": "BR.1",
        "username": "@ana.lima", "language": "pt_BR", "tags": [],
        "orders_count": 0, "spent": [],
    }  # fmt: skip
    assert "Ana Lima" in wapto("customers", "list").out
    assert wapto("customers", "list", "--format", "csv").out.startswith("id,name,phone")


@pytest.mark.parametrize("search", ["ana", "+5511988", "55 11 98888", "@ana", "ana.l", "BR.1"])
def test_they_are_searched_by_name_phone_and_username(wapto, search):
    a_customer(user_id="BR.1", username="@ana.lima")
    a_customer(phone=BIA, name="Bia")
    found = wapto.json("customers", "list", "--search", search)
    assert [card["name"] for card in found] == ["Ana Lima"]


@pytest.mark.parametrize("text", ["1", ANA, "55 11 98888-7777", "+551188887777", "BR.1", "@ana", "Ana LIMA"])
def test_one_is_named_by_id_phone_user_id_username_or_whole_name(wapto, text):
    a_customer(user_id="BR.1", username="ana")
    a_customer(phone=BIA, name="Bia")
    assert wapto.json("customers", "show", text)["id"] == 1
    assert "There is no customer" in wapto("customers", "show", f"{text}x").sentence


def test_several_of_one_name_are_told_apart_by_id(wapto):
    a_customer()
    a_customer(phone=BIA)
    assert "name one by its id: 1, 2." in wapto("customers", "show", "ana lima").sentence


def test_show_has_orders_handles_and_the_conversation(wapto):
    a_shop()
    order = buy(**{"from": ANA[1:]})
    take_in(change(messages=[text("Is it red?", **{"from": ANA[1:], "id": "wamid.2"})]))
    shown = wapto.json("customers", "show", ANA)
    assert [one["number"] for one in shown["orders"]] == [order_number(order.id)]
    assert [one["text"] for one in shown["conversation"]][-1] == "Is it red?"
    [handle] = shown["handles"]
    assert (handle["kind"], handle["value"], handle["state"]) == ("phone", ANA, "trusted")


def test_a_name_given_by_an_agent_is_never_overwritten(wapto):
    a_shop()
    order = buy(**{"from": ANA[1:]})
    changed = wapto.json("customers", "set", ANA, "--name", "Ana Lima", "--language", "pt-br")
    assert (changed["name"], changed["language"]) == ("Ana Lima", "pt_BR")
    contact = {"profile": {"name": "Queen of Cups"}, "wa_id": ANA[1:]}
    take_in(change(messages=[text(**{"from": ANA[1:]})], contacts=[contact]))
    assert Customer.get_by_id(order.customer_id).name == "Ana Lima"
    assert Order.get().last_seq > Order.get().shown_seq
    assert wapto.json("customers", "set", ANA, "--language", "auto")["language"] is None


def test_what_cannot_be_set_is_refused(wapto):
    a_customer()
    assert "1 to 80" in wapto("customers", "set", 1, "--name", " ").sentence
    assert "is not a language" in wapto("customers", "set", 1, "--language", "klingon").sentence
    assert wapto("customers", "set", 1).code == 2


def test_a_new_number_is_confirmed(wapto):
    number = a_shop()
    a_template(waba=number.waba)
    a_trigger(number, "received")
    an_order(number, a_customer())
    told = {"type": "user_changed_number", "wa_id": NEW}
    take_in(change(messages=[{"from": ANA[1:], "id": "wamid.S", "type": "system", "system": told}]))
    assert wapto.json("customers", "show", 1)["phone_confirmed"] is False
    assert wapto.json("customers", "show", ANA)["id"] == 1
    confirmed = wapto.json("customers", "confirm", f"+{NEW}")
    assert (confirmed["phone"], confirmed["phone_confirmed"]) == (f"+{NEW}", True)
    assert "no new number" in wapto("customers", "confirm", 1).sentence
    assert Handle.get(Handle.value == f"+{NEW}").confirmed_by.endswith("(cli)")
    assert Message.select().count() == 0


def test_two_are_merged_and_taken_apart_again(wapto):
    number = a_shop()
    ana, bia = a_customer(), a_customer(phone=BIA, name="Bia")
    an_order(number, bia)
    done = wapto.json("customers", "merge", ana.id, BIA, "--reason", "she said so")
    assert (done["kept"], done["merged"], done["reason"]) == (ana.id, bia.id, "she said so")
    assert done["moved"] == {"handles": 1, "orders": 1}
    assert wapto.json("customers", "show", bia.id)["id"] == ana.id
    assert wapto.json("customers", "show", ana.id)["merged"] == [bia.id]
    assert [card["id"] for card in wapto.json("customers", "list")] == [ana.id]
    assert "with themselves" in wapto("customers", "merge", ana.id, bia.id).sentence
    assert wapto.json("customers", "unmerge", bia.id)["undone_at"]
    assert wapto.json("customers", "show", bia.id)["name"] == "Bia"
    assert "is not merged" in wapto("customers", "unmerge", bia.id).sentence
    assert "is not the id" in wapto("customers", "unmerge", BIA).sentence


def test_tags_and_notes_are_kept_listed_and_searched(wapto):
    a_shop()
    order = buy(**{"from": ANA[1:]})
    a_customer(BIA, name="Bia")
    assert wapto.json("customers", "tag", ANA, "VIP", "wholesale")["tags"] == ["vip", "wholesale"]
    assert wapto.json("customers", "tag", ANA, "wholesale", "--remove")["tags"] == ["vip"]
    [note] = wapto.json("customers", "note", ANA, "Rings twice")["notes"]
    assert note["text"] == "Rings twice"
    assert [card["id"] for card in wapto.json("customers", "list", "--tag", "vip")] == [order.customer_id]
    assert [card["id"] for card in wapto.json("customers", "list", "--search", "twice")] == [order.customer_id]
    assert [row["number"] for row in wapto.json("orders", "list", "--search", "#vip")] == [order_number(order.id)]
    assert " vip " in wapto("customers", "list").out
    assert wapto("customers", "tag", ANA).code == 2
    assert "is no tag" in wapto("customers", "tag", ANA, "a,b").sentence


def test_show_has_what_they_bought_what_they_thought_and_what_they_do_not_want(wapto):
    an_asking_shop(survey_rest_days=0)
    order = asked()
    answers("4, lovely")
    step(buy(), "cancelled", reason="no stock")
    optouts.stop(order.customer_id, "user_preferences", TOMORROW)
    shown = wapto.json("customers", "show", order.customer_id)
    assert shown["orders_count"] == 2
    total = wapto.json("orders", "show", order_number(order.id))["total"]
    assert shown["spent"] == [{"currency": "BRL", "amount": total}]
    [score] = shown["scores"]
    assert (score["order"], score["score"], score["comment"]) == (order_number(order.id), 4, "lovely")
    assert (shown["marketing_stopped_at"], shown["marketing_stop_source"]) == (instant(TOMORROW), "user_preferences")
    assert (shown["notes"], shown["tags"]) == ([], [])
