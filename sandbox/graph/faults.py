"""Bad days on order: what goes wrong with the next calls that pass the rules."""

import threading
from dataclasses import dataclass
from typing import TypedDict, Unpack

from sandbox.graph.errors import GraphError

MESSAGES, TEMPLATES, NUMBERS, NUMBER = "messages", "message_templates", "phone_numbers", "phone_number"
CREATE = "create"  # of a template
ACCOUNT = "account"
MEDIA, FILE = "media", "file"


@dataclass(frozen=True)
class Fail:
    """Refuse with this error; `later`: accept, then tell it in a `failed` status."""

    code: int
    details: str
    http: int | None
    later: bool

    def error(self) -> GraphError:
        """The refusal, fresh for each call."""
        return GraphError(self.code, self.details, http=self.http)


@dataclass(frozen=True)
class Hang:
    """Accept, keep the caller waiting for so many seconds, and close without an answer."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """Close the connection without an answer, after accepting or without."""

    accepted: bool


@dataclass(frozen=True)
class Html:
    """A gateway's page instead of JSON; nothing is accepted."""

    status: int


Fault = Fail | Hang | Reset | Html


class Aim(TypedDict, total=False):
    """What a fault hits: the `next` so many (default 1) of one `call` (default messages).

    `number` narrows it to a phone_number_id, `customer` to a recipient, with or without +.
    """

    next: int
    call: str
    number: str
    customer: str


@dataclass
class _Order:
    fault: Fault
    left: int
    aim: Aim

    def fits(self, call: str, number: str | None, to: str | None) -> bool:
        aim = self.aim
        if not self.left or call != aim.get("call", MESSAGES) or aim.get("number", number) != number:
            return False
        return "customer" not in aim or aim["customer"].removeprefix("+") == (to or "").removeprefix("+")


class Faults:
    """Orders of faults; each is used up in the order of ordering. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[_Order] = []

    def order(self, fault: Fault, **aim: Unpack[Aim]) -> None:
        """Let `fault` happen to the next calls that it is aimed at."""
        with self._lock:
            self._orders.append(_Order(fault, aim.get("next", 1), aim))

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._orders.clear()

    def take(self, call: str, number: str | None = None, to: str | None = None) -> Fault | None:
        """What goes wrong with this call, if anything; it is used up."""
        with self._lock:
            for order in self._orders:
                if order.fits(call, number, to):
                    order.left -= 1
                    return order.fault
        return None
