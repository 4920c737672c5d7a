"""Business phone numbers: each is a shop with its Slack channel, language, currency and time zone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from wapto.desk.approvals.approvals import KINDS
from wapto.desk.assignment import late
from wapto.domain import hours, promises, rules
from wapto.domain.assignment import MODES
from wapto.domain.identity import normal_language
from wapto.domain.lifecycle import slug_of, status_of
from wapto.domain.money import normal_currency
from wapto.domain.nearest import meant
from wapto.domain.survey import SCALES
from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Number

SURVEY_MODES = ("automatic", "manual", "off")
_MAX_MINUTES = 10_080  # a week

_TIMES = {"hours", "promises", "timezone"}  # what decides when an order is late

PROMISES = "received=12h, pending=3d, confirmed=1d, processing=2d, shipped=7d, out_for_delivery=1d, ready_for_pickup=7d"
DEFAULTS = {
    "language": "en",
    "currency": "USD",
    "timezone": "UTC",
    "assignment": "round_robin",
    "promises": PROMISES,
}


def _digits(value: str) -> str:
    if not re.fullmatch(r"[0-9]{5,30}", value):
        raise InvalidInput(f"{quoted(value)} is not an id of Meta's: it has digits only (WhatsApp Manager shows it).")
    return value


def _digits_or_none(value: str) -> str | None:
    return _digits(value) if value else None


def _channel(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise InvalidInput(f"{quoted(value)} is not a Slack channel id; in Slack: channel details, at the bottom (C…).")
    return value


def _timezone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"{quoted(value)} is not a time zone such as America/Sao_Paulo.") from None


def _assignment(value: str) -> str:
    if value not in MODES:
        raise InvalidInput(f"{quoted(value)} is no way to assign orders; choose one of: {', '.join(MODES)}.")
    return value


def _words(value: str) -> str:
    words = flatten(value)
    if not 1 <= len(words) <= 80:
        raise InvalidInput("A name has 1 to 80 characters.")
    return words


def _words_or_none(value: str) -> str | None:
    return _words(value) if value.strip() else None


def _throughput(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= 1000:
        raise InvalidInput("The throughput is a whole number of messages a second, 1 to 1000.")
    return int(value)


def _minutes(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or int(value) > _MAX_MINUTES:
        raise InvalidInput(f"Write the time in whole minutes, 0 to {_MAX_MINUTES}; 0 switches it off.")
    return int(value)


def _hours(value: str) -> str | None:
    hours.read(value, "UTC")
    return flatten(value) or None


def _rules(value: str) -> list[dict[str, str]]:
    return [asdict(rule) for rule in rules.read(value)]


def _country_languages(value: str) -> dict[str, str]:
    """By country from BR=pt_BR,MX=es; empty for none."""
    rows = [row.partition("=") for row in value.split(",") if row.strip()]
    for country, _, _ in rows:
        if country.strip().upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidInput(f"{quoted(country)} is not a country; write languages by country like BR=pt_BR,MX=es.")
    return {country.strip().upper(): normal_language(language) for country, _, language in rows}


def _on_or_off(value: str) -> bool:
    if value.lower() not in ("on", "off"):
        raise InvalidInput("Write on or off.")
    return value.lower() == "on"


def _open_status_or_none(value: str) -> str | None:
    if value.lower() in ("", "never"):
        return None
    status = status_of(slug_of(value))
    if not status.is_open:
        raise InvalidInput(f"An order that is {status.label} cannot be cancelled; choose an open status, or never.")
    return status.slug


def _two_person(value: str) -> list[str]:
    """Acts by name, or `all`; empty for none."""
    kinds = list(KINDS) if value.strip() == "all" else [each.strip() for each in value.split(",") if each.strip()]
    if unknown := set(kinds) - set(KINDS):
        raise InvalidInput(f"{quoted(min(unknown))} needs no second person; choose all or some of: {', '.join(KINDS)}.")
    return [kind for kind in KINDS if kind in kinds]


def _survey(value: str) -> str:
    if value not in SCALES:
        raise InvalidInput(f"{quoted(value)} is no survey; choose one of: {', '.join(SCALES)}.")
    return value


def _survey_mode(value: str) -> str:
    if value not in SURVEY_MODES:
        raise InvalidInput(f"{quoted(value)} is no way to ask; choose one of: {', '.join(SURVEY_MODES)}.")
    return value


def _days(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value):
        raise InvalidInput("Write the time in whole days, 0 to 999.")
    return int(value)


_PARSERS: dict[str, Callable[[str], object]] = {
    "waba": _digits,
    "display": _words,
    "name": _words,
    "slack_channel": _channel,
    "catalog": _digits_or_none,
    "language": normal_language,
    "currency": normal_currency,
    "timezone": _timezone,
    "assignment": _assignment,
    "throughput": _throughput,
    "country_languages": _country_languages,
    "second_cart_minutes": _minutes,
    "where_is_it": _on_or_off,
    "cancel_until": _open_status_or_none,
    "address_template": _words_or_none,
    "hours": _hours,
    "promises": promises.read,
    "rules": _rules,
    "sticky": _on_or_off,
    "hand_back_minutes": _minutes,
    "two_person": _two_person,
    "survey": _survey,
    "survey_mode": _survey_mode,
    "survey_template": _words_or_none,
    "survey_delay_minutes": _minutes,
    "survey_rest_days": _days,
    "update_stock": _on_or_off,
    "silence_minutes": _minutes,
}


def add(phone_number_id: str, settings: Mapping[str, str], *, now: datetime) -> Number:
    """Takes a business phone number in; `settings` has the keys of the contract's number, as text."""
    _digits(phone_number_id)
    values = _parsed({**DEFAULTS, **settings})
    values.setdefault("display", phone_number_id)
    values["portfolio"] = _portfolio_of(str(values["waba"]))
    values.setdefault("name", values["display"])
    with transaction():
        new = Number.insert(phone_number_id=phone_number_id, created_at=now, **values)
        if not list(new.on_conflict_ignore().returning(Number.id).tuples().execute()):
            _bring_back(phone_number_id, values)
    return Number.get(Number.phone_number_id == phone_number_id)


