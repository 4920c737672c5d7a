"""`wapto surveys`: what customers were asked after a delivery, what they said, and what came of it."""

from typing import Any

import rich_click as click

from cli import complete
from cli.context import StoreGroup, actor, now
from cli.order_filters import instant as moment
from cli.output import emit, emit_one, format_options
from cli.shapes import instant
from wapto.desk import numbers
from wapto.desk.orders import orders
from wapto.desk.surveys import recoveries
from wapto.desk.surveys import report as survey_report
from wapto.desk.surveys import surveys as desk
from wapto.desk.surveys.report import BY, NOT_SENT, Group, Row

COLUMNS = (
    "order",
    "kind",
    "state",
    "due_at",
    "score",
    "comment",
    "recovery",
    "outcome",
    "asked_at",
    "answered_at",
    "reason",
)
REPORT = ("group", "kind", "asked", "answered", "response_rate", "score", "from", "to", "low_scores")
STATES = (desk.WAITING, desk.ASKED, desk.ANSWERED, NOT_SENT)


@click.group(cls=StoreGroup)
def surveys() -> None:
    """What customers were asked after a delivery, and what they said.

    Example: wapto surveys report --by agent
    """


@surveys.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only surveys in this state; not_sent says why.")
@click.option("--order", "number", shell_complete=complete.order, help="Only the survey of this order.")
@click.option("--recovery", type=click.Choice(["open", "closed"]), help="Only low scores, by what is done about them.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many.")
@format_options
def list_(state: str | None, number: str | None, recovery: str | None, limit: int, fmt: str) -> None:
    """List surveys, newest first.

    Example: wapto surveys list --recovery open
    """
    order_id = orders.find(number).id if number else None
    rows = survey_report.listing(state=state, order_id=order_id, recovery=recovery, limit=limit)
    emit([_shape(row) for row in rows], COLUMNS, fmt)


@surveys.command()
@click.option("--by", type=click.Choice(BY), help="A row for each of these.")
@click.option("--number", help="Only this business phone number.")
@click.option("--since", help="Asked on or after this day or instant (UTC).")
@click.option("--until", help="Asked before this day or instant (UTC).")
@format_options
def report(by: str | None, number: str | None, since: str | None, until: str | None, fmt: str) -> None:
    """Sum surveys up. The score lies between `from` and `to` with 95 % certainty.

    Of nps it is the net promoter score (-100 to 100), of review and csat the percentage of 4 and 5.

    Example: wapto surveys report --by week --since 2026-11-01
    """
    only = numbers.find(number) if number else None
    groups = survey_report.report(by, number=only, since=moment(since), until=moment(until))
    emit([_figures(group) for group in groups], REPORT, fmt)


@surveys.command()
@click.argument("number", shell_complete=complete.order)
@format_options
def ask(number: str, fmt: str) -> None:
    """Ask the customer of a delivered order now.

    Example: wapto surveys ask W-7KQ2
    """
    survey = desk.ask(orders.find(number).id, actor=actor(), now=now())
    emit_one(_shape(survey_report.listing(order_id=survey.order_id, limit=1)[0]), fmt)


@surveys.command()
@click.argument("number", shell_complete=complete.order)
@click.option("--outcome", required=True, type=click.Choice(list(recoveries.OUTCOMES)), help="What came of it.")
@click.option("--words", default="", help="The same in a few words, for the thread.")
@format_options
def close(number: str, outcome: str, words: str, fmt: str) -> None:
    """Close the recovery of a low score with what came of it.

    Example: wapto surveys close W-7KQ2 --outcome refunded
    """
    survey = recoveries.close(orders.find(number).id, outcome, words, actor=actor(), now=now())
    emit_one(_shape(survey_report.listing(order_id=survey.order_id, limit=1)[0]), fmt)


def _shape(row: Row) -> dict[str, Any]:
    told = {name: value for name, value in vars(row).items() if name not in ("order_id", "timezone")}
    return told | {name: instant(getattr(row, name)) for name in ("due_at", "asked_at", "answered_at")}


def _figures(group: Group) -> dict[str, Any]:
    score = group.score
    return {
        "group": group.group,
        "kind": group.kind,
        "asked": group.asked,
        "answered": group.answered,
        "response_rate": group.response_rate,
        "score": score.value if score else None,
        "from": score.low if score else None,
        "to": score.high if score else None,
        "low_scores": group.low,
    }
