"""What a second person is asked for, with the buttons to agree and to decline. Pure."""

import json
from dataclasses import asdict, dataclass

from bot import approval_words, carried, kit
from bot.blocks import escape
from bot.carried import RowId
from bot.kit import Block, foreign
from wapto.desk.approvals.approvals import Open

AGREE, DECLINE = "approval_agree", "approval_decline"

_PERSON, _DETAIL = 80, 200


@dataclass(frozen=True)
class Question:
    """What both buttons carry."""

    approval: RowId

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Question":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def blocks(asked: Open) -> list[Block]:
    """On the card of an order: who asks for what, and the buttons."""
    what = escape(approval_words.asks(foreign(asked.asked_by, _PERSON), asked.kind))
    detail = [kit.paragraph([kit.words(foreign(asked.detail, _DETAIL))])] if asked.detail else []
    return [kit.section(f"🔐 *{what}.*"), *detail, buttons(asked)]


def buttons(asked: Open) -> Block:
    """Agree, which asks once more, and Decline."""
    value = Question(asked.id).pack()
    sure = kit.confirm(approval_words.AGREE, approval_words.SURE[asked.kind])
    agree = kit.button(f"{AGREE}:{asked.id}", approval_words.AGREE, value, style="primary", confirm=sure)
    return kit.actions([agree, kit.button(f"{DECLINE}:{asked.id}", approval_words.DECLINE, value)])
