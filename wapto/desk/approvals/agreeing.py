"""The second person's word: agreeing does what was asked for, declining ends it; both names stand in the timeline."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from wapto.desk.approvals.approvals import APPROVED, ASKED, CANCEL_PAID, CHANGE_PRICE, DECLINED, EXPORT, FORGET
from wapto.desk.catalog import drift
from wapto.desk.orders import adjustments, edits, orders, timeline
from wapto.desk.orders.timeline import Actor
from wapto.desk.watch import admins
from wapto.domain.identity import order_number
from wapto.errors import Conflict, NotAllowed, NotFound
from wapto.store.database import Transaction, transaction
from wapto.store.models import Approval

DONE = {
    CANCEL_PAID: "{order} is cancelled",
    CHANGE_PRICE: "the prices of {order} are changed",
    FORGET: "customer {customer} may be forgotten: do it again within an hour",
    EXPORT: "phone numbers may be exported once: do it again within an hour",
}
LEFT = {
    CANCEL_PAID: "{order} stays as it is",
    CHANGE_PRICE: "the prices of {order} stay as they are",
    FORGET: "customer {customer} is not forgotten",
    EXPORT: "no phone numbers are exported",
}


def agree(approval_id: int, *, actor: Actor, now: datetime) -> str:
    """Does what was asked for, as whoever asked; what came of it, in words.

    NotAllowed for whoever asked, Conflict if somebody has decided already. If it is not possible any more, the verb's
    own error, and it stays asked.
    """
    with transaction() as tx:
        row = _decide(approval_id, APPROVED, actor, now)
        if row.order_id is not None:
            asker = Actor(row.asked_by, row.asked_door, row.asked_agent_id, second=actor.name)
            _ACTS[str(row.act["verb"])](row.order_id, row.act, asker, now)
        return _tell(tx, row, f"{actor.name} agreed: {_words(DONE, row)}.", now)


def decline(approval_id: int, *, actor: Actor, now: datetime) -> str:
    """Ends it; whoever asked may do this too."""
    with transaction() as tx:
        row = _decide(approval_id, DECLINED, actor, now)
        tx.wake("desk")
        return _tell(tx, row, f"{actor.name} declined: {_words(LEFT, row)}.", now)


def _decide(approval_id: int, state: str, actor: Actor, now: datetime) -> Approval:
    row = Approval.get_or_none(Approval.id == approval_id)
    if row is None:
        raise NotFound("Nobody asked for that.")
    if state == APPROVED and actor.agent_id is not None and actor.agent_id == row.asked_agent_id:
        raise NotAllowed("You asked for it yourself; somebody else has to agree.")
    decided = {"state": state, "open_key": None, "decided_by": actor.name, "decided_at": now}
    if not Approval.update(decided).where(Approval.id == approval_id, Approval.state == ASKED).execute():
        raise Conflict(f"{row.decided_by} has decided about it already: {row.state}.")
    if row.order_id is not None:
        timeline.record(row.order_id, state, actor, now, before=row.asked_by, after=row.kind)
    return row


def _tell(tx: Transaction, row: Approval, words: str, now: datetime) -> str:
    """The admins, and whoever asked, if it was somebody of the roster."""
    admins.over(tx, f"approval:{row.id}", words, now)
    if row.asked_agent_id is not None:
        admins.tell(tx, f"approval:{row.id}:answer", words, now, agent_id=row.asked_agent_id)
    return words


def _words(of: Mapping[str, str], row: Approval) -> str:
    number = order_number(row.order_id) if row.order_id is not None else None
    return of[row.kind].format(order=number, customer=row.customer_id)


def _cancel(order_id: int, act: Mapping[str, Any], asker: Actor, now: datetime) -> None:
    orders.change_status(order_id, str(act["target"]), actor=asker, now=now, reason=act["reason"])


def _edit(order_id: int, act: Mapping[str, Any], asker: Actor, now: datetime) -> None:
    quantities = _places(act["quantities"])
    edits.edit_items(
        order_id, actor=asker, now=now, quantities=quantities, typed=act["typed"], version=int(act["version"])
    )


def _adjust(order_id: int, act: Mapping[str, Any], asker: Actor, now: datetime) -> None:
    adjustments.adjust(order_id, act["amounts"], actor=asker, now=now, version=int(act["version"]))


def _settle(order_id: int, act: Mapping[str, Any], asker: Actor, now: datetime) -> None:
    drift.decide(order_id, _places(act["choices"]), actor=asker, now=now, version=int(act["version"]))


def _places(pairs: Any) -> dict[int, Any]:
    """By place; JSON has no whole numbers as keys."""
    return {int(place): value for place, value in pairs}


_ACTS: dict[str, Callable[[int, Mapping[str, Any], Actor, datetime], None]] = {
    "cancel": _cancel,
    "edit": _edit,
    "adjust": _adjust,
    "settle": _settle,
}
