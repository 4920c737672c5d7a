"""Surveys after a delivery: their scales, what an answer says, and what many answers come to."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from wapto.domain.questions import plain

REVIEW, CSAT, NPS = "review", "csat", "nps"
ASKED, THANKED = "survey", "survey_thanks"  # the triggers of its messages
MESSAGES = (ASKED, THANKED)

_Z = 1.96  # 95 %
_LONGEST_HEAD = 40  # characters: a longer sentence is no score
_PART = re.compile(r"\s*([^,.;:!\n–—،।！，·-]+)([,.;:!\n–—،।！，·-]*)(.*)", re.DOTALL)
_NUMBER = re.compile(r"(\d{1,2})(?:\s*/\s*(\d{1,2}))?")
_ASKING = re.compile(r"[?؟？]")
_STARS = re.compile(r"[⭐★🌟]{1,5}")
_SELECTORS = dict.fromkeys((0xFE0F, 0x20E3))  # what makes a digit or a star an emoji
_TEN = "\N{KEYCAP TEN}"


@dataclass(frozen=True)
class Scale:
    """Scores from `lowest` to `highest`; up to `low` somebody has to care, from `high` on the customer is happy."""

    lowest: int
    highest: int
    low: int
    high: int

    @property
    def scores(self) -> range:
        """All of them."""
        return range(self.lowest, self.highest + 1)


SCALES = {REVIEW: Scale(1, 5, 2, 4), CSAT: Scale(1, 5, 2, 4), NPS: Scale(0, 10, 6, 9)}


@dataclass(frozen=True)
class Said:
    """What an answer says: the score, and what was written behind it."""

    score: int
    comment: str


@dataclass(frozen=True)
class Words:
    """How scores are said, as plain words: `scores` by word, `fillers` such as "stars" or "out of 10"."""

    scores: Mapping[str, int]
    fillers: Collection[str]


def read(text: str, scale: Scale, words: Words) -> Said | None:
    """The score that an answer begins with, if it says nothing else or goes on behind a stop; None if in doubt.

    So "9", "9/10", "five stars" and "5, thank you" are scores; "5 days late" and "8.5" are not.
    """
    text = text.translate(_SELECTORS).replace(_TEN, "10").strip()
    part = _PART.fullmatch(text)
    if part is None or len(part[1]) > _LONGEST_HEAD:
        return None
    head, stop, rest = part[1].strip(), part[2], part[3]
    if stop and rest[:1].isdecimal():
        return None
    score = _score(head, scale, words)
    return Said(score, rest.strip()) if score is not None and score in scale.scores else None


def _score(head: str, scale: Scale, words: Words) -> int | None:
    if _STARS.fullmatch(head):
        return len(head) if scale.highest <= len("12345") else None
    if number := _NUMBER.fullmatch(head):
        return int(number[1]) if number[2] is None or int(number[2]) == scale.highest else None
    if not head[:1].isalnum() or _ASKING.search(head):
        return None
    said = _without_fillers(plain(head), words.fillers)
    if re.fullmatch(r"\d{1,2}", said):
        return int(said)
    return words.scores.get(said)


def _without_fillers(said: str, fillers: Collection[str]) -> str:
    for filler in sorted(fillers, key=len, reverse=True):
        if said.endswith(f" {filler}"):
            return said.removesuffix(f" {filler}")
    return said


@dataclass(frozen=True)
class Figure:
    """A measure with the bounds between which it lies with 95 % certainty."""

    value: int
    low: int
    high: int


def figure(kind: str, scores: Sequence[int]) -> Figure | None:
    """The net promoter score (-100 to 100), else the share of happy customers in percent; None without answers."""
    scale = SCALES[kind]
    happy = sum(score >= scale.high for score in scores)
    if not scores:
        return None
    if kind == NPS:
        return _net(happy, sum(score <= scale.low for score in scores), len(scores))
    return _share(happy, len(scores))


def _net(promoters: int, detractors: int, count: int) -> Figure:
    """With an adjusted Wald interval: three answers more, ¾ at either end, so that few answers promise little."""
    size = count + 3
    up, down = (promoters + 0.75) / size, (detractors + 0.75) / size
    middle, margin = up - down, _Z * sqrt((up + down - (up - down) ** 2) / size)
    value = round(100 * (promoters - detractors) / count)
    return _figure(value, 100 * (middle - margin), 100 * (middle + margin), lowest=-100)


def _share(good: int, count: int) -> Figure:
    """With Wilson's interval."""
    ratio, square = good / count, _Z**2
    middle = (ratio + square / (2 * count)) / (1 + square / count)
    margin = _Z * sqrt(ratio * (1 - ratio) / count + square / (4 * count**2)) / (1 + square / count)
    return _figure(round(100 * ratio), 100 * (middle - margin), 100 * (middle + margin), lowest=0)


def _figure(value: int, low: float, high: float, *, lowest: int) -> Figure:
    return Figure(value, max(lowest, min(value, round(low))), min(100, max(value, round(high))))
