"""The Block Kit validator: pure functions over payloads that know Slack's limits before Slack does.

Used by the tests, by the Slack stand-in and as a last look before sending. Standard library only. Accepted here is
not a promise: Slack also downloads images, keeps unwritten caps and tightens checks overnight (reference §8.2, last
lines). Blocks that Wapto has no use for (cards, charts, containers, video …) are refused as unknown.
"""

from bot.blocks import limits
from bot.blocks.checks import HOUSE_RULE, INVALID_BLOCKS, Problem
from bot.blocks.elements import INTERACTIVE, options_of, problems_of_suggestions
from bot.blocks.markup import Mention, escape, mentions
from bot.blocks.payload import problems_of_message, problems_of_view

__all__ = [
    "HOUSE_RULE",
    "INTERACTIVE",
    "INVALID_BLOCKS",
    "Mention",
    "Problem",
    "escape",
    "limits",
    "mentions",
    "options_of",
    "problems_of_message",
    "problems_of_suggestions",
    "problems_of_view",
]
