"""Who takes the next order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wapto.domain.assignment import LEAST_BUSY, MANUAL, MODES, ROUND_ROBIN, Candidate, choose
from wapto.errors import InvalidInput

NAMES = {1: "Ana", 2: "Ben", 3: "Cleo"}


def on_duty(*agent_ids, busy=None, capacity=None):
    """Candidates by id; `busy` says who has how many open orders."""
    return [Candidate(agent_id, NAMES[agent_id], (busy or {}).get(agent_id, 0), capacity) for agent_id in agent_ids]


def chosen(mode, candidates, last=None):
    choice = choose(mode, candidates, last)
    return choice and choice.agent_id


def test_manual_assignment_leaves_the_order_to_be_claimed():
    assert choose(MANUAL, on_duty(1, 2), None) is None


@pytest.mark.parametrize("mode", MODES)
def test_nobody_on_duty_means_nobody_is_chosen(mode):
    assert choose(mode, [], 1) is None


@pytest.mark.parametrize(("last", "expected"), [(None, 1), (1, 2), (2, 3), (3, 1), (99, 1)])
def test_the_round_goes_on_after_whoever_was_last(last, expected):
    assert chosen(ROUND_ROBIN, on_duty(3, 1, 2), last) == expected


def test_the_round_skips_those_who_left_and_keeps_its_place():
    assert chosen(ROUND_ROBIN, on_duty(1, 3), last=2) == 3


def test_the_round_is_fair():
    last, taken = None, Counter()
    for _ in range(9):
        last = chosen(ROUND_ROBIN, on_duty(2, 1, 3), last)
        taken[last] += 1
    assert taken == {1: 3, 2: 3, 3: 3}


def test_the_least_busy_one_is_chosen():
    assert chosen(LEAST_BUSY, on_duty(1, 2, 3, busy={1: 4, 2: 1, 3: 2})) == 2


@pytest.mark.parametrize(("last", "expected"), [(None, 1), (1, 3), (3, 1)])
def test_equally_busy_people_take_turns(last, expected):
    assert chosen(LEAST_BUSY, on_duty(1, 2, 3, busy={2: 1}), last) == expected


def test_people_at_their_capacity_are_passed_over():
    full = Candidate(1, "Ana", open_orders=1, capacity=1)
    able = Candidate(2, "Ben", open_orders=5, capacity=6)
    assert chosen(LEAST_BUSY, [full, able]) == 2
    assert chosen(LEAST_BUSY, [full]) is None


def test_the_reason_says_in_numbers_why():
    assert choose(ROUND_ROBIN, on_duty(1, 2, 3), 1).reason == "It is Ben's turn in the round of 3 on duty."
    assert (
        choose(LEAST_BUSY, on_duty(1, 2, busy={1: 2, 2: 1}), None).reason
        == "Ben has 1 open order, the fewest of 2 on duty with room for more."
    )
    assert "Ana has 0 open orders" in choose(LEAST_BUSY, on_duty(1), None).reason


def test_an_unknown_mode_is_refused_with_those_there_are():
    with pytest.raises(InvalidInput, match="manual, round_robin, least_busy"):
        choose("random", on_duty(1), None)


@given(
    st.lists(
        st.builds(Candidate, st.integers(1, 9), st.just("Ana"), st.integers(0, 5), st.none() | st.integers(0, 5)),
        unique_by=lambda candidate: candidate.agent_id,
    ),
    st.none() | st.integers(1, 9),
)
def test_the_least_busy_choice_is_able_and_has_the_fewest_orders(candidates, last):
    able = {c.agent_id: c.open_orders for c in candidates if c.capacity is None or c.open_orders < c.capacity}
    picked = chosen(LEAST_BUSY, candidates, last)
    assert (picked is None) == (not able)
    assert picked is None or able[picked] == min(able.values())
