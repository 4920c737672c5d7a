from datetime import UTC, datetime, timedelta

import pytest

from wapto.domain.milestones import ahead, reached

START = datetime(2026, 11, 25, 9, tzinfo=UTC)


def way(*statuses):
    """The statuses that are left of these, an hour apart, with the hour each was reached in."""
    changes = [(status, START + timedelta(hours=hour)) for hour, status in enumerate(statuses)]
    return [(one.status, (one.at - START) // timedelta(hours=1)) for one in reached(changes)]


def test_an_order_on_its_way_has_reached_all_that_it_went_through():
    assert way("received", "confirmed", "shipped") == [("received", 0), ("confirmed", 1), ("shipped", 2)]


def test_a_step_back_takes_the_later_milestone_with_it():
    assert way("received", "confirmed", "processing", "confirmed") == [("received", 0), ("confirmed", 3)]


def test_a_step_back_to_what_was_skipped_is_a_milestone_of_its_own():
    assert way("received", "shipped", "processing") == [("received", 0), ("processing", 2)]


def test_a_cancelled_order_keeps_what_it_had_reached():
    assert way("received", "confirmed", "cancelled") == [("received", 0), ("confirmed", 1), ("cancelled", 2)]


def test_a_reopened_order_was_never_cancelled():
    assert way("received", "confirmed", "cancelled", "confirmed") == [("received", 0), ("confirmed", 3)]


def test_what_was_returned_had_been_delivered():
    assert way("received", "delivered", "returned")[-2:] == [("delivered", 1), ("returned", 2)]


@pytest.mark.parametrize(
    ("status", "fulfillment", "steps"),
    [
        ("received", "delivery", ("confirmed", "processing", "shipped", "out_for_delivery", "delivered")),
        ("pending", "pickup", ("confirmed", "processing", "ready_for_pickup", "delivered")),
        ("out_for_delivery", "delivery", ("delivered",)),
        ("delivered", "delivery", ()),
        ("cancelled", "delivery", ()),
        ("returned", "pickup", ()),
    ],
)
def test_what_is_ahead_is_the_rest_of_the_road_without_detours(status, fulfillment, steps):
    assert ahead(status, fulfillment) == steps
