"""What becomes of text that strangers wrote."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wapto.domain.text import clean, cut, flatten, percent_encoded, quoted

anything = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    "text",
    [
        "שלום! 🙏🏽👨‍👩‍👧\nالرجاء الاتصال\r\n\tالطابق ٣",
        'Obrigado – R$ 5 "troco" \\ fim',
        "می‌خواهم",
        "left\u200e-to-right mark",
    ],
)
def test_cleaning_keeps_what_people_write(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("leave\x00at\x07the\x1bdoor", "leave at the door"),
        ("\x85\x9f", "  "),
        ("pay \u202etxt.exe\u202c now", "pay txt.exe now"),
        ("\u2066a\u2069", "a"),
        ("\ufeffhello", "hello"),
        ("broken \ud83d emoji", "broken \ufffd emoji"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_cleaning_takes_out_what_harms_or_disguises(text, cleaned):
    assert clean(text) == cleaned


@given(anything)
def test_cleaned_text_can_be_stored_anywhere_and_cleaning_again_changes_nothing(text):
    cleaned = clean(text)
    cleaned.encode()
    assert {char for char in cleaned if unicodedata.category(char) == "Cc"} <= {"\t", "\n", "\r"}
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        (" Rua A,\n\t12  —  fundos ", "Rua A, 12 — fundos"),
        ("R$\u00a099,70", "R$ 99,70"),
        ("1\u202f234", "1 234"),
        ("\u200f10\u00a0R$", "10 R$"),
        ("zero\u200bwidth\u2060", "zerowidth"),
        ("\u3164\u200b", ""),
        ("line\u2028break", "line break"),
    ],
)
def test_a_flat_text_is_one_visible_line(text, flat):
    assert flatten(text) == flat


@given(anything)
def test_a_flat_text_has_no_line_ends_tabs_or_runs_of_spaces(text):
    flat = flatten(text)
    assert "  " not in flat
    assert flat.strip() == flat
    assert len(flat.splitlines()) <= 1
    assert flatten(flat) == flat


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Red shirt", 9, "Red shirt"),
        ("Red shirt", 8, "Red shi…"),
        ("Red shirt", 5, "Red…"),
        ("Red shirt", 1, "…"),
        ("Red shirt", 0, ""),
        ("ab👨‍👩‍👧", 5, "ab…"),
        ("ab👍🏽", 4, "ab👍🏽"),
        ("ab👍🏽c", 4, "ab…"),
        ("abe\u0301c", 4, "ab…"),
        ("ab🇧🇷c", 4, "ab…"),
        ("e" + "\u0301" * 9, 4, "e\u0301\u0301…"),
    ],
)
def test_a_cut_keeps_emoji_and_accents_whole(text, limit, short):
    assert cut(text, limit) == short


@given(anything, st.integers(0, 20))
def test_a_cut_never_exceeds_its_limit(text, limit):
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or not limit or short.endswith("…")


def test_quoted_text_fits_into_a_sentence():
    assert quoted("a\n" * 200) == "“" + ("a " * 29) + "a…”"


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("W-7KQ2", "W-7KQ2"), ("a/b c?d&é", "a%2Fb%20c%3Fd%26%C3%A9"), ("x~._-", "x~._-"), ("\ud800", "%EF%BF%BD")],
)
def test_a_segment_of_an_address_is_percent_encoded(text, encoded):
    assert percent_encoded(text) == encoded
