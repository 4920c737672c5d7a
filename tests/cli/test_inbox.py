"""`wapto inbox`: webhooks as they arrived, with advice for those that could not be handled."""

import pytest
from structlog.testing import capture_logs

from tests.desk.builders import NOW
from tests.desk.playing import a_shop, arrive, take_in
from tests.meta.builders import cart, change, text
from wapto.desk.intake import inbox
from wapto.store.database import db
from wapto.store.models import Order

NAMELESS = cart(id="wamid.2", **{"from": ""})


def test_an_entry_is_shown_in_the_contracts_shape(wapto):
    a_shop()
    take_in(change(messages=[cart(), NAMELESS]))
    shown = wapto.json("inbox", "show", 1)
    assert shown == {
        "id": 1, "received_at": "2026-11-25T09:00:00Z", "state": "partial", "attempts": 1, "error": None,
        "elements": [
            {"wamid": "wamid.CART", "outcome": "done", "reason": None},
            {"wamid": "wamid.2", "outcome": "failed", "reason": shown["elements"][1]["reason"]},
        ],
    }  # fmt: skip
    assert "no sender" in shown["elements"][1]["reason"]
    assert wapto.json("inbox", "list") == [shown]


def test_entries_are_chosen_by_state_newest_first(wapto):
    a_shop()
    take_in(change(messages=[cart()]))
    take_in(change(messages=[NAMELESS]))
    arrive(change(messages=[text()]))
    assert [entry["id"] for entry in wapto.json("inbox", "list")] == [3, 2, 1]
    assert [entry["id"] for entry in wapto.json("inbox", "list", "--limit", "1")] == [3]
    for state, entry_id in (("new", 3), ("failed", 2), ("done", 1)):
        assert [entry["id"] for entry in wapto.json("inbox", "list", "--state", state)] == [entry_id]


def test_a_cart_for_an_unknown_number_is_listed_with_advice_that_works_word_for_word(wapto):
    take_in(change(messages=[cart()]))
    row = wapto("inbox", "list", "--state", "kept").out.splitlines()[1]
    advice = row.partition("`wapto ")[2].partition("`")[0]
    assert advice == "numbers add 100000000000001 --waba 200000000000001 --slack-channel C…"
    assert wapto(*advice.replace("C…", "C0ORDERS").split()).code == 0
    assert wapto("inbox", "replay", 1).out == "1: done\n"
    assert Order.select().count() == 1


def test_all_that_failed_is_replayed_at_once(wapto):
    a_shop()
    take_in(change(messages=[NAMELESS]))
    take_in(change(messages=[cart()]))
    take_in(change(messages=[text(), NAMELESS]))
    done = wapto("inbox", "replay", "--all-failed")
    assert (done.code, done.out) == (1, "1: failed\n3: partial\n")
    assert done.err == "Something could not be handled again; `wapto inbox show 1` says what and why.\n"


def test_a_fault_of_ours_in_a_replay_is_told_in_words_and_not_by_a_traceback(wapto):
    a_shop()
    db.execute_sql("CREATE TRIGGER fault BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'a fault of ours'); END")
    with capture_logs():
        take_in(change(messages=[cart()]))
    done = wapto("inbox", "replay", 1)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "1: failed\n", 1)
    assert "Wapto failed on it (IntegrityError)" in wapto("inbox", "list").out


def test_with_nothing_to_replay_nothing_is_said(wapto):
    done = wapto("inbox", "replay", "--all-failed")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("words", [["replay"], ["replay", "1", "--all-failed"], ["show", "9" * 30], ["replay", "x"]])
def test_naming_nothing_or_too_much_is_wrong_usage(wapto, words):
    assert wapto("inbox", *words).code == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "7"], "There is no inbox entry 7."),
        (["replay", "7"], "There is no inbox entry 7."),
        (["list", "--state", "lost"], "“lost” is no state of an inbox entry; states are: new, done, kept"),
    ],
)
def test_what_is_not_there_is_said_to_be_so(wapto, words, sentence):
    assert wapto("inbox", *words).sentence.startswith(sentence)


def test_the_webhook_itself_is_printed_with_numbers_masked(wapto):
    a_shop()
    take_in(change(messages=[text("call \x1b[31m+55 11 98888-7777", **{"from": "5511988887777"})]))
    shown = wapto("inbox", "show", 1, "--raw")
    assert shown.code == 0
    assert '"from": "…7777"' in shown.out.replace('":"', '": "')
    assert "98888" not in shown.out
    assert "\x1b" not in shown.out


def test_bytes_that_are_no_text_are_printed_all_the_same(wapto):
    inbox.store_raw(b'{"a": "\xff\x9b"}', NOW)
    assert wapto("inbox", "show", 1, "--raw").out == '{"a": "\\xff\\x9b"}\n'


WRITTEN = [
    "5511988887777",
    "call5511988887777",
    "\\u00e45511988887777",
    "(11) 98888-7777",
    "11 9 8888 7777",
    "+55 11 98888-7777",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_number_is_masked_however_it_is_written(wapto, written):
    inbox.store_raw(f'{{"body": "{written}"}}'.encode(), NOW)
    shown = wapto("inbox", "show", 1, "--raw").out
    assert "…7777" in shown
    assert "8888" not in shown.replace(" ", "")


def test_message_ids_do_not_carry_numbers_past_the_mask(wapto):
    inbox.store_raw(rb'{"id": "wamid.HBgNNTUxMTk4ODg4\/Nzc3NxUCABIYFjNFQjA\/QzE2MEE="}', NOW)
    assert wapto("inbox", "show", 1, "--raw").out == '{"id": "wamid.…E2MEE="}\n'
