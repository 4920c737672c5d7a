"""docs/agents.md shows every surface of the desk, by pictures that script/pictures drew, in the words of the desk."""

import re
from pathlib import Path

from bot import bulk_words, handover_words, wording
from wapto.domain import lifecycle

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "agents.md").read_text()


def test_every_picture_of_the_docs_is_there_and_every_picture_is_shown():
    shown = set(re.findall(r"\(pictures/([\w-]+\.png)\)", TEXT))
    assert shown == {path.name for path in (DOCS / "pictures").iterdir()}


def test_buttons_are_called_as_they_are_on_the_desk():
    desk = {
        *(status.verb for status in lifecycle.STATUSES.values()),
        *(words for words, _ in wording.SECOND_CART.values()),
        *(words for words, _ in wording.SHORTCUTS.values()),
        *wording.REMEDIES.values(),
        *wording.WORK.values(),
        *(wording.QUICK, wording.SEND),
        *(wording.CLAIM, wording.WORK_MENU, wording.REPLY_MENU, bulk_words.ADVANCE_ALL, bulk_words.PICK_LIST),
        *(handover_words.HAND_OVER, handover_words.HAND_OVER_ALL),
        *("⋯", "Home", "inquiry", "card"),
    }
    bold = set(re.findall(r"\*\*([^*]+)\*\*", " ".join(TEXT.split())))
    assert {words for words in bold if words not in desk} == set()
