"""People and their handles: the same person is met again, whichever handle they come with."""

import threading
from functools import partial

import pytest

from tests.desk.builders import NOW, WABA
from tests.desk.playing import a_shop, at_once, buy, take_in, until_somebody_waits
from tests.meta.builders import cart, change
from wapto.desk.customers import customers
from wapto.store.database import transaction
from wapto.store.models import Customer, Handle

USER_ID = "BR.1502500000000001"


def meet(phone=None, user_id=None, name=None, username=None, scope=WABA):
    with transaction():
        return customers.find_or_create(
            phone=phone, user_id=user_id, scope=scope, name=name, username=username, now=NOW
        )


def handles(customer):
    return {(handle.kind, handle.value) for handle in Handle.select().where(Handle.customer == customer)}


def test_somebody_met_again_is_the_same_customer(store):
    assert meet("+5511988887777") == meet("+5511988887777")
    assert meet("+5511988887777") != meet("+5511977776666")


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("+5511988887777", "+551188887777"),
        ("+551188887777", "+5511988887777"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_a_phone_number_is_known_in_its_other_national_spelling(sqlite_store, known, written):
    ana = meet(known)
    assert meet(written) == ana
    assert handles(ana) == {("phone", known), ("phone", written)}
    assert customers.phone_of(ana.id) == written


def test_a_user_id_ties_to_the_phone_it_came_with_and_finds_the_customer_alone(sqlite_store):
    ana = meet("+5511988887777")
    assert meet("+5511988887777", USER_ID) == ana
    assert meet(user_id=USER_ID) == ana
    assert customers.user_id_of(ana.id, WABA) == USER_ID
    assert customers.phone_of(ana.id) == "+5511988887777"


def test_a_phone_that_becomes_visible_later_is_tied_to_the_user_id(sqlite_store):
    ana = meet(user_id=USER_ID)
    assert customers.phone_of(ana.id) is None
    assert meet("+5511988887777", USER_ID) == ana
    assert customers.phone_of(ana.id) == "+5511988887777"


def test_a_user_id_means_somebody_only_within_its_account(sqlite_store):
    assert meet(user_id=USER_ID) != meet(user_id=USER_ID, scope="200000000000002")


def test_handles_of_two_people_in_one_message_mean_the_owner_of_the_phone(sqlite_store):
    by_phone, by_id = meet("+5511988887777"), meet(user_id=USER_ID)
    assert meet("+5511988887777", USER_ID) == by_phone
    assert meet(user_id=USER_ID) == by_id
    assert Customer.select().count() == 2


def test_a_new_person_met_by_several_at_once_is_one_customer(store):
    met = at_once(*[partial(meet, "+5511988887777", USER_ID, "Ana")] * 6)
    assert len(set(met)) == 1
    assert handles(met[0]) == {("phone", "+5511988887777"), ("user_id", USER_ID)}


def test_whoever_meets_a_new_person_a_moment_too_late_leaves_nobody_behind(postgres_store):
    late = []
    waiting = threading.Thread(target=lambda: late.extend(at_once(partial(meet, "+5511988887777"))))
    with transaction():
        ana = meet("+5511988887777")
        waiting.start()
        until_somebody_waits()
    waiting.join(10)
    assert late == [ana]
    assert Customer.select().count() == 1


def test_a_name_is_filled_in_once_and_never_overwritten(sqlite_store):
    meet("+5511988887777")
    assert meet("+5511988887777", name="Ana").name == "Ana"
    meet("+5511988887777", name="Queen of Cups")
    assert Customer.get().name == "Ana"


def test_a_username_follows_its_owner_and_identifies_nobody(sqlite_store):
    meet(user_id=USER_ID, username="@ana")
    meet(user_id=USER_ID, username="@ana.lima")
    assert Customer.get().username == "@ana.lima"
    assert meet(user_id="BR.2", username="@ana.lima") != Customer.get()


def test_somebody_without_a_phone_number_can_order(sqlite_store):
    a_shop()
    sender = {"from": None, "from_user_id": USER_ID}
    contact = {"profile": {"name": "Ana", "username": "@ana"}, "user_id": USER_ID}
    take_in(change(messages=[cart(**sender)], contacts=[contact]))
    ana = Customer.get()
    assert (ana.name, ana.username) == ("Ana", "@ana")
    assert handles(ana) == {("user_id", USER_ID)}


def test_an_empty_sender_with_a_user_id_is_known_by_that(sqlite_store):
    a_shop()
    take_in(change(messages=[cart(**{"from": "", "from_user_id": USER_ID})]))
    assert handles(Customer.get()) == {("user_id", USER_ID)}


def test_a_user_id_that_is_none_ties_nobody_together(sqlite_store):
    a_shop()
    ana = buy(**{"from": "5511988887777", "from_user_id": "unknown"})
    rui = buy(**{"from": "5511977776666", "from_user_id": "unknown"})
    assert ana.customer != rui.customer


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({"name": "Ana\n\u202eLima"}, "Ana Lima"),
        ({"name": "👩‍👩‍👧"}, "👩‍👩‍👧"),
        ({"name": " \u200b\u3164 "}, None),
        ({"name": ""}, None),
        ({}, None),
    ],
)
def test_a_name_is_one_line_that_can_be_seen(sqlite_store, profile, name):
    a_shop()
    take_in(change(messages=[cart()], contacts=[{"profile": profile, "wa_id": "5511999990000"}]))
    assert Customer.get().name == name
