"""Which messages may leave now: the number's throughput, the customer's line, and a last look at each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from peewee import SQL, Expression, fn

from wapto.desk.conversations import replies
from wapto.desk.customers import customers
from wapto.desk.notices import optouts
from wapto.desk.notices.drafts import anew, not_sendable, recipient_of, unreachable
from wapto.desk.notices.messages import move
from wapto.desk.notices.notices import TOO_OLD
from wapto.domain.delivery import BLOCKING, HELD, QUEUED, SENDING, SKIPPED
from wapto.domain.lifecycle import label
from wapto.domain.location import line_of
from wapto.domain.template import Component, fill, send_payload
from wapto.errors import InvalidInput
from wapto.store.batches import Prepared
from wapto.store.database import Transaction, is_sqlite, skip_locked, spelled
from wapto.store.models import Message, Number, Template, Trigger

_LEASE = timedelta(seconds=60)  # far longer than a call can take
# How far sending may run ahead of the number's throughput after a pause: a quarter of a second's worth. More would
# be refused by Meta (130429), less would be lost to any other transaction on the number's row.
_BURST = timedelta(seconds=0.25)
# What may leave within this time leaves together, since a look costs as much for one message as for many. Less than
# the burst, so that no throughput is lost.
_GROUP = timedelta(seconds=0.1)
_SECOND = timedelta(seconds=1)
_CONTENDED = timedelta(milliseconds=10)


@dataclass(frozen=True)
class Work:
    """One message on its way out: all that the call needs.

    `lease` tells this attempt from any other; `ends_pause`: the number was paused, and this tries whether all is well.
    """

    message_id: int
    number_id: int
    phone_number_id: str
    waba: str
    to_phone: str | None
    to_user_id: str | None
    content: dict[str, Any]
    callback: str
    lease: datetime
    ends_pause: bool


@dataclass
class Claim:
    """What goes out next, and how long until there may be more; `again_in` is None when no time is known."""

    works: list[Work] = field(default_factory=list)
    again_in: timedelta | None = None

    def look_again(self, after: timedelta) -> None:
        """There is more to claim after this time at the latest."""
        self.again_in = after if self.again_in is None else min(after, self.again_in)


def numbers_with_work(now: datetime) -> list[int]:
    """The numbers that may send and have something due; first the one whose last message is the longest ago."""
    return [number_id for (number_id,) in _with_work.rows(now)]


def _waiting(now: Any) -> Any:
    due = Message.select(SQL("1")).where(
        Message.number == Number.id, Message.state.in_(spelled(QUEUED)), Message.next_at <= now
    )
    query = Number.select(Number.id).where(_may_send(now), fn.EXISTS(due.limit(1).offset(0)))
    return query.order_by(Number.theoretical_at.asc(nulls="first"), Number.id)


_with_work = Prepared(_waiting)


def claim(tx: Transaction, numbers: Sequence[int], free: int, now: datetime, *, patient: bool) -> Claim:
    """Takes at most `free` messages of these numbers for sending, in the caller's transaction.

    Each is marked `sending` for as long as its lease, so that nobody else sends it. `patient`: may wait for the row
    of the first number. A transaction that holds rows already must not, or it could wait for one that waits for it.
    """
    claim = Claim()
    for position, number_id in enumerate(numbers):
        if len(claim.works) >= free:
            break
        number = _turn(number_id, now, wait=patient and position == 0)
        if number is None:
            claim.look_again(_CONTENDED)
        else:
            _claim_of(tx, claim, number, free - len(claim.works), now)
    return claim


def _may_send(now: datetime) -> Expression:
    return Number.gone_at.is_null() & (Number.paused_until.is_null() | (Number.paused_until <= now))


def _turn(number_id: int, now: datetime, *, wait: bool) -> Number | None:
    """The number with its row in our hands, so that its throughput is counted once; None while others have it."""
    turn = _waited_turn if wait else _free_turn
    return next(iter(turn.models(Number, number_id, now)), None)


def _held(number_id: Any, now: Any, how: str) -> Any:
    query: Any = Number.select().where(Number.id == number_id, _may_send(now))
    # Not FOR UPDATE: that would stop every insert that refers to the number.
    return query if is_sqlite() else query.for_update(f"FOR NO KEY UPDATE{how}")


_waited_turn = Prepared(lambda number_id, now: _held(number_id, now, ""))
_free_turn = Prepared(lambda number_id, now: _held(number_id, now, " SKIP LOCKED"))


def _claim_of(tx: Transaction, claim: Claim, number: Number, free: int, now: datetime) -> None:
    room = allowance(number.throughput, number.theoretical_at, now)
    due = _heads(number, min(free, room), now) if room else []
    if len(due) == room < free:  # it is the throughput that keeps others back, not the line of their customer
        claim.look_again(max(until_next(number.throughput, number.theoretical_at, now), _GROUP))
    checks = _Checks(number, due, now)
    ready = [message for message in due if checks.passed(tx, message)]
    if len(ready) < len(due):
        claim.look_again(timedelta(0))
    lease = now + _LEASE
    if ready:
        _take.run([message.id for message in ready], lease)
        spent = after_sending(number.throughput, number.theoretical_at, len(ready), now)
        Number.update(theoretical_at=spent).where(Number.id == number.id).execute()
    claim.works += [_work(number, message, lease) for message in ready]


def allowance(throughput: int, theoretical_at: datetime | None, now: datetime) -> int:
    """How many messages may leave at once (GCRA): `theoretical_at` is when the number is even with its throughput."""
    step = _SECOND / throughput
    return max(0, (now + max(_BURST, step) - max(theoretical_at or now, now)) // step)


def until_next(throughput: int, theoretical_at: datetime | None, now: datetime) -> timedelta:
    """How long until one more message may leave than now."""
    step = _SECOND / throughput
    ahead = max(theoretical_at or now, now) + (allowance(throughput, theoretical_at, now) + 1) * step
    return ahead - max(_BURST, step) - now


def after_sending(throughput: int, theoretical_at: datetime | None, count: int, now: datetime) -> datetime:
    """When the number is even with its throughput, once `count` messages have left."""
    return max(theoretical_at or now, now) + count * (_SECOND / throughput)


def _heads(number: Number, limit: int, now: datetime) -> list[Message]:
    """The due messages whose turn it is in their customer's line: nothing before them waits, nothing is on its way."""
    return _turns.models(Message, number.id, now, limit)


