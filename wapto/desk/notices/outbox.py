"""The outbox lane: keeps messages in flight to Meta, and never lets one be sent twice by itself.

Meta has no idempotency key. So `sending` is committed before the call and means "may have been written": what comes
back decides, and where nothing comes back the message is in doubt, not due again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread

from peewee import Expression

from wapto.desk.conversations import replies
from wapto.desk.notices import ledger, notices
from wapto.desk.notices.dispatch import Claim, Work, claim, numbers_with_work
from wapto.desk.notices.drafts import reason_of, trigger_of
from wapto.desk.notices.messages import breathe, in_batches, move, note
from wapto.desk.notices.outcomes import IN_DOUBT, Returned, record
from wapto.desk.orders import parcels
from wapto.desk.orders.timeline import Actor
from wapto.domain.delivery import DELIVERED, FAILED, HELD, QUEUED, SENDING, SKIPPED, UNKNOWN
from wapto.domain.lifecycle import label
from wapto.domain.text import clean
from wapto.errors import Conflict, InvalidInput, Refused
from wapto.meta.client import GraphClient, Recipient, Sent
from wapto.store.database import Transaction, is_sqlite, reading, transaction
from wapto.store.models import Message, Order

_RETRIABLE = (FAILED, UNKNOWN, HELD, SKIPPED)
_DROPPABLE = (QUEUED, HELD, FAILED)

_SQLITE_ROUND = 20  # messages in a write transaction: 6 ms of the one writer's time, as for half as many orders

_REAP_EVERY = timedelta(seconds=2)
_LOOK = 0.05  # seconds between looks for new work while sends are in flight
_LAST_WAIT = 7.5  # seconds for what is in flight when the process has to end; CONTRACT allows ten for all
# Seconds: where the throughput of one number keeps its messages back, what answers come is written down meanwhile, and
# another number's message that is new waits no longer than this.
_LONGEST_REST = 0.1
_LONGEST_NAP = 1.0  # seconds; what is due later is found by the next look of the lane


def _never() -> bool:
    return False


class OutboxLane:
    """Sends with up to `threads` calls in flight. One thread drains; those that call Meta touch no database."""

    def __init__(self, client: GraphClient, clock: Callable[[], datetime], threads: int = 192) -> None:
        self._client, self._clock, self._threads = client, clock, threads
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._answers: SimpleQueue[Returned] = SimpleQueue()
        self._started = self._in_flight = 0
        self._unrecorded: list[Returned] = []
        self._reap_from = clock()
        self._rest_until = 0.0

    def drain(self, stopping: Callable[[], bool] = _never) -> bool:
        """Sends until nothing is in flight and nothing can be claimed; True if anything was.

        Once `stopping` says so, nothing more is claimed, and what is in flight gets some seconds to come back.
        TryLater when the database is out of reach; answers are kept and written down by the next call.
        """
        self._catch_up()
        sent = False
        while not stopping():
            self._reap_in_time()
            claim = self._round()
            sent = sent or bool(claim.works)
            wait = _LONGEST_NAP if claim.again_in is None else claim.again_in.total_seconds()
            if self._busy:
                self._collect(min(wait, _LOOK))
            elif wait < _LONGEST_NAP:
                time.sleep(wait)
            else:
                return sent
        self._finish()
        return sent

    def close(self) -> None:
        """Ends the idle threads, for a process that goes on without this lane."""
        for _ in range(self._started):
            self._work.put(None)

    @property
    def _busy(self) -> bool:
        return bool(self._in_flight or self._unrecorded)

    def _catch_up(self) -> None:
        """Writes down what came back while the database was away, before it is taken for what a process left behind."""
        if self._busy:
            self._collect(0)
            self._round(claiming=False)

    def _reap_in_time(self) -> None:
        """Every few seconds, however long a drain goes on: the lines of customers wait for it."""
        now = self._clock()
        if now >= self._reap_from:
            reap(now)
            self._reap_from = now + _REAP_EVERY

    def _finish(self) -> None:
        give_up_at = time.monotonic() + _LAST_WAIT
        while self._busy and time.monotonic() < give_up_at:
            self._collect(_LOOK)
            self._round(claiming=False)

    def _round(self, *, claiming: bool = True) -> Claim:
        """One transaction: what came back is recorded, and as much is claimed as there are free threads."""
        now = self._clock()
        limit = _SQLITE_ROUND if is_sqlite() else self._threads
        answers, later = self._unrecorded[:limit], self._unrecorded[limit:]
        rest = self._rest_until - time.monotonic()
        free = min(limit, self._threads - self._in_flight) if claiming and rest <= 0 else 0
        numbers = _numbers(now) if free else []
        if not answers and not numbers:
            return Claim(again_in=timedelta(seconds=rest) if rest > 0 else None)
        with transaction() as tx:
            waiting = record(tx, answers, now)
            claimed = claim(tx, numbers, free, now, patient=not answers)
        if rest > 0:
            claimed.look_again(timedelta(seconds=rest))
        elif claimed.again_in:
            self._rest_until = time.monotonic() + min(claimed.again_in.total_seconds(), _LONGEST_REST)
        self._unrecorded = waiting + later
        for work in claimed.works:
            self._start(work)
        breathe()
        return claimed

    def _start(self, work: Work) -> None:
        self._in_flight += 1
        if self._in_flight > self._started:
            self._started += 1
            # Daemons: a call that hangs must not keep the process from ending; its message is then in doubt.
            Thread(target=self._send_all, name=f"send-{self._started}", daemon=True).start()
        self._work.put(work)

    def _send_all(self) -> None:
        while work := self._work.get():
            self._answers.put(Returned(work, self._send(work)))

    def _send(self, work: Work) -> Sent | Exception:
        try:
            to = Recipient(work.to_phone, work.to_user_id)
            client = self._client.of(work.waba)
            return client.send(work.phone_number_id, to=to, content=work.content, callback=work.callback)
        except Exception as fault:  # whatever it is, the one who records it has to know
            return fault

    def _collect(self, seconds: float) -> None:
        """Takes the answers that are there, waiting for the first."""
        answers = []
        with suppress(Empty):
            answers.append(self._answers.get(timeout=seconds))
            while True:
                answers.append(self._answers.get_nowait())
        self._in_flight -= len(answers)
        self._unrecorded += answers


def _numbers(now: datetime) -> list[int]:
    with reading():
        return numbers_with_work(now)


def reap(now: datetime) -> None:
    """Puts in doubt what a process left behind while sending: it may have been written, so it is never due again."""
    left = (Message.state == SENDING) & (Message.lease_until < now)
    with reading():
        found = Message.select(Message.id).where(left).limit(1).exists()
    if found:
        in_batches(left, lambda tx, message: _put_in_doubt(tx, message, now))


def retry(message_id: int, reason: str, actor: Actor, now: datetime) -> Message:
    """Tells the customer again, as a new message beside the old; Refused unless the old one came to nothing.

    Or unless it told of a parcel that was corrected since.
    """
    words = _words(reason)
    with transaction() as tx:
        message = ledger.message(message_id)
        if message.id not in parcels.outdated([message]):
            _check_state(message, _RETRIABLE, "told again")
        again = _tell_again(message, actor, now)
        if message.state == HELD:  # it would be released one day, and tell the customer once more
            move(tx, message, SKIPPED, now, actor=actor, reason=f"Told again as message {again.id}.")
        note(again, now, actor=actor, before=message.state, after=again.state, text=words)
        tx.wake("desk")
        tx.wake("outbox")
    return again


def drop(message_id: int, reason: str, actor: Actor, now: datetime) -> Message:
    """Gives a message up, so that the customer is not told; Refused once it may have been sent."""
    words = _words(reason)
    with transaction() as tx:
        message = ledger.message(message_id)
        _check_state(message, _DROPPABLE, "dropped")
        if not move(tx, message, SKIPPED, now, actor=actor, words=words, reason=words):
            raise Conflict(f"Message {message_id} has just moved on; look at it again.")
        tx.wake("outbox")
    return ledger.message(message_id)


def arrived(message_id: int, actor: Actor, now: datetime) -> Message:
    """Settles a message that was in doubt: the customer says that they have it. Refused for any other."""
    with transaction() as tx:
        message = ledger.message(message_id)
        _check_state(message, (UNKNOWN,), "called arrived")
        if not move(tx, message, DELIVERED, now, actor=actor, reason=f"{actor.name} says that it arrived."):
            raise Conflict(f"Message {message_id} has just moved on; look at it again.")
    return ledger.message(message_id)


def _put_in_doubt(tx: Transaction, message: Message, now: datetime) -> None:
    move(tx, message, UNKNOWN, now, reason=IN_DOUBT)


def _tell_again(message: Message, actor: Actor, now: datetime) -> Message:
    promise = ":".join(message.key.split(":")[:3])  # order, status, purpose; then which time it is told
    same = (Message.order == message.order_id) if message.order_id else (Message.inquiry == message.inquiry_id)
    told = Message.select().where(same, _of_promise(promise)).order_by(Message.id)
    latest = told[-1]
    if latest.id != message.id:
        raise Refused(f"This was told again already: message {latest.id} is {latest.state}.")
    key = f"{promise}:{len(told) + 1}"
    again = replies.again(message, key, actor, now) if message.said_seq else _notice_again(message, key, now)
    if again is None:
        raise Conflict(f"Somebody else is telling it again at this moment; look at message {message.id} again.")
    return again


def _notice_again(message: Message, key: str, now: datetime) -> Message | None:
    trigger = trigger_of(message.number_id, message.trigger)
    if trigger is None or not trigger.is_on:
        raise Refused(
            f"Notices about {label(message.trigger)} are switched off; `wapto triggers set` switches them on."
        )
    order = Order.get_by_id(message.order_id)
    reason = reason_of(order.id, message.trigger)
    return notices.add(order, trigger, key, now, due=now, reason=reason)


def _of_promise(promise: str) -> Expression:
    return (Message.key == promise) | Message.key.startswith(f"{promise}:")


def _check_state(message: Message, allowed: tuple[str, ...], what: str) -> None:
    if message.state not in allowed:
        raise Refused(f"Message {message.id} is {message.state}; only one that is {_or(allowed)} can be {what}.")


def _or(words: tuple[str, ...]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _words(reason: str) -> str:
    words = clean(reason).strip()
    if not words:
        raise InvalidInput("Say why in a few words: the team reads it in the timeline.")
    return words
