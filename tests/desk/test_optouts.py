"""Who wants no marketing messages gets none of that kind, and all others; who said so and when is kept."""

from datetime import timedelta

import pytest

from tests.desk.builders import NOTICE, NOW, a_template
from tests.desk.telling import LATER, a_shipped_order, claimed, in_flight, promised
from wapto.desk.notices import notices, optouts
from wapto.desk.notices.outcomes import Returned, record
from wapto.meta.errors import GraphError
from wapto.meta.payloads import Fault, Receipt
from wapto.store.database import transaction
from wapto.store.models import Customer, Message, Order, Template, Trigger


def wants_none(**changes):
    Customer.update({"marketing_stopped_at": NOW, "marketing_stop_source": "user_preferences"} | changes).execute()


def test_a_template_of_the_marketing_kind_is_skipped_with_source_and_time(store):
    a_shipped_order()
    Template.update(category="MARKETING").execute()
    wants_none()
    message = promised(Order.get())
    assert message.state == "skipped"
    assert message.reason.startswith("The customer wants no marketing messages since 2026-11-25 (told WhatsApp)")


def test_a_utility_template_is_sent_all_the_same(store):
    a_shipped_order()
    wants_none()
    assert promised(Order.get()).state == "queued"


def test_a_fallback_of_the_utility_kind_takes_its_place(store):
    a_shipped_order()
    Template.update(category="MARKETING").execute()
    a_template({**NOTICE, "name": "order_plain"})
    Trigger.update(fallback="order_plain").execute()
    wants_none()
    assert (promised(Order.get()).state, Message.get().template) == ("queued", "order_plain")


def test_a_wish_that_comes_before_the_message_leaves_stops_it(store):
    promised(a_shipped_order())
    Template.update(category="MARKETING").execute()
    wants_none()
    assert claimed().works == []
    assert Message.get().state == "skipped"


def test_what_was_held_is_dropped_when_they_want_it_no_more(store):
    a_shipped_order()
    Template.update(status="PAUSED", category="MARKETING").execute()
    promised(Order.get())
    wants_none()
    Template.update(status="APPROVED").execute()
    notices.release_all(LATER)
    assert Message.get().state == "skipped"


@pytest.mark.parametrize("way", ["answer", "receipt"])
def test_metas_131050_is_such_a_wish(store, way):
    if way == "receipt":
        in_flight(wamid="wamid.1")
        notices.apply_receipt(Receipt("wamid.1", "failed", NOW, errors=(Fault(131050, "", ""),)), LATER)
    else:
        promised(a_shipped_order())
        [work] = claimed().works
        with transaction() as tx:
            record(tx, [Returned(work, GraphError(131050, http_status=400))], LATER)
    assert Message.get().state == "failed"
    customer = Customer.get()
    assert (customer.marketing_stopped_at, customer.marketing_stop_source) == (LATER, "131050")


def test_a_wish_to_get_them_again_counts_only_if_it_is_the_later_one(store):
    a_shipped_order()
    wants_none()
    optouts.resume(Customer.get().id, NOW - timedelta(seconds=1))
    assert Customer.get().marketing_stopped_at
    optouts.resume(Customer.get().id, NOW + timedelta(seconds=1))
    assert Customer.get().marketing_stopped_at is None
