"""What the team reads about surveys and recoveries, kept together for proof-reading."""

from collections.abc import Sequence

from bot import kit
from bot.blocks import escape
from wapto.desk.surveys.recoveries import OUTCOMES
from wapto.desk.surveys.report import NOT_SENT, Row
from wapto.desk.surveys.surveys import ANSWERED, WAITING
from wapto.domain.survey import NPS, SCALES, Figure

# Of a survey with a scale of 1 to 5, the share of customers who are happy.
KINDS = {"review": "Reviews", "csat": "Happy customers", NPS: "NPS"}
CLOSE = "Close recovery"
OUTCOME, WORDS = "What came of it", "In a few words"
LOW = "The customer gave a low score"
CORRECTED = "The customer changed the score from {before} to {after}"
ASK_NOW = "The customer is asked at once, whatever the time of day."
COMMENT = 2_000  # characters of it that are shown
OUTCOME_LABELS = {name: words[0].upper() + words[1:] for name, words in OUTCOMES.items()}


def latest(kind: str, score: Figure | None, answered: int, rate: int) -> str:
    """On the Home: a kind of survey in figures, with the bounds that it lies between."""
    if score is None:
        return f"{KINDS[kind]}: no answers yet"
    unit = "" if kind == NPS else "%"
    bounds = f"{score.low}{unit} to {score.high}{unit}"
    return f"{KINDS[kind]}: *{score.value}{unit}* ({bounds}), {answered} answers, {rate}% of those asked"


def told(row: Row | None) -> str:
    """In mrkdwn: what came of the survey of an order, or why there was none."""
    if row is None:
        return "The customer was not asked how it was."
    if row.state == NOT_SENT:
        return f"The customer was not asked how it was: {escape(kit.foreign(row.reason or 'no reason was kept.', 300))}"
    if row.state == WAITING or row.asked_at is None:
        return f"The customer is asked how it was from {kit.moment_mrkdwn(row.due_at)} on."
    if row.state != ANSWERED or row.answered_at is None:
        return f"The customer was asked how it was on {kit.moment_mrkdwn(row.asked_at)} and has not answered."
    score = f"*{row.score}/{SCALES[row.kind].highest}*"
    return f"The customer gave a score of {score} on {kit.moment_mrkdwn(row.answered_at)}."


def given(row: Row) -> str:
    """A score that a customer gave to an order, with the beginning of what they wrote."""
    comment = f": “{kit.foreign(row.comment, 100)}”" if row.comment else ""
    return f"{row.order}: {row.score}/{SCALES[row.kind].highest}{comment}"


def recoveries(count: int, ways: Sequence[str]) -> str:
    """On the Home: low scores that somebody still has to see to, and the way to the oldest of them."""
    words = "*1 recovery open*" if count == 1 else f"*{count} recoveries open*"
    return f"{words}: {', '.join(ways)}" if ways else words


def asked(actor: str, state: str) -> str:
    """In a thread: the customer was asked how it was, and how far that came."""
    return f"{actor} asked the customer how it was ({state})"


def thanked(state: str) -> str:
    """In a thread: the customer was thanked for the answer."""
    return f"Wapto thanked the customer for the answer ({state})"


def scored(before: str | None, after: str) -> str:
    """In a thread: what the customer answered."""
    return CORRECTED.format(before=before, after=after) if before else f"The customer gave a score of {after}"


def opened(score: str) -> str:
    """In a thread: somebody has to care."""
    return f"⚠️ Recovery: the score is {score}. Please talk to the customer, then close this with what came of it."


def closed(actor: str, outcome: str) -> str:
    """In a thread: how a recovery ended."""
    return f"{actor} closed the recovery: {OUTCOMES.get(outcome, outcome)}"