def _in_turn(number_id: Any, now: Any, limit: Any) -> Any:
    ahead = Message.alias()
    earlier = ahead.select(SQL("1")).where(
        ahead.number == Message.number,
        ahead.customer == Message.customer,
        ahead.state.in_(spelled(*BLOCKING)),
        (ahead.id < Message.id) | (ahead.state == SENDING),
    )
    # The offset makes PostgreSQL look for each row by itself. It would make one join of it, planned by how few waited
    # when it last counted: measured, 0.4 s instead of 1 ms once there are thousands.
    earlier = earlier.limit(1).offset(0)
    due = (Message.number == number_id) & Message.state.in_(spelled(QUEUED)) & (Message.next_at <= now)
    query = Message.select().where(due, ~fn.EXISTS(earlier)).order_by(Message.next_at, Message.id).limit(limit)
    return skip_locked(query, Message)


_turns = Prepared(_in_turn)
_take = Prepared(
    lambda ids, lease: Message.update(state=SENDING, lease_until=lease, attempts=Message.attempts + 1).where(
        Message.id.in_(ids)
    )
)
_triggers = Prepared(lambda number_id: Trigger.select().where(Trigger.number == number_id))
_templates = Prepared(
    lambda waba, names: Template.select().where(
        Template.waba == waba, Template.name.in_(names), Template.gone_at.is_null()
    )
)


def _work(number: Number, message: Message, lease: datetime) -> Work:
    return Work(
        message_id=message.id,
        number_id=number.id,
        phone_number_id=number.phone_number_id,
        waba=number.waba,
        to_phone=message.to_phone,
        to_user_id=message.to_user_id,
        content=message.content or _template(message),
        callback=message.callback,
        lease=lease,
        ends_pause=number.paused_until is not None,
    )


