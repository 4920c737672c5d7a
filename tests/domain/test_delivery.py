"""Receipts move a message forward only: the whole product of states and receipts."""

from itertools import product

import pytest

from wapto.domain.delivery import (
    ACCEPTED,
    BLOCKING,
    DELIVERED,
    FAILED,
    HELD,
    PLAYED,
    PROVEN,
    QUEUED,
    READ,
    RECEIPTS,
    SENDING,
    SENT,
    SKIPPED,
    STATES,
    UNKNOWN,
    advance,
)

_ = None
TABLE = {
    # state       accepted  sent  delivered  read  played  failed
    HELD: (_, _, _, _, _, _),
    QUEUED: (ACCEPTED, SENT, DELIVERED, READ, READ, _),
    SENDING: (ACCEPTED, SENT, DELIVERED, READ, READ, FAILED),
    UNKNOWN: (ACCEPTED, SENT, DELIVERED, READ, READ, FAILED),
    ACCEPTED: (_, SENT, DELIVERED, READ, READ, FAILED),
    SENT: (_, _, DELIVERED, READ, READ, FAILED),
    DELIVERED: (_, _, _, READ, READ, _),
    READ: (_, _, _, _, _, _),
    FAILED: (_, _, _, _, _, _),
    SKIPPED: (_, _, _, _, _, _),
}
RECEIVED = (ACCEPTED, SENT, DELIVERED, READ, PLAYED, FAILED)


@pytest.mark.parametrize(("state", "receipt"), [*product(TABLE, RECEIVED)])
def test_a_receipt_moves_a_message_as_the_table_says(state, receipt):
    assert advance(state, receipt) == TABLE[state][RECEIVED.index(receipt)]


def test_the_table_covers_all_states_and_receipts():
    assert set(TABLE) == set(STATES)
    assert set(RECEIVED) == set(RECEIPTS)


def test_the_states_are_those_of_the_contract():
    assert " ".join(STATES) == "held queued sending accepted sent delivered read failed unknown skipped"


@pytest.mark.parametrize("receipt", ["deleted", "warning", "", "held", "queued", "unknown", "skipped"])
def test_a_receipt_that_we_do_not_know_changes_nothing(receipt):
    assert [advance(state, receipt) for state in STATES] == [None] * len(STATES)


@pytest.mark.parametrize("order", [*product([SENT, DELIVERED, READ], repeat=3)])
def test_in_whatever_order_receipts_arrive_the_furthest_wins(order):
    state = ACCEPTED
    for receipt in order:
        state = advance(state, receipt) or state
    assert state == max(order, key=RECEIVED.index)


def test_what_is_proven_never_blocks_and_is_never_unproven_by_a_late_answer():
    assert not set(PROVEN) & set(BLOCKING)
    assert all(advance(state, ACCEPTED) is None for state in PROVEN)


def test_only_messages_on_their_way_out_block_the_customer_s_line():
    assert set(BLOCKING) == {QUEUED, SENDING}
