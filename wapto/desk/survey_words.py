"""The words of surveys: what customers are asked and thanked with, in their language, and how they say a score."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from wapto.desk.languages import wanted
from wapto.domain.identity import order_number
from wapto.domain.locales import suiting
from wapto.domain.questions import plain
from wapto.domain.survey import NPS, SCALES, Said, Words, read
from wapto.store.models import Order

_FILE = Path(__file__).with_name("surveys.toml")
_FALLBACK = "en"
_ROWS = 10  # of a list, in all (reference §4.3); the eleventh score is written

Json = dict[str, Any]


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _said(kind: str) -> Words:
    """In all languages at once: none of their words means two scores."""
    highest = SCALES[kind].highest
    scores: dict[str, int] = {}
    for told in _texts().values():
        scores |= {plain(word): number for number, word in enumerate(told["numbers"])}
        if kind != NPS:
            scores |= {plain(word): score for score, ways in enumerate(told["scores"], 1) for word in ways}
    fillers = {plain(filler) for told in _texts().values() for filler in told["fillers"]}
    return Words(scores, {each for each in fillers if not each[-1].isdigit() or each.endswith(f" {highest}")})


def understood(text: str, kind: str) -> Said | None:
    """The score that a customer wrote or tapped, in whatever language; None if in doubt."""
    return read(text, SCALES[kind], _said(kind))


def of(order: Order) -> Mapping[str, Any]:
    """In the language of the order's customer."""
    return _texts()[suiting(wanted(order.customer, order.number), _texts(), _FALLBACK)[1]]


def payload(survey_id: int, score: int) -> str:
    """What a tap on this score sends back."""
    return f"wapto:survey:{survey_id}:{score}"


def question(order: Order, survey_id: int, kind: str) -> tuple[str, Json]:
    """What is asked while the window is open: the words, and the same with a list to choose from."""
    words = of(order)
    text = str(words[kind]).format(number=order_number(order.id), shop=order.number.name)
    rows = [{"id": payload(survey_id, score), "title": _title(score, kind, words)} for score in _offered(kind)]
    action = {"button": words["button"], "sections": [{"rows": rows}]}
    return text, {
        "type": "interactive",
        "interactive": {"type": "list", "body": {"text": text}, "action": action},
    }


def _offered(kind: str) -> list[int]:
    return list(reversed(SCALES[kind].scores))[:_ROWS]


def _title(score: int, kind: str, words: Mapping[str, Any]) -> str:
    return str(score) if kind == NPS else f"{score} · {words['scores'][score - 1][0]}"
