"""A Slack channel that takes nothing: the admins hear of it once for each number, and once more when it is over."""

from datetime import datetime

from wapto.desk.watch import admins
from wapto.store.database import Transaction

_WORTH_TELLING = 3  # failures in a row


def tell(tx: Transaction, number_id: int, channel: str, problem: str, attempts: int, now: datetime) -> None:
    """Something for the channel of this number was refused once more, after so many `attempts` in a row."""
    if attempts >= _WORTH_TELLING:
        words = f"The Slack channel {channel} shows no orders, nor what customers write: {problem} It is all kept."
        admins.tell(tx, _key(number_id), words, now, renew=False)


def is_over(tx: Transaction, number_id: int, channel: str, now: datetime) -> None:
    """Something that had been refused is shown."""
    admins.over(tx, _key(number_id), f"The Slack channel {channel} shows orders, and what customers write.", now)


def _key(number_id: int) -> str:
    return f"slack:{number_id}"