def _template(message: Message) -> dict[str, Any]:
    payload = send_payload(str(message.template), str(message.language), message.components)
    return {"type": "template", "template": payload}


class _Checks:
    """The last look at messages of one number: much can have changed since they were promised."""

    def __init__(self, number: Number, messages: Sequence[Message], now: datetime) -> None:
        names = sorted({message.template for message in messages if message.template})
        templates = _templates.models(Template, number.waba, names) if names else []
        self._now = now
        self._addresses = customers.addresses(message.customer_id for message in messages)
        self._triggers = {row.status: row for row in _triggers.models(Trigger, number.id)}
        self._templates = {(row.name, row.language): row for row in templates}

    def passed(self, tx: Transaction, message: Message) -> bool:
        """Whether it may go; what may not is skipped or held with the reason. A stale one is filled anew."""
        if message.said_seq:
            return self._can_be_said(tx, message)
        trigger = self._triggers.get(message.trigger)
        if message.expires_at and message.expires_at <= self._now:
            return self._aside(tx, message, SKIPPED, TOO_OLD)
        if trigger is None or not trigger.is_on:
            return self._aside(tx, message, SKIPPED, f"Notices about {label(message.trigger)} were switched off.")
        if trigger.template == message.template and self._reaches_them(message) and self._is_fresh(message):
            return True
        in_window = trigger.plain_text and replies.is_open(message.number_id, message.customer_id, self._now)
        _, draft = anew(message, trigger, in_window=in_window)
        if draft.problem:
            return self._aside(tx, message, SKIPPED if draft.is_unwanted else HELD, draft.problem)
        _rewrite(message, **draft.columns())
        return True

    def _can_be_said(self, tx: Transaction, message: Message) -> bool:
        if message.template and not self._is_fresh(message):
            return self._aside(tx, message, SKIPPED, f"The template “{message.template}” cannot be sent any more.")
        if message.content and not replies.is_open(message.number_id, message.customer_id, self._now):
            return self._aside(tx, message, SKIPPED, replies.CLOSED)
        if not self._reaches_them(message):
            phone, user_id = recipient_of(message.customer, message.number)
            if not (phone or user_id):
                return self._aside(tx, message, HELD, unreachable(message.customer))
            _rewrite(message, to_phone=phone, to_user_id=user_id)
        return True

    def _aside(self, tx: Transaction, message: Message, state: str, reason: str) -> bool:
        move(tx, message, state, self._now, reason=reason)
        return False

    def _reaches_them(self, message: Message) -> bool:
        """Whether the recipient is still the customer: since it was promised, they may have moved to another number."""
        return (message.customer_id, message.to_phone or message.to_user_id) in self._addresses

    def _is_fresh(self, message: Message) -> bool:
        """Whether Meta would still take the payload; the text is kept as the customer will read it."""
        template = self._templates.get((str(message.template), str(message.language)))
        if template is None or not_sendable(template):
            return False
        if template.category == optouts.MARKETING and optouts.unwanted(template, message.customer):
            return False
        try:
            filled = fill(template.components, template.parameter_format, values_in(message.components))
        except InvalidInput:
            return False
        if filled.components != message.components:
            return False
        if filled.text != message.text:
            _rewrite(message, text=filled.text)
        return True


def _rewrite(message: Message, **columns: object) -> None:
    for name, value in columns.items():
        setattr(message, name, value)
    Message.update(columns).where(Message.id == message.id).execute()


def values_in(payload: Sequence[Component]) -> dict[str, str]:
    """The values by placeholder that went into a payload: what `template.fill` did, backwards."""
    values = {}
    for component in payload:
        for position, parameter in enumerate(component["parameters"], 1):
            value = parameter[parameter["type"]]
            if component["type"] == "button":
                is_address = component["sub_type"] == "url"
                values[f"button.{component['index']}"] = unquote(value) if is_address else value
            elif parameter["type"] == "location":
                values["header"] = line_of(value)
            elif component["type"] == "header":
                values["header"] = value["link"] if isinstance(value, dict) else value
            else:
                values[parameter.get("parameter_name", str(position))] = value
    return values
