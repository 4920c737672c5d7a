"""Codes of Meta's that nobody here has heard of: never tried again, and told to the admins once each."""

from datetime import datetime

from wapto.desk.watch import admins
from wapto.domain.text import cut, flatten
from wapto.meta.errors import lookup
from wapto.store.database import Transaction

_LONGEST = 200


def tell(tx: Transaction, code: int | None, details: str, now: datetime) -> None:
    """Owes the admins a word on a code that the table lacks, once for ever; nothing for one that it has."""
    if code is None or lookup(code).known:
        return
    said = f" Meta says: {cut(flatten(details), _LONGEST)}" if flatten(details) else ""
    words = (
        f"Meta refuses messages with code {code}, which Wapto does not know. They are not tried again, and whoever has "
        f"the order is told; `wapto messages list --state failed` shows them.{said}"
    )
    admins.tell(tx, f"code:{code}", words, now, renew=False)
