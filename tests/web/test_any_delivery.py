"""Whatever arrives, in whatever shape and order: it is answered, nothing well-formed is lost, nothing is done twice.

Hypothesis prints the falsifying example and a line that replays it.
"""

import json
from functools import partial
from itertools import count, permutations

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.playing import a_shop, at_once, drain
from tests.desk.telling import a_telling_shop, waiting
from tests.meta.builders import body, cart, change, notification, status
from tests.meta.test_webhook_survives import SMALL, anything, paths, replaced
from tests.web.builders import NOW, signed
from wapto.desk.intake import intake
from wapto.meta.webhook import is_json
from wapto.store import models
from wapto.store.models import InboxEntry, Message, Order
from wapto.web.webhook import PATH

MANY = settings(
    max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_serial = count(1)


def post(web, raw):
    return requests.post(web + PATH, data=raw, headers=signed(raw), timeout=20).status_code


def next_good_one_works(web):
    wamid = f"wamid.good.{next(_serial)}"
    assert post(web, body(notification(change(messages=[cart(id=wamid)])))) == 200
    drain()
    assert Order.select().where(Order.source_wamid == wamid).count() == 1


@pytest.fixture
def shop(web):
    a_shop()
    return web


@MANY
@given(data=st.data(), raw=st.sampled_from(SMALL))
def test_no_damage_to_a_delivery_is_an_error_or_stops_the_next(shop, tried, data, raw):
    tried["deliveries"] += 1
    start = data.draw(st.integers(0, len(raw)), label="start")
    end = data.draw(st.integers(start, min(len(raw), start + 40)), label="end")
    spoiled = raw[:start] + data.draw(st.binary(max_size=10), label="instead") + raw[end:]
    assert post(shop, spoiled) == (200 if is_json(spoiled) else 400)
    next_good_one_works(shop)
    assert not InboxEntry.select().where(InboxEntry.state == "new").exists()


@MANY
@given(data=st.data(), raw=st.sampled_from([raw for raw in SMALL if is_json(raw)]), new=anything)
def test_no_value_of_another_type_is_an_error_or_stops_the_next(shop, tried, data, raw, new):
    tried["deliveries"] += 1
    document = json.loads(raw)
    path = data.draw(st.sampled_from(list(paths(document))), label="path")
    assert post(shop, body(replaced(document, path, new))) == 200
    next_good_one_works(shop)
    assert not InboxEntry.select().where(InboxEntry.state == "new").exists()


@MANY
@given(data=st.data(), new=anything | st.text(min_size=5_000, max_size=5_010))
def test_a_spoiled_cart_takes_no_sibling_with_it(shop, tried, data, new):
    tried["deliveries"] += 1
    names = [f"wamid.{next(_serial)}" for _ in range(3)]
    carts = [cart(id=name) for name in names]
    path = data.draw(st.sampled_from(list(paths(carts[1]))), label="path")
    assert post(shop, body(notification(change(messages=[carts[0], replaced(carts[1], path, new), carts[2]])))) == 200
    drain()
    assert Order.select().where(Order.source_wamid.in_([names[0], names[2]])).count() == 2


@pytest.mark.parametrize("order_of_arrival", list(permutations(["sent", "delivered", "read"])), ids="-".join)
def test_statuses_end_in_the_furthest_one_in_whatever_order_they_come(web, order_of_arrival):
    message = waiting(a_telling_shop(), state="accepted", wamid="wamid.ours")
    for name in (*order_of_arrival, *order_of_arrival):
        assert post(web, body(notification(change(statuses=[status(id="wamid.ours", status=name)])))) == 200
    drain()
    assert Message.get_by_id(message.id).state == "read"


def test_replaying_the_whole_inbox_twice_changes_nothing(shop):
    for raw in SMALL:
        post(shop, raw)
    drain()
    before = everything()
    for _ in range(2):
        for entry in InboxEntry.select().order_by(InboxEntry.id):
            intake.replay(entry.id, NOW)
    assert everything() == before


def everything():
    return {model: list(model.select().order_by(model.id).tuples()) for model in models.ALL}


def test_a_hundred_redeliveries_at_once_are_one_order(web_on_each):
    a_shop()
    raw = body(notification(change(messages=[cart(id="wamid.again")])))
    assert set(at_once(*[partial(post, web_on_each, raw)] * 100)) == {200}
    entries = [entry.id for entry in InboxEntry.select()]
    at_once(*(partial(intake.replay, entry, NOW) for entry in entries))
    drain()
    assert (len(entries), Order.select().count()) == (100, 1)
    assert {entry.state for entry in InboxEntry.select()} == {"done"}
