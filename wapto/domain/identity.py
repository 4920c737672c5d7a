"""How orders, people and languages are named: order numbers, phone numbers, WhatsApp user ids, language codes."""

import re
from functools import cache, lru_cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from sqids import Sqids

from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput

# Never change this: every number ever told to a customer is made of it. No vowels, so that no words appear; no
# look-alikes (0 O, 1 I L); no W, so that the prefix can be left out or run together with the rest.
_ALPHABET = "K7QXR2ZB9MTJ4HVC8SGND5P3F6"
_SHORTEST = 4
_LAST_ID = 2**63 - 1
_TYPED_NUMBER = re.compile(r"#?\s*(?:W[\s\-‐‑‒–—−]*)?([A-Z2-9]{4,16})", re.ASCII)

_BETWEEN_DIGITS = re.compile(r"[\s().\-‐‑‒–—−/]")
_PHONE = re.compile(r"\+?([1-9]\d{6,14})", re.ASCII)
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[_-]([a-z]{2}|\d{3}))?", re.ASCII | re.IGNORECASE)

# The same person under two numbers (reference §10, traps 10 and 11): Brazil's ninth digit of mobiles, Mexico's 1,
# Argentina's 9. Each pair of rows is one rule in both directions.
_TWINS = (
    (re.compile(r"\+55(\d\d)9([6-9]\d{7})"), r"+55\g<1>\2"),
    (re.compile(r"\+55(\d\d)([6-9]\d{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+52(\d{10})"), r"+521\1"),
    (re.compile(r"\+549(\d{10})"), r"+54\1"),
    (re.compile(r"\+54(\d{10})"), r"+549\1"),
)


def order_number(order_id: int) -> str:
    """The number that people see and say for an order, such as W-7KQ2; always the same for the same id."""
    return f"W-{_codec().encode([order_id])}"


def order_id_of(text: str) -> int | None:
    """The id behind an order number typed in any case, with or without prefix or "#"; None if there is no such."""
    typed = _TYPED_NUMBER.fullmatch(flatten(text).upper())
    ids = _codec().decode(typed[1]) if typed else []
    # Several texts decode to one id; only the one that we would write is a number. Long ones decode to no row's id.
    known = typed and len(ids) == 1 and ids[0] <= _LAST_ID and order_number(ids[0]) == f"W-{typed[1]}"
    return ids[0] if known else None


def normal_phone(text: str) -> str:
    """E.164 with "+" from what WhatsApp sends or an admin types; no digit is added, dropped or changed.

    InvalidInput when it is not 7 to 15 digits that start with a country code.
    """
    compact = _BETWEEN_DIGITS.sub("", flatten(text))
    phone = _PHONE.fullmatch(phonenumbers.normalize_digits_only(compact, keep_non_digits=True))
    if not phone:
        raise InvalidInput(f"{quoted(text)} is not a phone number; write it with its country code: +55 11 98888-7777.")
    return f"+{phone[1]}"


def phone_variants(phone: str) -> tuple[str, ...]:
    """The phone itself, then the other ways WhatsApp may write the same person's. For finding, never for sending."""
    twins = (pattern.sub(twin, phone) for pattern, twin in _TWINS if pattern.fullmatch(phone))
    return (phone, *twins)


def mask_phone(phone: str) -> str:
    """Country code and last four digits ("+55 ••••• 7777"), fewer where that would show most of a short number."""
    code = _country_code(phone)
    rest = phone.removeprefix("+").removeprefix(code)
    visible = rest[-4:] if len(rest) >= 8 else ""
    return f"+{code} ••••• {visible}".strip() if code else f"••••• {visible}".strip()


def country_of(phone: str) -> str | None:
    """The country of a phone number as two letters, where its code tells it."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return None


def is_user_id(text: str) -> bool:
    """Whether this is a WhatsApp user id, the handle of somebody without a visible phone (reference §2.1)."""
    return _USER_ID.fullmatch(text) is not None


def normal_language(code: str) -> str:
    """A language code as Meta writes it ("pt_BR") from "pt-br"; InvalidInput when Babel does not know it."""
    parts = _LANGUAGE.fullmatch(code.strip())
    if parts:
        language, region = parts[1].lower(), (parts[2] or "").upper()
        normal = f"{language}_{region}" if region else language
        if _known_locale(normal):
            return normal
    raise InvalidInput(f"{quoted(code)} is not a language; write it like en, es_MX or pt_BR.")


def locale_of(language: str) -> Locale:
    """How money and dates are written in a language: as in its region, else as in the language, else as in English."""
    code = language.replace("-", "_")
    return _known_locale(code) or _known_locale(code.partition("_")[0]) or Locale("en")


@cache
def _codec() -> Sqids:
    return Sqids(alphabet=_ALPHABET, min_length=_SHORTEST)


@lru_cache(maxsize=256)
def _known_locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code)
    except (ValueError, UnknownLocaleError):
        return None


def _country_code(phone: str) -> str:
    try:
        return str(phonenumbers.parse(phone).country_code)
    except phonenumbers.NumberParseException:
        return ""
