"""What a card shows of a customer who moved: the news, and the buttons that settle it."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot import carried, kit, wording
from bot.carried import RowId
from bot.kit import Block, foreign
from wapto.desk.customers.doubts import Doubt
from wapto.desk.orders.timeline import Subject

CONFIRM_NUMBER, MERGE_CUSTOMERS, HANDED_ON = "confirm_number", "merge_customers", "number_handed_on"

_PERSON = 80


@dataclass(frozen=True)
class Doubted:
    """What these buttons were drawn for: a doubted handle, who has it, if anybody, and the card's order or inquiry."""

    order: RowId | None
    handle: RowId
    owner: RowId | None = None
    inquiry: RowId | None = None

    @property
    def subject(self) -> Subject:
        """Whose customer it is about."""
        return Subject(self.order, self.inquiry)

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Doubted":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def news(doubt: Doubt | None, keys_changed_at: datetime | None = None) -> list[Block]:
    """What WhatsApp says of the customer, and an agent should know before anything is told to them."""
    shown = [wording.doubted(doubt.shown, doubt.owner_id)] if doubt else []
    if keys_changed_at:
        shown.append(wording.NEW_KEYS.format(when=kit.moment_mrkdwn(keys_changed_at)))
    return [kit.section(f"⚠️ {words}") for words in shown]


def buttons(doubt: Doubt | None, about: Subject, customer_name: str | None) -> list[Block]:
    """That the new number is the customer's; where it is somebody else's already, what the two are to each other."""
    if doubt is None:
        return []
    value = Doubted(about.order, doubt.handle_id, doubt.owner_id, about.inquiry).pack()
    name = foreign(customer_name or "", _PERSON) or wording.NO_NAME
    if doubt.owner_id is None:
        sure = wording.sure_of_number(name, doubt.shown)
        return [kit.actions([_button(CONFIRM_NUMBER, wording.CONFIRM_NUMBER, value, sure)])]
    one = wording.sure_they_are_one(name, doubt.owner_id)
    two = wording.sure_of_handing_on(name, doubt.shown, doubt.owner_id)
    return [
        kit.actions(
            [
                _button(MERGE_CUSTOMERS, wording.MERGE_CUSTOMERS, value, one),
                _button(HANDED_ON, wording.HANDED_ON, value, two),
            ]
        )
    ]


def _button(action: str, words: str, value: str, question: str) -> Block:
    return kit.button(action, words, value, confirm=kit.confirm(words, question))
