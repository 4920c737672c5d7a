"""Rules: which team an order is for."""

from decimal import Decimal

import pytest

from wapto.domain.rules import Facts, first, read
from wapto.errors import InvalidInput

RULES = read("sku:TSH=Shirts, language:pt=Brazil, country:MX=Mexico, value:500=VIP")


def facts(skus=(), total=None, language="en", country="US"):
    return Facts(tuple(skus), total, lambda: language, lambda: country)


@pytest.mark.parametrize(
    ("given", "team"),
    [
        ({"skus": ["CUP", "tsh-red"]}, "Shirts"),
        ({"language": "pt_BR"}, "Brazil"),
        ({"country": "MX"}, "Mexico"),
        ({"total": Decimal("500.00")}, "VIP"),
        ({"skus": ["TSH"], "country": "MX"}, "Shirts"),
        ({"total": Decimal("499.99")}, None),
        ({}, None),
    ],
)
def test_the_first_rule_that_fits_names_the_team(given, team):
    rule = first(RULES, facts(**given))
    assert (rule.team if rule else None) == team


@pytest.mark.parametrize("text", ["color:red=Shirts", "sku:TSH", "country:Mexico=M", "value:much=VIP"])
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(InvalidInput):
        read(text)
