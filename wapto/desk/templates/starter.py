"""The starter pack: a template for each step of an order in eight languages, submitted to Meta and put to use.

The texts stand in `starter.toml`, for translators; what they are bound to stands here.
"""

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from wapto.desk import numbers
from wapto.desk.notices.drafts import AUTO, named, pick
from wapto.desk.surveys import words as survey_words
from wapto.desk.templates import submission, templates, triggers
from wapto.desk.templates.submission import Answer
from wapto.domain import survey
from wapto.domain.lifecycle import STATUSES
from wapto.domain.lint import Definition
from wapto.domain.template import placeholders
from wapto.domain.text import quoted
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.meta.client import GraphClient
from wapto.store.models import Number, Template

# The surveys, by what they ask; satisfaction is asked as a review is.
REVIEW, NPS = "review_request", "nps_request"
SURVEYS = {survey.REVIEW: REVIEW, survey.CSAT: REVIEW, survey.NPS: NPS}
SLUGS = (*(slug for slug in STATUSES if slug != "returned"), *dict.fromkeys(SURVEYS.values()))
FALLBACK_LANGUAGE = "en"

BINDINGS = {
    "order_number": "order.number",
    "order_items": "order.items",
    "order_total": "order.total",
    "carrier": "tracking.carrier",
    "tracking_number": "tracking.number",
    "shop_name": "shop.name",
    "button.0": "tracking.token",
}
# What an order may not have; a dash reads the same in every language.
_MAY_BE_EMPTY = ("order_items", "order_total", "carrier", "tracking_number")
_EMPTY = "—"
_TRACKED = ("shipped", "out_for_delivery")
_LIVES = {"out_for_delivery": 6 * 3600}  # seconds; told the next morning, it would be a lie


@dataclass(frozen=True)
class Wired:
    """What became of the trigger of one number and status: set, kept as it was, or why it could not be set."""

    number_id: str
    status: str
    result: str


def name_of(slug: str) -> str:
    """The template's name at Meta; no shop has one like it by chance."""
    return f"wapto_{slug}"


@cache
def texts() -> dict[str, Any]:
    """The data file: language → button, samples, body."""
    return tomllib.loads(files("wapto.desk.templates").joinpath("starter.toml").read_text(encoding="utf-8"))


def definitions(languages: Sequence[str], addresses: dict[str, str | None]) -> list[Definition]:
    """The pack in these languages; `addresses`: by slug, the URL of the tracking button, which ends in {{1}}."""
    return [_definition(slug, language, addresses.get(slug)) for slug in SLUGS for language in languages]


def whole_pack() -> list[Definition]:
    """The pack in all its languages, with tracking buttons."""
    return definitions(list(texts()), tracking_addresses("https://desk.example.com"))


def tracking_addresses(public_url: str | None) -> dict[str, str | None]:
    """The addresses of the tracking buttons, for a shop whose customers reach Wapto at this address."""
    return dict.fromkeys(_TRACKED, f"{public_url}/t/{{{{1}}}}" if public_url else None)


def chosen_languages(asked: Sequence[str]) -> list[str]:
    """The pack's languages for codes as people type them; InvalidInput for one that it does not have."""
    chosen = []
    for code in asked:
        language = _nearest(code)
        if language is None:
            raise InvalidInput(f"The starter pack has no {quoted(code)}; it has {', '.join(texts())}.")
        chosen.append(language)
    return list(dict.fromkeys(chosen))


def languages_of(waba: str) -> list[str]:
    """The pack's languages for the numbers of an account; English for a language that it does not have."""
    codes = [number.language for number in _numbers(waba)]
    return list(dict.fromkeys(_nearest(code) or FALLBACK_LANGUAGE for code in codes))


def unspoken(waba: str) -> list[str]:
    """The languages of the account's numbers that the pack does not have."""
    return sorted({number.language for number in _numbers(waba) if _nearest(number.language) is None})


