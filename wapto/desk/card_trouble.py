"""Cards that Slack refuses for a while: the admins hear of it once for each number, and once more when it is over."""

from datetime import datetime

from wapto.desk import admins
from wapto.desk.board import DueCard
from wapto.store.database import transaction

_WORTH_TELLING = 3  # failures in a row


def tell(due: DueCard, problem: str, now: datetime) -> None:
    """This card was refused once more, for the reason that is named."""
    if due.attempts + 1 < _WORTH_TELLING:
        return
    words = f"Orders cannot be shown in the Slack channel {due.channel}: {problem} They are kept, and in the Home."
    with transaction() as tx:
        admins.tell(tx, _key(due), words, now, renew=False)


def is_over(due: DueCard, now: datetime) -> None:
    """This card, which had been refused before, is shown."""
    if due.attempts:
        with transaction() as tx:
            admins.over(tx, _key(due), f"Orders are shown again in the Slack channel {due.channel}.", now)


def _key(due: DueCard) -> str:
    return f"cards:{due.number_id}"