def _portfolio_of(waba: str) -> str | None:
    """What is known of the account from its other numbers; user ids mean the same on all of them."""
    known = Number.get_or_none(Number.waba == waba, Number.portfolio.is_null(False))
    return known.portfolio if known else None


def _bring_back(phone_number_id: str, values: dict[str, object]) -> None:
    """A number that was removed is in use again, with its orders."""
    removed = (Number.phone_number_id == phone_number_id) & Number.gone_at.is_null(False)
    if not Number.update(**values, gone_at=None).where(removed).execute():
        raise InvalidInput(f"The number {phone_number_id} is there already; `wapto numbers set` changes it.")


def _parsed(settings: Mapping[str, str]) -> dict[str, object]:
    unknown = settings.keys() - _PARSERS.keys()
    if unknown:
        wrong, known = min(unknown), ", ".join(_PARSERS)
        raise InvalidInput(f"A number has no {quoted(wrong)}; it has: {known}.{meant(wrong, _PARSERS)}")
    return {key: _PARSERS[key](value) for key, value in settings.items()}


def change(number: Number, settings: Mapping[str, str]) -> Number:
    """Changes settings of a number, all or none."""
    values = _parsed(settings)
    if "waba" in values:
        values["portfolio"] = _portfolio_of(str(values["waba"]))
    with transaction():
        Number.update(**values).where(Number.id == number.id).execute()
    changed = Number.get_by_id(number.id)
    if values.keys() & _TIMES:
        late.renew(changed)
    return changed


def remove(number: Number, *, now: datetime) -> None:
    """Stops taking in carts for a number; its orders stay, its webhooks are kept for a replay."""
    with transaction():
        Number.update(gone_at=now).where(Number.id == number.id).execute()


def find(phone_number_id: str | None) -> Number:
    """The number with this id; without one, the only number there is."""
    numbers = _at_least_one()
    if phone_number_id is None and len(numbers) == 1:
        return numbers[0]
    known = ", ".join(number.phone_number_id for number in numbers)
    if phone_number_id is None:
        raise InvalidInput(f"There are several numbers; choose one with --number: {known}.")
    for number in numbers:
        if phone_number_id in (number.phone_number_id, number.display):
            return number
    raise NotFound(f"There is no number {quoted(phone_number_id)}. Known: {known}.")


def accounts() -> list[str]:
    """The WhatsApp Business Accounts of all numbers; NotFound while there is none."""
    return sorted({number.waba for number in _at_least_one()})


def _at_least_one() -> list[Number]:
    numbers = listing()
    if not numbers:
        raise NotFound("There is no number yet; add one with `wapto numbers add`.")
    return numbers


def listing() -> list[Number]:
    """All numbers in use, in the order they were added."""
    return list(Number.select().where(Number.gone_at.is_null()).order_by(Number.id))