def create(
    client: GraphClient, waba: str, languages: Sequence[str], public_url: str | None, now: datetime
) -> Iterator[Answer]:
    """Submits what the account does not have yet, telling each answer as it comes.

    TryLater, with the seconds to wait, when Meta takes no more for now: going on later, or again, is safe.
    """
    templates.sync(client, [waba], now)
    unasked = set(SURVEYS.values()) - {SURVEYS[number.survey] for number in _numbers(waba)}
    for new in definitions(languages, _addresses(waba, public_url)):
        if new.name in map(name_of, unasked):
            continue  # a survey that no number of the account asks
        known = [row for row in named(waba, new.name) if row.language == new.language]
        yield submission.found(known[0]) if known else submission.submit(client, waba, new, now)


def wire(waba: str, public_url: str | None, now: datetime) -> Iterator[Wired]:
    """Sets the trigger of each status that has none yet, for every number of the account."""
    for number in _numbers(waba):
        for slug in SLUGS:
            if slug in STATUSES and (rows := named(waba, name_of(slug))):
                yield Wired(number.phone_number_id, slug, _wire(number, slug, rows, public_url, now))


def _wire(number: Number, slug: str, rows: Sequence[Template], public_url: str | None, now: datetime) -> str:
    names = dict.fromkeys(name for row in rows for name in placeholders(row.components, row.parameter_format))
    language = _language_of(number, rows)
    try:
        triggers.set_trigger(
            number,
            slug,
            template=name_of(slug),
            language=language,
            bindings={name: BINDINGS[name] for name in names if name in BINDINGS},
            defaults={name: _EMPTY for name in names if name in _MAY_BE_EMPTY},
            ttl=_LIVES.get(slug),
            replace=False,
            public_url=public_url,
            now=now,
        )
    except Conflict:
        return "kept as it was"
    except (InvalidInput, Refused) as fault:
        return f"not set: {fault}"
    return "set" if language == AUTO else f"set, in {language} for all"


def _language_of(number: Number, rows: Sequence[Template]) -> str:
    """Each customer's own; one for all where the number's is missing, since most customers would be told nothing."""
    if pick(rows, [number.language]):
        return AUTO
    known = sorted(row.language for row in rows)
    return FALLBACK_LANGUAGE if FALLBACK_LANGUAGE in known else known[0]


def _definition(slug: str, language: str, address: str | None) -> Definition:
    told = texts()[language]
    body, samples = told["body"][slug], told["samples"]
    names = _variables(body)
    example = [{"param_name": name, "example": samples[name]} for name in names]
    components = [{"type": "BODY", "text": body, "example": {"body_text_named_params": example}}]
    if address:
        sample = address.replace("{{1}}", "q1w2e3r4t5")
        button = {"type": "URL", "text": told["button"], "url": address, "example": [sample]}
        components.append({"type": "BUTTONS", "buttons": [button]})
    if slug not in STATUSES:
        components.append({"type": "BUTTONS", "buttons": _scores(slug, language)})
    category = "UTILITY" if slug in STATUSES else "MARKETING"
    return Definition(name_of(slug), language, category, "NAMED", components, lives=_LIVES.get(slug))


def _scores(slug: str, language: str) -> list[dict[str, Any]]:
    """A quick reply for each score."""
    kind = survey.NPS if slug == NPS else survey.REVIEW
    return [{"type": "QUICK_REPLY", "text": label} for label in survey_words.labels(kind, language)]


def _variables(body: str) -> Collection[str]:
    return placeholders([{"type": "BODY", "text": body}], "NAMED")


def _addresses(waba: str, public_url: str | None) -> dict[str, str | None]:
    """What languages of a template exist decide for the others: one trigger has to fit them all."""
    addresses = tracking_addresses(public_url)
    for slug in _TRACKED:
        is_there, address = submission.existing_address(waba, name_of(slug))
        if is_there:
            addresses[slug] = address
    return addresses


def _numbers(waba: str) -> list[Number]:
    return [number for number in numbers.listing() if number.waba == waba]


def _nearest(code: str) -> str | None:
    """The pack's language for a code: the same, else one of another region."""
    base = code.replace("-", "_").partition("_")[0].lower()
    return next((language for language in texts() if language.partition("_")[0] == base), None)
