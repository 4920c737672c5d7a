"""What a card shows of a customer who moved: the news, and the buttons that settle it."""

import json
from dataclasses import asdict, dataclass

from bot import carried, kit, wording
from bot.carried import RowId
from bot.kit import Block, foreign
from wapto.desk.views import OrderView

CONFIRM_NUMBER, MERGE_CUSTOMERS, HANDED_ON = "confirm_number", "merge_customers", "number_handed_on"

_PERSON = 80


@dataclass(frozen=True)
class Doubted:
    """What these buttons were drawn for: the doubted handle of the order's customer, and who has it, if anybody."""

    order: RowId
    handle: RowId
    owner: RowId | None = None

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Doubted":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def news(view: OrderView) -> list[Block]:
    """What WhatsApp says of the customer, and an agent should know before anything of the order is told."""
    shown = [wording.doubted(view.doubt.shown, view.doubt.owner_id)] if view.doubt else []
    if view.identity_changed_at:
        shown.append(wording.NEW_KEYS.format(when=kit.moment_mrkdwn(view.identity_changed_at)))
    return [kit.section(f"⚠️ {words}") for words in shown]


def buttons(view: OrderView) -> list[Block]:
    """That the new number is the customer's; where it is somebody else's already, what the two are to each other."""
    doubt = view.doubt
    if doubt is None:
        return []
    value = Doubted(view.id, doubt.handle_id, doubt.owner_id).pack()
    name = foreign(view.customer_name or "", _PERSON) or wording.NO_NAME
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
