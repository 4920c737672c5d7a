"""Whether an order is on time, at risk or late, in words: on its card, in lists and in answers. Pure."""

from bot import kit
from bot.kit import Block, Line
from wapto.desk.orders.views import OrderView
from wapto.domain.promises import Promised

STATES = {"on_time": "🟢 On time, due", "at_risk": "🟡 At risk, due", "late": "🔴 Late since"}


def parts(promised: Promised | None) -> Line:
    """In a line of a list: nothing where no time is promised."""
    return [kit.words(f" · {STATES[promised.state]} "), kit.moment(promised.due_at)] if promised else []


def line(promised: Promised | None) -> list[Block]:
    """On a card; the instant is a Slack date, so that passing time edits nothing."""
    if promised is None:
        return []
    return [kit.section(f"*{STATES[promised.state]}* {kit.moment_mrkdwn(promised.due_at)}")]


def snoozed(view: OrderView) -> str:
    """To somebody who put an order off."""
    return f"{view.number}: {_mrkdwn(view.promised)}." if view.promised else view.number


def _mrkdwn(promised: Promised) -> str:
    return f"{STATES[promised.state]} {kit.moment_mrkdwn(promised.due_at)}"
