"""Which team an order is for, by what is ordered, and by whom."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from wapto.domain.identity import normal_language
from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput

SKU, LANGUAGE, COUNTRY, VALUE = "sku", "language", "country", "value"
EXAMPLE = "sku:TSH=Shirts, language:pt=Brazil, country:MX=Mexico, value:500=VIP"
_MOST = 50


@dataclass(frozen=True)
class Rule:
    """Orders with this go to the team: SKUs that begin so, a language, a country, at least so much money."""

    by: str
    value: str
    team: str

    @property
    def words(self) -> str:
        """As it was written."""
        return f"{self.by}:{self.value}"


@dataclass(frozen=True)
class Facts:
    """What rules ask of an order; country and language are found out only if one asks."""

    skus: tuple[str, ...]
    total: Decimal | None
    language: Callable[[], str | None]
    country: Callable[[], str | None]


def read(text: str) -> list[Rule]:
    """Rules as they are written, the first that fits decides; none from an empty text. InvalidInput if unreadable."""
    rules = [_rule(part.strip()) for part in text.split(",") if part.strip()]
    if len(rules) > _MOST:
        raise InvalidInput(f"There can be {_MOST} rules at most.")
    return rules


def _rule(part: str) -> Rule:
    found = re.fullmatch(r"(\w+)\s*:\s*([^=]+?)\s*=\s*(.+)", flatten(part))
    if found is None or found[1].lower() not in _TESTS:
        raise InvalidInput(f"{quoted(part)} is no rule; write rules like “{EXAMPLE}”.")
    by = found[1].lower()
    return Rule(by, _VALUES.get(by, str)(found[2]), found[3][:80])


def _language(value: str) -> str:
    return normal_language(value)


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise InvalidInput(f"{quoted(value)} is no country; write its two letters, such as MX.")
    return value.upper()


def _amount(value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", value):
        raise InvalidInput(f"{quoted(value)} is no amount; write it like 500 or 99.90, in the shop's currency.")
    return value


_VALUES: dict[str, Callable[[str], str]] = {LANGUAGE: _language, COUNTRY: _country, VALUE: _amount}

_TESTS: dict[str, Callable[[str, Facts], bool]] = {
    SKU: lambda value, facts: any(sku.casefold().startswith(value.casefold()) for sku in facts.skus),
    LANGUAGE: lambda value, facts: (facts.language() or "").split("_")[0] == value or facts.language() == value,
    COUNTRY: lambda value, facts: facts.country() == value,
    VALUE: lambda value, facts: facts.total is not None and facts.total >= Decimal(value),
}


def first(rules: Sequence[Rule], facts: Facts) -> Rule | None:
    """The rule that decides, None where none fits."""
    return next((rule for rule in rules if _TESTS[rule.by](rule.value, facts)), None)
