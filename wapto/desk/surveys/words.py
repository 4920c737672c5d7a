"""The words of surveys: what customers are asked and thanked with, in their language, and how they say a score."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from wapto.desk.notices.languages import wanted
from wapto.domain.identity import order_number
from wapto.domain.locales import suiting
from wapto.domain.questions import plain
from wapto.domain.survey import NPS, SCALES, Said, Words, read
from wapto.store.models import Order

_FILE = Path(__file__).with_name("surveys.toml")
_FALLBACK = "en"
# A list and a template have ten choices at most (reference §4.3, §5), and NPS has eleven scores: the two lowest share
# one, and which of them it is, is asked then.
EITHER = "0–1"
_SHARED = (1, 0)

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


def payload(survey_id: int, score: int | str) -> str:
    """What a tap on this score, or on EITHER, sends back."""
    return f"wapto:survey:{survey_id}:{score}"


def payload_of(survey_id: int, label: str, kind: str) -> str | None:
    """What a quick reply with this label sends back; None for one that is no score."""
    if kind == NPS and "".join(label.split()).replace("-", "–") == EITHER:
        return payload(survey_id, EITHER)
    said = understood(label, kind)
    return payload(survey_id, said.score) if said else None


def labels(kind: str, language: str) -> list[str]:
    """The words of the quick replies of a template, the best score first."""
    return [_title(score, kind, _texts()[language]) for score in offered(kind)]


def question(order: Order, survey_id: int, kind: str) -> tuple[str, Json]:
    """What is asked while the window is open: the words, and the same with a list to choose from."""
    words = of(order)
    text = str(words[kind]).format(number=order_number(order.id), shop=order.number.name)
    rows = [{"id": payload(survey_id, score), "title": _title(score, kind, words)} for score in offered(kind)]
    return text, _interactive("list", text, {"button": words["button"], "sections": [{"rows": rows}]})


def which(order: Order, survey_id: int) -> tuple[str, Json]:
    """Whoever chose EITHER is asked which it is, with a button for each."""
    text = str(of(order)["which"])
    replies = [{"id": payload(survey_id, score), "title": str(score)} for score in reversed(_SHARED)]
    return text, _interactive("button", text, {"buttons": [{"type": "reply", "reply": reply} for reply in replies]})


def _interactive(kind: str, text: str, action: Json) -> Json:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def offered(kind: str) -> list[int | str]:
    """What can be chosen, the best score first."""
    scores = reversed(SCALES[kind].scores)
    return [*(score for score in scores if score not in _SHARED), EITHER] if kind == NPS else list(scores)


def _title(score: int | str, kind: str, words: Mapping[str, Any]) -> str:
    return str(score) if kind == NPS else f"{score} · {words['scores'][int(score) - 1][0]}"
