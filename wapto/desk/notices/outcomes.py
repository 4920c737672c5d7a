"""What came back from Meta for a send, and what that does to the message and its number."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from peewee import Case, Expression, InterfaceError, OperationalError

from wapto.desk.notices import optouts
from wapto.desk.notices.dispatch import Work
from wapto.desk.notices.messages import move, move_all
from wapto.desk.notices.notices import apply_parked
from wapto.desk.templates.refetching import after_refusal
from wapto.desk.watch import admins, unknown_codes
from wapto.domain.delivery import ACCEPTED, FAILED, HELD, QUEUED, SENDING, UNKNOWN, advance
from wapto.domain.trace import trace_of
from wapto.errors import InvalidInput, OutcomeUnknown, TryLater
from wapto.meta.client import Sent
from wapto.meta.errors import GraphError, Reach, Remedy, describe
from wapto.store.batches import Prepared
from wapto.store.database import Transaction, db, skip_locked
from wapto.store.models import Message, Number, Order

MAX_ATTEMPTS = 8
IN_DOUBT = "Meta may have it or not: a receipt will tell. If none comes, ask the customer before telling again."
HELD_BACK = "Meta holds it back to check the template's quality; it may come later or never."

_STRAIGHT = (None, "accepted")
_LONGEST_WAIT = 900.0  # seconds; eight attempts then take about 40 minutes
_LONGEST_WAIT_UNREACHED = 30.0  # seconds; nothing was written, so trying often harms nobody
_SLOW_DOWN = 3.0  # seconds
_WORTH_A_PAUSE = 60.0  # seconds: what takes longer is shown as a pause of the number
_PAUSE = 300.0  # seconds

log = structlog.get_logger()


@dataclass(frozen=True)
class Returned:
    """A send and its answer: Sent, or the error that was raised."""

    work: Work
    answer: Sent | Exception


@dataclass(frozen=True)
class _Case:
    """An answer being recorded, beside the message as it is by now."""

    tx: Transaction
    message: Message
    work: Work
    answer: Sent | Exception
    now: datetime

    @property
    def is_current(self) -> bool:
        """Whether the message still waits for this very attempt."""
        return bool(self.message.state == SENDING and self.message.lease_until == self.work.lease)

    @property
    def is_plain(self) -> bool:
        """Whether all went as it mostly does: accepted, and no receipt was faster."""
        held_back = isinstance(self.answer, Sent) and self.answer.message_status not in _STRAIGHT
        return isinstance(self.answer, Sent) and not held_back and self.is_current and self.message.wamid is None


_free = Prepared(lambda ids: skip_locked(Message.select().where(Message.id.in_(ids)), Message))
_first_messages = Prepared(lambda ids: Order.select(Order.id, Order.source_wamid).where(Order.id.in_(ids)))


def record(tx: Transaction, returned: Sequence[Returned], now: datetime) -> list[Returned]:
    """Writes down what came back; returns what has to wait because a receipt is just moving the message.

    An answer that cannot be written down is left to its message's lease, lest it keep back the others.
    """
    if not returned:
        return []
    wanted = _free.models(Message, [one.work.message_id for one in returned])
    messages = {message.id: message for message in wanted}
    here = [one for one in returned if one.work.message_id in messages]
    cases = [_Case(tx, messages[one.work.message_id], one.work, one.answer, now) for one in here]
    plain = [case for case in cases if case.is_plain]
    together = bool(plain) and _saved(_accept_all, plain)
    for case in cases:
        if not (together and case.is_plain):
            _saved(_settle, case)
    _say(cases)
    apply_parked([one.answer.wamid for one in here if isinstance(one.answer, Sent)], now)
    return [one for one in returned if one.work.message_id not in messages]


def _say(cases: Sequence[_Case]) -> None:
    """One line for what is written down together; each send has the trace of the message that its order began with."""
    orders = sorted({case.message.order_id for case in cases if case.message.order_id})
    began: dict[int | None, str | None] = dict(_first_messages.rows(orders)) if orders else {}
    messages = [
        {"trace": trace_of(began.get(case.message.order_id)), "message": case.message.id, "answer": _word(case.answer)}
        for case in cases
    ]
    if messages:
        db.after_commit(lambda: log.info("messages were sent", messages=messages))


def _word(answer: Sent | Exception) -> str:
    if isinstance(answer, Sent):
        return ACCEPTED
    return f"{answer.remedy.value} {answer.code}" if isinstance(answer, GraphError) else type(answer).__name__


def _saved(write: Callable[[Any], None], what: Any) -> bool:
    """Whether it could be written; if not, all is as before and the log says why."""
    try:
        with db.atomic():
            write(what)
    except (TryLater, OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("answers from Meta could not be recorded")
        return False
    return True


def _accept_all(cases: Sequence[_Case]) -> None:
    """The common case in a few statements for all, which is what makes hundreds of messages a second possible."""
    tx, now = cases[0].tx, cases[0].now
    wamids = [(case.message.id, case.answer.wamid) for case in cases if isinstance(case.answer, Sent)]
    clear = {"reason": None, "error_code": None, "error_text": None}
    move_all(tx, [case.message for case in cases], ACCEPTED, now, wamid=Case(Message.id, wamids), **clear)
    _end_pauses(tx, {case.work.number_id for case in cases if case.work.ends_pause}, now)


def _settle(case: _Case) -> None:
    match answer := case.answer:
        case Sent():
            _accepted(case, answer)
        case _ if not case.is_current:
            log.info("an answer came too late", message=case.message.id, state=case.message.state)
        case GraphError():
            _REMEDIES[answer.remedy](case, answer)
        case TryLater():
            _again(case, max(answer.after, backoff(case.message.attempts, _LONGEST_WAIT_UNREACHED)), str(answer))
        case InvalidInput():
            _end(case, FAILED, str(answer), error_text=str(answer))
        case OutcomeUnknown():
            _end(case, UNKNOWN, IN_DOUBT, error_text=str(answer))
        case _:
            log.error("a send failed in an unforeseen way", message=case.message.id, exc_info=answer)
            _end(case, UNKNOWN, IN_DOUBT, error_text=type(answer).__name__)


def _accepted(case: _Case, sent: Sent) -> None:
    """A receipt may have been faster: then only the wamid is news."""
    if case.work.ends_pause:
        _end_pauses(case.tx, {case.work.number_id}, case.now)
    wamid = case.message.wamid or sent.wamid
    after = advance(case.message.state, ACCEPTED)
    if after is None:
        Message.update(wamid=wamid).where(Message.id == case.message.id).execute()
        return
    reason = None if sent.message_status in _STRAIGHT else HELD_BACK
    move(case.tx, case.message, after, case.now, wamid=wamid, reason=reason, error_code=None, error_text=None)


def _try_again(case: _Case, fault: GraphError) -> None:
    if case.message.attempts >= MAX_ATTEMPTS:
        _fail(case, fault)
    else:
        wait = max(fault.retry_after or 0, backoff(case.message.attempts, _LONGEST_WAIT))
        _again(case, wait, describe(fault.code), **_error(fault))


def _slow_number(case: _Case, fault: GraphError) -> None:
    wait = fault.retry_after or _SLOW_DOWN
    if wait >= _WORTH_A_PAUSE:
        _pause(case, fault, wait)
    even = case.now + timedelta(seconds=wait)
    slower = Number.theoretical_at.is_null() | (Number.theoretical_at < even)
    Number.update(theoretical_at=even).where(Number.id == case.work.number_id, slower).execute()
    _requeue(case, fault)


def _wait_for_admin(case: _Case, fault: GraphError) -> None:
    _pause(case, fault, _PAUSE)
    _requeue(case, fault)


def _hold(case: _Case, fault: GraphError) -> None:
    after_refusal(case.message, fault.code, case.now)
    _end(case, HELD, describe(fault.code), **_error(fault))


def _fail(case: _Case, fault: GraphError) -> None:
    if not fault.known:
        unknown_codes.tell(case.tx, fault.code, fault.details, case.now)
    if fault.code == optouts.REFUSED_CODE:
        optouts.stop(case.message.customer_id, optouts.REFUSED, case.now)
    _end(case, FAILED, describe(fault.code), **_error(fault))


_REMEDIES: dict[Remedy, Callable[[_Case, GraphError], None]] = {
    Remedy.RETRY: _try_again,
    Remedy.SLOW_PAIR: _try_again,
    Remedy.SLOW_NUMBER: _slow_number,
    Remedy.CONFIGURE: _wait_for_admin,
    Remedy.TOKEN_DEAD: _wait_for_admin,
    Remedy.TEMPLATE_UNUSABLE: _hold,
    Remedy.UNREACHABLE: _fail,
    Remedy.WINDOW_CLOSED: _fail,
    Remedy.NEVER: _fail,
}


def backoff(attempts: int, longest: float) -> float:
    """Seconds until the next attempt: 1, 4, 16, 64 … (reference §9, pair rate), each spread by a fifth."""
    spread = random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret
    return float(min(4 ** (attempts - 1), longest) * spread)


def _error(fault: GraphError) -> dict[str, Any]:
    return {"error_code": fault.code, "error_text": fault.details or str(fault)}


def _end(case: _Case, state: str, reason: str, **values: Any) -> None:
    move(case.tx, case.message, state, case.now, reason=reason, **values)


def _requeue(case: _Case, fault: GraphError) -> None:
    """Back into the queue without counting the attempt: the number was at fault, not the message."""
    _again(case, 0, describe(fault.code), attempts=case.message.attempts - 1, **_error(fault))


def _again(case: _Case, wait: float, reason: str, **values: Any) -> None:
    due = case.now + timedelta(seconds=wait)
    changes = {"state": QUEUED, "next_at": due, "lease_until": None, "reason": reason, **values}
    Message.update(changes).where(Message.id == case.message.id, Message.state == SENDING).execute()


def _pause(case: _Case, fault: GraphError, seconds: float) -> None:
    """Keeps the whole queue of each number concerned, and says so once: calls in flight all bring the same answer."""
    running = Number.gone_at.is_null() & (Number.paused_until.is_null() | (Number.paused_until <= case.now))
    until = case.now + timedelta(seconds=seconds)
    pause = Number.update(paused_until=until, paused_reason=describe(fault.code)).where(
        _concerned(case, fault), running
    )
    paused = dict(pause.returning(Number.id, Number.phone_number_id).tuples().execute())
    if paused:
        names = ", ".join(sorted(paused.values()))
        log.error("sending is paused", numbers=names, code=fault.code, until=until.isoformat())
        words = f"Nothing is sent from {names} at the moment, and the queue is kept. {describe(fault.code)}"
        admins.tell(case.tx, _pause_of(case.work.number_id), words, case.now, renew=False)


def _concerned(case: _Case, fault: GraphError) -> Expression:
    """The numbers that would be answered the same."""
    number = Number.get_by_id(case.work.number_id)
    if fault.reach is Reach.PORTFOLIO and number.portfolio:
        return Number.portfolio == number.portfolio
    return Number.id == number.id if fault.reach is Reach.NUMBER else Number.waba == number.waba


def _end_pauses(tx: Transaction, numbers: set[int], now: datetime) -> None:
    """A success ends the pause that had run out; one that began while it was in flight goes on."""
    if not numbers:
        return
    over = Number.id.in_(numbers) & (Number.paused_until <= now)
    ended = Number.update(paused_until=None, paused_reason=None).where(over)
    for number_id, name in ended.returning(Number.id, Number.phone_number_id).tuples().execute():
        admins.over(tx, _pause_of(number_id), f"Number {name} sends again.", now)


def _pause_of(number_id: int) -> str:
    return f"sending:{number_id}"
