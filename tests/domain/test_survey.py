"""What customers answer to a survey is read with care, and what many answers come to is told with its bounds."""

import pytest

from wapto.desk.surveys import words as survey_words
from wapto.domain.survey import CSAT, NPS, REVIEW, SCALES, figure


def score(text, kind=NPS):
    said = survey_words.understood(text, kind)
    return said.score if said else None


@pytest.mark.parametrize(
    "text",
    [
        "9",
        " 9 ",
        "9.",
        "9/10",
        "9 / 10",
        "9 out of 10",
        "9 von 10",
        "9 de 10",
        "9️⃣",
        "٩",
        "९",
        "nine",
        "Nueve!",
        "neuf",
        "neun Punkte",
        "nove",
        "sembilan",
        "تسعة",
        "नौ",
        "9, thank you",
        "9 - super fast",
        "9\nvery nice people",
        "9 👍",
    ],
)
def test_a_nine_is_understood_however_it_is_written(text):
    assert score(text) == 9


@pytest.mark.parametrize(
    "text",
    [
        "5 days late",
        "2 items are missing",
        "8.5",
        "8,5",
        "1-2",
        "11",
        "-1",
        "9/5",
        "9?",
        "is it 9?",
        "",
        "?",
        "...",
        "100",
        "where is my order",
        "I gave it a nine in my heart",
        "9:30",
        "my number is 9",
        "⭐⭐⭐⭐",
    ],
)
def test_what_may_mean_something_else_is_no_score(text):
    assert score(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("⭐⭐⭐⭐", 4),
        ("★★", 2),
        ("5 stars", 5),
        ("5 étoiles", 5),
        ("very good", 5),
        ("Muito boa", 5),
        ("sehr schlecht", 1),
        ("regular", 3),
        ("جيدة جدا", 5),
        ("अच्छा", 4),
        ("sangat baik", 5),
        ("5/5", 5),
        ("🔟", None),
        ("0", None),
        ("4 · Good", 4),
        ("3 of 10", None),
        ("Good, but late", 4),
    ],
)
def test_one_to_five_is_also_said_in_stars_and_words(text, meant):
    assert score(text, CSAT) == meant
    assert score(text, REVIEW) == meant


def test_what_stands_behind_a_score_is_a_comment():
    assert survey_words.understood("4, but it came late", CSAT).comment == "but it came late"


def test_no_word_means_two_scores():
    seen = {}
    for told in survey_words._texts().values():
        pairs = [(word, number) for number, word in enumerate(told["numbers"])]
        pairs += [(word, value) for value, ways in enumerate(told["scores"], 1) for word in ways]
        for word, value in pairs:
            assert seen.setdefault(survey_words.plain(word), value) == value


def test_every_language_says_everything_within_the_limits_of_whatsapp():
    texts = survey_words._texts()
    assert set(texts) == {"en", "es", "pt_BR", "hi", "ar", "id", "fr", "de"}
    for told in texts.values():
        assert set(told) == set(texts["en"])
        assert (len(told["numbers"]), len(told["scores"])) == (11, 5)
        assert len(told["button"]) <= 20
        assert all(len(ways[0]) <= 20 for ways in told["scores"])
        assert all("{" not in told[kind].format(number="W-1", shop="Loja") for kind in SCALES)


def test_no_answers_are_no_figure():
    assert figure(NPS, []) is None


def test_the_net_promoter_score_counts_those_from_nine_on_less_those_up_to_six():
    few = figure(NPS, [10, 9, 8, 6])
    assert few.value == 25
    assert few.low < 0 < few.high


def test_many_answers_are_surer_than_few():
    few, many = figure(NPS, [10, 9, 8, 6]), figure(NPS, [10, 9, 8, 6] * 100)
    assert few.value == many.value == 25
    assert many.high - many.low < (few.high - few.low) / 5


@pytest.mark.parametrize(("scores", "value"), [([10] * 3, 100), ([0] * 3, -100)])
def test_the_bounds_stay_within_the_scale_and_hold_the_value(scores, value):
    found = figure(NPS, scores)
    assert -100 <= found.low <= found.value == value <= found.high <= 100
    assert found.high - found.low > 10


def test_of_one_to_five_the_happy_ones_are_counted_in_percent():
    found = figure(CSAT, [5, 4, 3, 1])
    assert found.value == 50
    assert (found.low, found.high) == (15, 85)


def test_a_quick_reply_for_the_two_lowest_scores_is_known_however_a_shop_writes_it():
    for label in ("0–1", "0-1", "0 - 1"):
        assert survey_words.payload_of(7, label, NPS) == "wapto:survey:7:0–1"
        assert survey_words.payload_of(7, label, CSAT) is None
    assert survey_words.payload_of(7, "10", NPS) == "wapto:survey:7:10"
    assert survey_words.payload_of(7, "Stop", NPS) is None
