"""What buttons and forms carry to Slack and back: read strictly, since anything may come in its place."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec

from bot import wording
from wapto.errors import InvalidInput

RowId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]  # what a row of the store can have


@dataclass(frozen=True)
class Origin:
    """What every form remembers: the channel that it was opened from."""

    channel: str


Carried = TypeVar("Carried")


def read(text: str, kind: type[Carried]) -> Carried:
    """The dataclass that was packed as JSON; InvalidInput when it is none of ours."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise InvalidInput(wording.MALFORMED) from None


@dataclass(frozen=True)
class _About:
    order: RowId | None = None


def order_in(text: str) -> int | None:
    """The order that something carried is about; None where it names none."""
    try:
        return msgspec.json.decode(text, type=_About).order
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
