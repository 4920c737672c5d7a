"""Acts that need a second person, where a shop says so: asked for by one, agreed to by another.

What changes an order is done when the second person agrees. What only a terminal does (forgetting a customer, exporting
phone numbers) may then be done there once, within an hour.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from wapto.desk.orders import timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.domain.identity import order_number
from wapto.domain.text import cut
from wapto.errors import NotAllowed, NotFound
from wapto.store.database import transaction
from wapto.store.models import Approval, Number, Order

CANCEL_PAID, CHANGE_PRICE, FORGET, EXPORT = "cancel_paid", "change_price", "forget", "export"
KINDS = (CANCEL_PAID, CHANGE_PRICE, FORGET, EXPORT)
ASKED, APPROVED, DECLINED, USED = "asked", "approved", "declined", "used"
APPROVAL_ASKED = "approval_asked"

_PEOPLE = ("slack", "cli")  # doors: customers and the calendar need nobody's agreement
_USABLE = timedelta(hours=1)
_DETAIL = 200

P = ParamSpec("P")
T = TypeVar("T")


class Needs(Exception):
    """An act on an order was stopped, since a second person has to agree first; `act` is how it is done then."""

    def __init__(self, kind: str, order_id: int, act: Mapping[str, Any], words: str | None = None) -> None:
        super().__init__(kind)
        self.kind, self.order_id, self.act, self.words = kind, order_id, dict(act), words


def check(order: Order, kind: str, actor: Actor, act: Mapping[str, Any], words: str | None = None) -> None:
    """Stops the act unless the shop asks for no second person, or one has agreed. `words` are the reason.

    Only inside a verb that is `asking_a_second`.
    """
    if kind in order.number.two_person and actor.second is None and actor.door in _PEOPLE:
        raise Needs(kind, order.id, act, words)


def asking_a_second(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb with the keywords `actor` and `now`: where it needs a second person, one is asked, and nothing is done."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return verb(*args, **kwargs)
        except Needs as need:
            actor, now = kwargs["actor"], kwargs["now"]
            assert isinstance(actor, Actor) and isinstance(now, datetime)  # noqa: S101, PT018 (as every verb has them)
            _ask_about_order(need, actor, now)

    return run


def _ask_about_order(need: Needs, actor: Actor, now: datetime) -> NoReturn:
    what = _WHAT[need.kind].format(order=order_number(need.order_id))
    asked = _Asked(need.kind, f"{need.kind}:{need.order_id}", what, need.act, order_id=need.order_id)
    _ask(asked, actor, now, need.words)


_WHAT = {
    CANCEL_PAID: "cancel the paid order {order}",
    CHANGE_PRICE: "change prices of {order}",
    FORGET: "forget customer {customer}",
    EXPORT: "export phone numbers",
}


def permit(kind: str, actor: Actor, now: datetime, customer_id: int | None = None) -> str | None:
    """Who agreed to this act of a terminal; None where no shop asks for a second person.

    NotAllowed otherwise; the admins have been asked then. An export uses it up; forgetting twice changes nothing more.
    """
    if not any(kind in number.two_person for number in Number.select().where(Number.gone_at.is_null())):
        return None
    key = f"{kind}:{customer_id or ''}:{actor.name}"
    second = _agreed(key, now, then=USED if kind == EXPORT else APPROVED)
    if second is None:
        what = _WHAT[kind].format(customer=customer_id)
        _ask(_Asked(kind, key, what, {}, customer_id=customer_id), actor, now)
    return second


def _agreed(key: str, now: datetime, *, then: str) -> str | None:
    with transaction():
        mine = (Approval.key == key) & (Approval.state == APPROVED) & (Approval.decided_at > now - _USABLE)
        found = Approval.update(state=then).where(mine).returning(Approval.decided_by).tuples().execute()
        return next((str(name) for (name,) in found), None)


@dataclass(frozen=True)
class _Asked:
    kind: str
    key: str
    what: str
    act: Mapping[str, Any]
    order_id: int | None = None
    customer_id: int | None = None


def _ask(asked: _Asked, actor: Actor, now: datetime, words: str | None = None) -> NoReturn:
    """Writes down that it was asked, tells the admins, and says so. Of two that ask for the same, one is written."""
    with transaction() as tx:
        _take_back(asked, actor, now)
        new = Approval.insert(
            kind=asked.kind,
            order=asked.order_id,
            customer=asked.customer_id,
            key=asked.key,
            open_key=asked.key,
            act=asked.act,
            state=ASKED,
            asked_by=actor.name,
            asked_door=actor.door,
            asked_agent_id=actor.agent_id,
            asked_at=now,
        )
        made = list(new.on_conflict_ignore().returning(Approval.id).tuples().execute())
        if made:
            detail = f" ({cut(str(asked.act['words']), _DETAIL)})" if "words" in asked.act else ""
            told = f"{actor.name} wants to {asked.what}{detail}; a second person has to agree."
            admins.tell(tx, f"approval:{made[0][0]}", told, now, approval_id=made[0][0])
            if asked.order_id is not None:
                timeline.record(asked.order_id, APPROVAL_ASKED, actor, now, after=asked.kind, text=words)
        tx.wake("desk")
    raise NotAllowed(_sentence(asked, made=bool(made)))


def _take_back(asked: _Asked, actor: Actor, now: datetime) -> None:
    """Whoever asks for something else instead asks anew: nobody agrees to more than they were shown."""
    row = Approval.get_or_none(Approval.open_key == asked.key, Approval.asked_by == actor.name)
    if row is not None and row.act != asked.act:
        ended = {"state": DECLINED, "open_key": None, "decided_by": actor.name, "decided_at": now}
        Approval.update(ended).where(Approval.id == row.id, Approval.state == ASKED).execute()


def _sentence(asked: _Asked, *, made: bool) -> str:
    who = "the admins have been asked in Slack" if made else "it has been asked in Slack already"
    again = "" if asked.order_id is not None else " Do it again within an hour after somebody has agreed."
    return f"A second person has to agree to {asked.what}; {who}. Nothing has changed yet.{again}"


@dataclass(frozen=True)
class Open:
    """What somebody has asked a second person to agree to."""

    id: int
    kind: str
    order_id: int | None
    asked_by: str
    asked_agent_id: int | None
    detail: str | None


def open_of_order(order_id: int) -> tuple[Open, ...]:
    """What is asked about an order."""
    rows = Approval.select().where(Approval.order == order_id, Approval.state == ASKED).order_by(Approval.id)
    return tuple(map(_open, rows))


def open_one(approval_id: int) -> Open | None:
    """This one, while it is asked."""
    row = Approval.get_or_none(Approval.id == approval_id, Approval.state == ASKED)
    return _open(row) if row else None


def _open(row: Approval) -> Open:
    detail = row.act.get("words") or row.act.get("reason")
    return Open(row.id, row.kind, row.order_id, row.asked_by, row.asked_agent_id, str(detail) if detail else None)


def order_of(approval_id: int) -> int | None:
    """The order that it is about; None of all else. NotFound where nobody asked."""
    row = Approval.get_or_none(Approval.id == approval_id)
    if row is None:
        raise NotFound("Nobody asked for that.")
    return row.order_id
