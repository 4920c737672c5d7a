"""Surveys and recoveries in Slack: lines of a thread, the form that closes a recovery, the direct message. Pure."""

import json
from dataclasses import asdict, dataclass

from bot import cards, carried, kit, survey_words, wording
from bot.blocks import escape
from bot.carried import RowId
from bot.kit import Block, foreign
from bot.modals import Ticket, about, field, form
from bot.slack import Content
from wapto.desk.conversations.lines import Line
from wapto.desk.orders.views import OrderView
from wapto.desk.surveys.answers import SCORED
from wapto.desk.surveys.recoveries import ENDED, MAX_WORDS, OPENED
from wapto.domain.survey import ASKED, THANKED

CLOSE = "close_recovery"
OUTCOME, WORDS = "outcome", "words"

_PERSON, _WORD = 80, 100


@dataclass(frozen=True)
class Recovered:
    """What the button carries: whose recovery it closes."""

    order: RowId

    def pack(self) -> str:
        """As the value of a button."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpack(cls, value: str) -> "Recovered":
        """Read from the value of a button; InvalidInput when it is none of ours."""
        return carried.read(value, cls)


def head(line: Line) -> str:
    """The line of a thread for an entry about a survey."""
    actor = "Wapto" if line.actor == "wapto" else foreign(line.actor, _PERSON)
    before, after = (foreign(each, _WORD) if each else "" for each in (line.before, line.after))
    state = wording.TOLD[line.told.state if line.told else "unknown"]
    return {
        ASKED: survey_words.asked(actor, state),
        THANKED: survey_words.thanked(state),
        SCORED: survey_words.scored(before, after),
        OPENED: survey_words.opened(after),
        ENDED: survey_words.closed(actor, after),
    }[line.kind]


KINDS = (ASKED, THANKED, SCORED, OPENED, ENDED)


def button(line: Line, order: RowId | None) -> list[Block]:
    """Below the line that opens a recovery: what closes it."""
    if line.kind != OPENED or order is None:
        return []
    return [kit.actions([kit.button(CLOSE, survey_words.CLOSE, Recovered(order).pack(), style="primary")])]


def form_for(view: OrderView, channel: str) -> Block:
    """Asks what came of it: a recovery closes only with an outcome."""
    options = [kit.option(words, name) for name, words in survey_words.OUTCOME_LABELS.items()]
    menu = {"type": "static_select", "options": options}
    typed = {"type": "plain_text_input", "multiline": True, "max_length": MAX_WORDS}
    blocks = [
        about(view),
        field(OUTCOME, survey_words.OUTCOME, menu, optional=False),
        field(WORDS, survey_words.WORDS, typed),
    ]
    return form(CLOSE, survey_words.CLOSE, blocks, Ticket(view.id, view.version, channel))


def alert(view: OrderView, link: str) -> Content:
    """To the agent of the order, with the way to its thread."""
    words = escape(survey_words.LOW)
    return Content(
        f"{words}: {cards.summary(view)}",
        [kit.section(f"*{kit.link_to(link, view.number)}*: {words}."), kit.context(cards.summary(view))],
    )
