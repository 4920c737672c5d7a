"""The tracking page in a customer's language: what the template fills in, ready to be read. Pure, but for the words.

The words stand in tracking_words.toml, for translators.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_location

from wapto.desk.orders.tracking import OrderPage
from wapto.domain.identity import locale_of, normal_phone
from wapto.domain.lines import LineItem
from wapto.domain.locales import instant, suiting
from wapto.domain.money import display
from wapto.domain.status_labels import STATUS_LABELS
from wapto.errors import InvalidInput

Words = Mapping[str, str]

FALLBACK = "en"
_FILE = Path(__file__).with_name("tracking_words.toml")
_NO_LINK = ""


@cache
def all_words() -> dict[str, Words]:
    """The page's words by language."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def language_for(wanted: Iterable[str]) -> tuple[str, str]:
    """How to write money and dates for somebody who reads these, the best first, and the language of the words."""
    return suiting(wanted, all_words(), FALLBACK)


@dataclass(frozen=True)
class Step:
    """A step on the way: `reached`, `now` or `ahead`, with its time if it has been reached."""

    stage: str
    label: str
    at: datetime | None = None
    when: str = ""


@dataclass(frozen=True)
class Row:
    """A line item, a fee or a discount in words."""

    name: str
    detail: str
    total: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All that the page says, each piece of it one line; "" for what there is nothing to say of."""

    shop: str
    title: str
    hello: str
    way: tuple[Step, ...]
    expected: str
    times: str
    carrier: str
    tracking_number: str
    link: str
    follow: str
    lines: tuple[Row, ...]
    adjusted: tuple[Row, ...]
    total: str
    chat: str
    write: str
    contact: str


def written(page: OrderPage) -> Sheet:
    """The page in its customer's language."""
    language, words_in = language_for(page.languages)
    locale, words = locale_of(language), all_words()[words_in]
    zone = ZoneInfo(page.timezone)
    return Sheet(
        shop=page.shop,
        title=words["title"].format(number=page.number),
        hello=words["hello"].format(name=page.first_name) if page.first_name else "",
        way=_way(page, language),
        expected=_expected(page, words, locale),
        times=words["times"].format(place=get_timezone_location(zone, locale=locale, return_city=True)),
        carrier=page.carrier,
        tracking_number=page.tracking_number,
        link=safe_link(page.tracking_url),
        follow=words["follow_with"].format(carrier=page.carrier) if page.carrier else words["follow"],
        lines=tuple(_row(line, language) for line in page.lines),
        adjusted=tuple(
            Row(words[each.kind], "", _money(each.minor, each.currency, language)) for each in page.adjusted
        ),
        total="" if page.total_minor is None else _money(page.total_minor, page.currency, language),
        chat=_chat(page.contact),
        write=words["write"].format(shop=page.shop),
        contact=page.contact,
    )


def safe_link(address: str) -> str:
    """The address if a browser would only load a page from it, else ""."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return _NO_LINK
    return address if parts.scheme in ("http", "https") and parts.hostname else _NO_LINK


def _way(page: OrderPage, language: str) -> tuple[Step, ...]:
    labels = STATUS_LABELS[locale_of(language).language]
    stages = (*["reached"] * (len(page.milestones) - 1), "now")
    steps = [
        Step(
            stage,
            labels[milestone.status],
            milestone.at.astimezone(ZoneInfo(page.timezone)),
            instant(milestone.at, page.timezone, language),
        )
        for stage, milestone in zip(stages, page.milestones, strict=False)
    ]
    return (*steps, *(Step("ahead", labels[status]) for status in page.ahead))


def _expected(page: OrderPage, words: Words, locale: Locale) -> str:
    """Only as long as there is something to expect."""
    if page.eta is None or not page.ahead:
        return ""
    return words["expected"].format(date=format_date(page.eta, "full", locale=locale))


def _row(line: LineItem, language: str) -> Row:
    unit = "" if line.unit_minor is None else _money(line.unit_minor, line.currency, language)
    quantity = "" if line.quantity is None else str(line.quantity)
    total = "" if line.total_minor is None else _money(line.total_minor, line.currency, language)
    return Row(line.name, " × ".join(part for part in (quantity, unit) if part), total)


def _money(minor: int, currency: str | None, language: str) -> str:
    return display(minor, currency, language) if currency else ""


def _chat(contact: str) -> str:
    """The shop's chat; a number that is written in some other way is shown, not linked."""
    try:
        return f"https://wa.me/{normal_phone(contact).removeprefix('+')}"
    except InvalidInput:
        return _NO_LINK
