"""Handing work over: what somebody has in their hands, the most urgent first, and giving it to named people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any

from peewee import fn

from wapto.desk.assignment import rights
from wapto.desk.conversations.replies import REPLY
from wapto.desk.notices.messages import breathe
from wapto.desk.orders import orders, search
from wapto.desk.orders.search import Filter, Row
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.domain.identity import order_number
from wapto.errors import InvalidInput, NotFound, WaptoError
from wapto.meta.said import EDIT, REVOKE
from wapto.store.database import Transaction, reading, transaction
from wapto.store.models import Agent, Inbound, Message, Order

MOST = 100  # orders in one digest, and in one selection
DIGEST = "digest"

_SAY_NOTHING = (EDIT, REVOKE, "system", "reaction")


@dataclass(frozen=True)
class Digest:
    """What somebody has open: orders that are due first come first, `rows` are the first of `total`.

    `unread` and `untold` are ids of orders: the customer wrote and nobody answered, or has not heard of the status.
    """

    agent_id: int
    name: str
    rows: tuple[Row, ...]
    total: int
    unread: frozenset[int]
    untold: frozenset[int]


def digest(agent_id: int) -> Digest:
    """What this person has in their hands, of one moment."""
    with reading():
        agent = Agent.get_or_none(Agent.id == agent_id)
        if agent is None:
            raise NotFound("That person is not on the roster.")
        theirs = Filter(agent_id=agent_id, open_only=True, latest_first=True)
        rows = tuple(search.find(theirs, MOST))
        ids = [row.id for row in rows]
        untold = Order.select(Order.id).where(Order.id.in_(ids), Order.id.in_(search.untold()))
        return Digest(agent_id, agent.name, rows, search.count(theirs), _ids(_unread(ids)), _ids(untold))


def _ids(query: Any) -> frozenset[int]:
    return frozenset(order_id for (order_id,) in query.tuples())


def _unread(ids: Sequence[int]) -> Any:
    """Those whose customer wrote something after the order came, and nobody has answered since."""
    theirs = (Message.customer == Order.customer) & (Message.number == Order.number) & (Message.trigger == REPLY)
    answered = fn.COALESCE(Message.select(fn.MAX(Message.created_at)).where(theirs), 0)
    wrote = Inbound.select().where(
        Inbound.customer == Order.customer,
        Inbound.number == Order.number,
        Inbound.kind.not_in(_SAY_NOTHING),
        Inbound.sent_at > Order.created_at,
        Inbound.sent_at > answered,
    )
    return Order.select(Order.id).where(Order.id.in_(ids), fn.EXISTS(wrote))


def owe_digest(tx: Transaction, agent_id: int, now: datetime) -> None:
    """At the end of somebody's shift: owes them one direct message of what they leave open, if there is anything."""
    if search.count(Filter(agent_id=agent_id, open_only=True)):
        key, words = f"{DIGEST}:{agent_id}:{int(now.timestamp())}", "Your shift is over: /wapto handover."
        admins.tell(tx, key, words, now, agent_id=agent_id, about=DIGEST)


def leave(agent_id: int, now: datetime) -> None:
    """The same for somebody who goes off duty by hand."""
    with transaction() as tx:
        owe_digest(tx, agent_id, now)


@dataclass(frozen=True)
class Given:
    """What became of one order; a `problem` says why it was left with whoever has it."""

    number: str
    agent: str
    problem: str | None


def give(those: Iterable[tuple[int, int | None]], to: Sequence[Agent], *, actor: Actor, now: datetime) -> list[Given]:
    """Gives each of these orders, if it is still with whom it was seen with, to these people, one after the other.

    One failure stops no other. InvalidInput without anybody to give them to.
    """
    if not to:
        raise InvalidInput("Say to whom: name at least one person.")
    return [
        _give_one(order_id, seen, agent, actor, now) for (order_id, seen), agent in zip(those, cycle(to), strict=False)
    ]


def _give_one(order_id: int, seen: int | None, agent: Agent, actor: Actor, now: datetime) -> Given:
    problem = None
    try:
        if actor.agent_id is not None:
            rights.check(actor.agent_id, order_id)
        orders.assign(order_id, agent.id, actor=actor, now=now, seen_agent=seen)
    except WaptoError as fault:
        problem = str(fault)
    breathe()
    return Given(order_number(order_id), agent.name, problem)
