"""A post in the thread under a card: a pure function of what it tells, drawn anew when that changes.

What the customer wrote stands in a quote of its own, as typed; everything else is one line each.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot import approval_words, carried, kit, recovery_cards, thread_words, wording
from bot.blocks import escape
from bot.carried import RowId
from bot.kit import Block, foreign
from bot.slack import Content
from wapto.desk.conversations.lines import Line
from wapto.desk.orders.views import Told
from wapto.domain import lifecycle
from wapto.domain.text import clean, cut

USE_ADDRESS = "use_address"

_PERSON, _REASON, _WORD, _QUOTE, _TEXT = 80, 300, 100, 4_500, 1_000

_CHANGED = {"edited": thread_words.EDITED, "revoked": thread_words.DELETED}


@dataclass(frozen=True)
class Offer:
    """What the button under a message carries that may be the address."""

    order: RowId
    inbound: RowId

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Offer":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def draw(lines: Sequence[Line], customer: str | None, order: int | None = None) -> Content:
    """All the lines, oldest first; with the order that an address can be taken for."""
    name = foreign(customer or "", _PERSON) or thread_words.THE_CUSTOMER
    blocks = [block for line in lines for block in _line(line, name, order)]
    return Content(plain(lines, customer).text, blocks)


def plain(lines: Sequence[Line], customer: str | None) -> Content:
    """The same without blocks, for notifications and for when Slack refuses them."""
    name = foreign(customer or "", _PERSON) or thread_words.THE_CUSTOMER
    said = (": ".join(filter(None, [_head(line, name), cut(" ".join(line.words.split()), _REASON)])) for line in lines)
    return Content(escape(cut("\n".join(said), _TEXT)))


def _line(line: Line, name: str, order: int | None) -> list[Block]:
    head = kit.paragraph([kit.words(_head(line, name)), kit.words(" · "), kit.moment(line.at)])
    words = cut(clean(line.words).strip(), _QUOTE)
    return [head, *([kit.quote(words)] if words else []), *_offer(line, order), *recovery_cards.button(line, order)]


def _offer(line: Line, order: int | None) -> list[Block]:
    if not line.offers_address or line.heard is None or order is None:
        return []
    value = Offer(order, line.heard.id).pack()
    return [kit.actions([kit.button(f"{USE_ADDRESS}:{line.heard.id}", wording.USE_ADDRESS, value)])]


def _head(line: Line, name: str) -> str:
    if line.heard is None or line.kind == "address":
        return _ENTRIES.get(line.kind, _other)(line)
    if line.kind in _CHANGED:
        return _CHANGED[line.kind].format(name=name)
    return " ".join(filter(None, [thread_words.WROTE.format(name=name), thread_words.HEARD.get(line.heard.state)]))


def _status(line: Line) -> str:
    before, after = (lifecycle.label(slug) for slug in (str(line.before), str(line.after)))
    return f"{_actor(line)}: {before} → {after}"


def _assigned(line: Line) -> str:
    return thread_words.assigned(_actor(line), foreign(str(line.after), _PERSON))


def _released(line: Line) -> str:
    return thread_words.released(_actor(line))


def _handed_back(line: Line) -> str:
    return thread_words.handed_back(foreign(str(line.before), _PERSON), str(line.after))


def _decided(line: Line) -> str:
    asked_by = foreign(str(line.before), _PERSON)
    return approval_words.decided(_actor(line), line.kind, asked_by, str(line.after))


def _message(line: Line) -> str:
    if line.told is None:
        return _other(line)
    what = thread_words.told_of(line.told.trigger, str(line.after))
    return _with_reason(what, line.told) if line.told.state == line.after else what


def _reply(line: Line) -> str:
    return _with_reason(thread_words.replied(_actor(line), _state(line)), line.told)


def _state(line: Line) -> str:
    return line.told.state if line.told else "unknown"


def _with_reason(what: str, message: Told | None) -> str:
    return f"{what} · {foreign(message.reason, _REASON)}" if message and message.reason else what


def _note(line: Line) -> str:
    return thread_words.noted(_actor(line))


def _other(line: Line) -> str:
    moved = " → ".join(foreign(each, _WORD) for each in (line.before, line.after) if each)
    return " ".join(filter(None, [f"{_actor(line)}: {line.kind.replace('_', ' ')}", moved]))


def _flags(names: str) -> str:
    return ", ".join(wording.flag(name) for name in names.split(", "))


def _actor(line: Line) -> str:
    return "Wapto" if line.actor == "wapto" else foreign(line.actor, _PERSON)


def _named(line: Line) -> str:
    before, after = (_NAMES.get(str(each), foreign(str(each), _WORD)) for each in (line.before, line.after))
    return thread_words.ENTRIES[line.kind].format(actor=_actor(line), before=before, after=after)


_NAMES = {**wording.FULFILLMENTS, **wording.PAYMENTS}
_ENTRIES = {
    **dict.fromkeys(thread_words.ENTRIES, _named),
    **dict.fromkeys(wording.WISHES, lambda line: wording.WISHES[line.kind]),
    **dict.fromkeys(recovery_cards.KINDS, recovery_cards.head),
    "status": _status,
    "assigned": _assigned,
    "released": _released,
    "handed_back": _handed_back,
    "approval_asked": lambda line: approval_words.asks(_actor(line), str(line.after)),
    "approved": _decided,
    "declined": _decided,
    "forgotten": lambda line: approval_words.forgotten(_actor(line), line.after and foreign(line.after, _PERSON)),
    "message": _message,
    "reply": _reply,
    "ask_address": lambda line: _with_reason(thread_words.asked_address(_actor(line), _state(line)), line.told),
    "flags_accepted": lambda line: thread_words.found_right(_actor(line), _flags(str(line.after))),
    "address": lambda line: thread_words.address_taken(_actor(line)),
    "closed": lambda line: thread_words.closed(_actor(line)),
    "became_order": lambda line: wording.became(str(line.after)),
    "from_inquiry": lambda _: thread_words.FROM_INQUIRY,
    "file_not_shown": lambda line: thread_words.not_shown(str(line.before), str(line.after)),
    "created": lambda line: thread_words.created(_actor(line)),
    "note": _note,
}
