from datetime import UTC, datetime

import pytest

from wapto.domain.locales import instant, suiting

KNOWN = ("en", "es", "pt_BR")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["pt_BR"], ("pt_BR", "pt_BR")),
        (["es_MX"], ("es_MX", "es")),
        (["pt"], ("pt", "pt_BR")),
        (["ja", "es"], ("es", "es")),
        (["ja"], ("en", "en")),
        ([], ("en", "en")),
    ],
)
def test_the_first_language_that_is_known_is_written_in_the_way_of_its_region(wanted, found):
    assert suiting(wanted, KNOWN, "en") == found


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Nov 25, 2026, 9:05\u202fAM"),
        ("pt_BR", "25 de nov. de 2026 09:05"),
        ("id", "25 Nov 2026 09.05"),
    ],
)
def test_an_instant_has_no_seconds_and_is_where_the_shop_is(language, words):
    assert instant(datetime(2026, 11, 25, 12, 5, 59, tzinfo=UTC), "America/Sao_Paulo", language) == words
