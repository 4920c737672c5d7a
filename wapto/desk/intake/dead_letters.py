"""Webhooks that could not be handled, as the admins are told of them: once, and once more when none is left."""

from datetime import datetime

from wapto.desk.watch import admins
from wapto.domain.intake import FAILED, KEPT, PARTIAL, TROUBLED
from wapto.store.database import Transaction, spelled
from wapto.store.models import InboxElement, InboxEntry

_KEY = "inbox"
_MOST = 10  # elements that are listed


def told(tx: Transaction, entry: InboxEntry, state: str, error: str | None, now: datetime) -> None:
    """Owes the admins what could not be handled of an entry, element by element, each with the reason."""
    failed = (InboxElement.entry == entry) & (InboxElement.outcome == FAILED)
    elements = list(InboxElement.select().where(failed).order_by(InboxElement.position))
    reasons = [f"• Part {element.position + 1}: {element.reason}" for element in elements[:_MOST]]
    if len(elements) > _MOST:
        reasons.append(f"and {len(elements) - _MOST} more")
    lines = [
        f"A webhook could not be handled{' in part' if state == PARTIAL else ''}:",
        *(reasons or [f"• {error}"]),
        f"`wapto inbox show {entry.id}` has all; once it is mended, `wapto inbox replay --all-failed`.",
    ]
    admins.tell(tx, _KEY, "\n".join(lines), now, renew=False)


def mended(tx: Transaction, now: datetime) -> None:
    """Owes the admins the good news if nothing is left that could not be handled."""
    left = InboxEntry.state.in_(spelled(FAILED, PARTIAL, KEPT)) & InboxEntry.state.in_(TROUBLED)
    if not InboxEntry.select().where(left).exists():
        admins.over(tx, _KEY, "All webhooks that could not be handled are handled by now.", now)
