"""At a terminal, what needs a second person is refused in one sentence and asked in Slack; after a yes it is done."""

import json
from datetime import UTC, datetime

import pytest

from tests.desk.builders import an_agent
from tests.desk.playing import a_shop, buy
from wapto.desk import numbers
from wapto.desk.approvals import agreeing
from wapto.desk.orders.timeline import Actor
from wapto.domain.identity import order_number
from wapto.store.models import Approval, Order


@pytest.fixture
def order(wapto):
    numbers.change(a_shop(), {"two_person": "all"})
    return buy()


def agree():
    rui = an_agent(name="Rui", role="admin")
    [question] = Approval.select().where(Approval.state == "asked")
    agreeing.agree(question.id, actor=Actor("Rui", "slack", rui.id), now=datetime.now(UTC))


def test_a_paid_order_is_cancelled_once_somebody_agrees_in_slack(wapto, order):
    number = order_number(order.id)
    wapto("orders", "set", number, "--payment", "paid")
    done = wapto("orders", "status", number, "cancelled", "--reason", "sold out")
    assert (done.code, done.out) == (1, "")
    assert done.sentence.startswith(f"A second person has to agree to cancel the paid order {number}")
    agree()
    assert Order.get_by_id(order.id).status == "cancelled"
    kinds = [(entry["kind"], entry["actor"]) for entry in wapto.json("orders", "timeline", number)]
    assert ("approved", "Rui") in kinds


def test_an_export_prints_nothing_until_somebody_agrees_and_works_once(wapto, order):
    refused = wapto("customers", "export")
    assert (refused.code, refused.out) == (1, "")
    assert "Do it again within an hour" in refused.sentence
    agree()
    assert "Ana" in wapto("customers", "export").out
    assert wapto("orders", "export").code == 1
    assert wapto("orders", "export", "--lines").code == 0, "lines tell no phone numbers"


def test_one_persons_data_wait_for_a_second_person_too(wapto, order):
    customer = str(order.customer_id)
    assert wapto("customers", "export", customer).code == 1
    agree()
    assert json.loads(wapto("customers", "export", customer).out)["customers"]
