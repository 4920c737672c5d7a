"""The doctor's rounds: it looks by itself every so often, and tells the admins only what has changed.

A change counts when it is found twice in a row, so that what lasts for a moment is no news.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from wapto.desk.doctor.doctor import FAIL, PASS, SKIPPED, WARN, Check, Look, examine
from wapto.desk.watch import admins
from wapto.store.database import transaction
from wapto.store.models import Duty, Finding

ROUNDS, EVERY = "rounds", timedelta(minutes=15)

_MARKS = {PASS: "✓", WARN: "!", FAIL: "✗"}


def plan(now: datetime) -> None:
    """The first round is made a while after the first start, when all is connected."""
    with transaction():
        Duty.insert(name=ROUNDS, due_at=now + EVERY).on_conflict_ignore().execute()


def go(looks: Sequence[Look], now: datetime) -> None:
    """Looks at all of this, and owes the admins one message about what is worse or better than they know."""
    checks = examine(looks, now)
    with transaction() as tx:
        news = [*_changed(checks, now), *_vanished(checks)]
        if news:
            words = "\n".join(["`wapto doctor` finds something new:", *news])
            admins.tell(tx, f"rounds:{int(now.timestamp())}", words, now)


def _changed(checks: Sequence[Check], now: datetime) -> Iterator[str]:
    known = {finding.name: finding for finding in Finding.select()}
    for check in checks:
        finding = known.get(check.name)
        if check.state == SKIPPED:
            continue
        if finding is None:
            new = Finding.insert(name=check.name, state=PASS, seen=check.state, since=now)
            new.on_conflict_ignore().execute()
        elif check.state == finding.seen != finding.state:
            Finding.update(state=check.state, since=now).where(Finding.id == finding.id).execute()
            yield _line(check)
        elif check.state != finding.seen:
            Finding.update(seen=check.state).where(Finding.id == finding.id).execute()


def _line(check: Check) -> str:
    advice = f" → {check.advice}" if check.advice else ""
    return f"{_MARKS[check.state]} {check.name}: {check.evidence}{advice}"


def _vanished(checks: Sequence[Check]) -> Iterator[str]:
    """What is not looked at any more; only where all could be seen, since one failure can hide the rest."""
    if any(check.state == FAIL for check in checks):
        return
    gone = Finding.name.not_in([check.name for check in checks])
    for finding in Finding.select().where(gone, Finding.state != PASS).order_by(Finding.id):
        yield f"{_MARKS[PASS]} {finding.name}: nothing is wrong with it any more."
    Finding.delete().where(gone).execute()
