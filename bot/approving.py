"""The buttons by which a second person agrees or declines.

About an order it is anybody who may work on it, about all else an admin.
"""

from datetime import datetime
from typing import Protocol

from bot import guard
from bot.approval_cards import Question
from bot.blocks import escape
from bot.calls import Call
from bot.slack import Content
from wapto.desk.approvals import agreeing, approvals
from wapto.desk.orders.timeline import Actor


def agree(call: Call) -> Content | None:
    """Agree: what was asked for is done."""
    return _decide(call, agreeing.agree)


def decline(call: Call) -> Content | None:
    """Decline: it is not."""
    return _decide(call, agreeing.decline)


class _Verb(Protocol):
    def __call__(self, approval_id: int, *, actor: Actor, now: datetime) -> str: ...


def _decide(call: Call, verb: _Verb) -> Content:
    actor = guard.worker(call)
    asked = Question.unpack(call.value).approval
    order_id = approvals.order_of(asked)
    if order_id is None:
        guard.admin(call)
    else:
        guard.may(actor, order_id)
    return Content(escape(verb(asked, actor=actor, now=call.now)))
