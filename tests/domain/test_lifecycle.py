"""The lifecycle: the whole product of status, target, road and where a cancelled order came from."""

from itertools import product

import pytest

from wapto.domain.lifecycle import (
    OPEN,
    ROADS,
    STATUSES,
    Move,
    check_move,
    label,
    moves_from,
    next_step,
    slug_of,
    status_of,
)
from wapto.errors import InvalidInput, Refused

COMMON = ["received", "pending", "confirmed", "processing"]
ROAD = {
    "delivery": [*COMMON, "shipped", "out_for_delivery", "delivered"],
    "pickup": [*COMMON, "ready_for_pickup", "delivered"],
}
SLUGS = list(STATUSES)


def move_by_contract(status, target, fulfillment, cancelled_from):
    """The contract's paragraph "Statuses and moves", spelled out: "free", "with reason" or None."""
    road = ROAD[fulfillment]
    if status == "cancelled":
        return "with reason" if target == cancelled_from and target in road else None
    if target == "returned":
        return "with reason" if status == "delivered" else None
    if target == "cancelled":
        return "with reason" if status not in ("delivered", "returned") else None
    if status not in road or target not in road:
        return None
    step = road.index(target) - road.index(status)
    return "free" if step > 0 else "with reason" if step == -1 else None


@pytest.mark.parametrize("fulfillment", ROAD)
@pytest.mark.parametrize("status", SLUGS)
def test_every_move_is_as_the_contract_says(status, fulfillment):
    for target, cancelled_from in product(SLUGS, [None, *SLUGS[:7]]):
        expected = move_by_contract(status, target, fulfillment, cancelled_from)
        if expected is None:
            with pytest.raises(Refused):
                check_move(status, target, fulfillment, reason="because", cancelled_from=cancelled_from)
        else:
            move = check_move(status, target, fulfillment, reason="because", cancelled_from=cancelled_from)
            assert move == Move(status, target, needs_reason=expected == "with reason")


@pytest.mark.parametrize("fulfillment", ROAD)
def test_a_move_that_needs_a_reason_is_refused_without_words(fulfillment):
    for status in SLUGS:
        for move in moves_from(status, fulfillment, cancelled_from="pending"):
            if move.needs_reason:
                for reason in (None, "", " \n"):
                    with pytest.raises(InvalidInput, match="needs a reason"):
                        check_move(status, move.target, fulfillment, reason=reason, cancelled_from="pending")
            else:
                assert check_move(status, move.target, fulfillment, reason=None) == move


def test_the_two_roads_never_mix():
    assert {fulfillment: list(road) for fulfillment, road in ROADS.items()} == ROAD
    assert not {move.target for status in ROAD["delivery"] for move in moves_from(status, "delivery")} & {
        "ready_for_pickup"
    }
    assert not {move.target for status in ROAD["pickup"] for move in moves_from(status, "pickup")} & {
        "shipped",
        "out_for_delivery",
    }


def test_an_order_on_a_status_of_the_other_road_can_only_be_cancelled():
    assert [move.target for move in moves_from("ready_for_pickup", "delivery")] == ["cancelled"]
    assert [move.target for move in moves_from("shipped", "pickup")] == ["cancelled"]
    assert moves_from("cancelled", "pickup", cancelled_from="shipped") == []


def test_forward_moves_come_first_in_the_order_of_the_road():
    targets = [move.target for move in moves_from("confirmed", "delivery")]
    assert targets == ["processing", "shipped", "out_for_delivery", "delivered", "pending", "cancelled"]


@pytest.mark.parametrize(
    ("status", "fulfillment", "words"),
    [
        ("received", "delivery", "Confirm"),
        ("pending", "delivery", "Confirm"),
        ("confirmed", "delivery", "Start processing"),
        ("processing", "delivery", "Mark shipped"),
        ("shipped", "delivery", "Out for delivery"),
        ("out_for_delivery", "delivery", "Mark delivered"),
        ("received", "pickup", "Confirm"),
        ("pending", "pickup", "Confirm"),
        ("confirmed", "pickup", "Start processing"),
        ("processing", "pickup", "Ready for pickup"),
        ("ready_for_pickup", "pickup", "Mark delivered"),
    ],
)
def test_the_primary_button_bears_the_words_of_the_next_step(status, fulfillment, words):
    assert status_of(next_step(status, fulfillment)).verb == words


@pytest.mark.parametrize("fulfillment", ROAD)
@pytest.mark.parametrize("status", ["delivered", "cancelled", "returned"])
def test_a_closed_order_has_no_primary_button(status, fulfillment):
    assert next_step(status, fulfillment) is None


def test_all_but_the_last_three_statuses_are_open():
    assert list(OPEN) == SLUGS[:7]
    assert SLUGS[7:] == ["delivered", "cancelled", "returned"]


def test_labels_are_those_of_the_contract():
    assert ", ".join(label(slug) for slug in SLUGS) == (
        "Received, Pending, Confirmed, Processing, Shipped, Out for delivery, Ready for pickup, "
        "Delivered, Cancelled, Returned"
    )


def test_an_unknown_status_is_refused_with_those_there_are():
    with pytest.raises(InvalidInput, match="received, pending"):
        check_move("received", "done", "delivery", reason=None)


def test_a_refusal_says_what_is_possible_instead():
    with pytest.raises(Refused, match=r"Delivered cannot become Shipped\. From here it can become: Out for"):
        check_move("delivered", "shipped", "delivery", reason="because")
    with pytest.raises(Refused, match="already Shipped"):
        check_move("shipped", "shipped", "delivery", reason=None)
    with pytest.raises(Refused, match="Nothing can follow"):
        check_move("returned", "delivered", "delivery", reason="because")


@pytest.mark.parametrize("typed", ["out_for_delivery", "Out for delivery", " OUT-FOR-DELIVERY ", "out for  delivery."])
def test_a_status_is_found_however_it_is_typed(typed):
    assert slug_of(typed) == "out_for_delivery"


def test_every_slug_and_label_names_its_status():
    for status in STATUSES.values():
        assert slug_of(status.slug) == slug_of(status.label) == status.slug


def test_a_word_that_is_no_status_is_answered_with_all_of_them():
    with pytest.raises(InvalidInput, match=r"no status “teleported”.*received.*returned"):
        slug_of("teleported")
