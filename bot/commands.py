"""The slash command /wapto: each subcommand reads what was typed, calls one verb and answers."""

import re
from collections.abc import Callable
from difflib import get_close_matches

from bot import answers, cards, guard, handover, kit, late_cards, listings, manual, replies, survey_words, wording
from bot.blocks import escape
from bot.calls import Call
from bot.listings import Listing
from bot.slack import Content
from wapto.desk import overview
from wapto.desk.assignment import agents, duty, late
from wapto.desk.assignment.assignment import AWAY, ON_DUTY
from wapto.desk.orders import orders, views
from wapto.desk.overview import Wanted
from wapto.desk.surveys import report as survey_report
from wapto.domain import lifecycle, promises
from wapto.domain.identity import order_number
from wapto.domain.text import flatten, quoted
from wapto.errors import InvalidInput

COMMAND = "/wapto"

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})
_NUMBER = re.compile(r"(#?\s*(?:W(?:\s*[-‐‑‒–—−]\s*|\s+))?\w+)\s*(.*)", re.IGNORECASE)
_NAME, _SEARCH = 40, 100
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def run(call: Call) -> Content:
    """Finds the subcommand; a word that is none does nothing but bring up the nearest."""
    typed, _, rest = flatten(call.text.translate(_QUOTES)).partition(" ")
    name = typed.lower() or "help"
    if name not in _SUBCOMMANDS:
        raise _no_subcommand(typed)
    return _SUBCOMMANDS[name](call, rest.strip())


def _help(_call: Call, rest: str) -> Content:
    name = rest.lower()
    if name and name not in _SUBCOMMANDS:
        raise _no_subcommand(rest)
    return Content(manual.help_on(name) if name else manual.help_text())


def _show(call: Call, rest: str) -> Content:
    guard.looker(call)
    order = orders.find(_decoded(_needed(rest, "show")))
    return cards.sheet(views.of_order(order.id), _link(call, order.card_channel, order.card_ts))


def _list(call: Call, rest: str) -> Content:
    return listings.answer(call, Listing(_exact_status(rest) if rest else overview.OPEN))


def _mine(call: Call, _rest: str) -> Content:
    return listings.answer(call, Listing(overview.MINE))


def _unassigned(call: Call, _rest: str) -> Content:
    return listings.answer(call, Listing(overview.UNASSIGNED))


def _late(call: Call, _rest: str) -> Content:
    return listings.answer(call, Listing(overview.LATE))


def _waiting(call: Call, _rest: str) -> Content:
    return listings.answer(call, Listing(overview.WAITING))


def _snooze(call: Call, rest: str) -> Content:
    actor = guard.worker(call)
    number, words = _split(rest, "snooze")
    length, _, reason = words.partition(" ")
    order = orders.find(number)
    guard.may(actor, order.id)
    late.snooze(order.id, promises.duration(length), _unquoted(reason), actor=actor, now=call.now)
    return Content(late_cards.snoozed(views.of_order(order.id)))


def _find(call: Call, rest: str) -> Content:
    return listings.answer(call, Listing(overview.ALL, _decoded(_needed(rest, "find"))[:_SEARCH]))


def _why(call: Call, rest: str) -> Content:
    guard.looker(call)
    order = orders.find(_decoded(_needed(rest, "why")))
    seen = views.of_order(order.id)
    asked = f"\n{survey_words.told(survey_report.of_order(order.id))}" if seen.status == lifecycle.DELIVERED else ""
    return Content(f"{escape(answers.why(seen))}{asked}")


def _stats(call: Call, _rest: str) -> Content:
    actor = guard.looker(call)
    seen = overview.of(actor.agent_id or 0, Wanted())
    return Content(answers.stats(seen.statuses, seen.lists, [_load(each) for each in agents.listing()]))


def _load(listed: agents.Listed) -> tuple[str, int, bool]:
    """Name, open orders, and whether they are on duty."""
    here = listed.agent.presence != AWAY and not listed.agent.off_hours
    return escape(kit.foreign(listed.agent.name, _NAME)), listed.open_orders, here


def _note(call: Call, rest: str) -> Content:
    actor = guard.worker(call)
    number, words = _split(rest, "note")
    order = orders.find(number)
    guard.may(actor, order.id)
    orders.add_note(order.id, _decoded(words), actor=actor, now=call.now)
    return Content(answers.note_kept(order_number(order.id)))


def _handover(call: Call, rest: str) -> Content:
    return handover.command(call, _person(rest))


def _person(typed: str) -> str:
    """Somebody by mention or by name, as the roster finds them."""
    mentioned = _PERSON.fullmatch(typed)
    return mentioned[1] if mentioned else _decoded(typed)


def _away(call: Call, _rest: str) -> Content:
    actor = guard.worker(call)
    left = answers.went_away(duty.set_presence(actor.agent_id or 0, AWAY))
    open_orders = handover.digest(call.slack, actor.agent_id or 0).blocks or []
    return Content(left, [kit.section(left), *open_orders])


def _back(call: Call, _rest: str) -> Content:
    actor = guard.worker(call)
    return Content(answers.came_back(duty.set_presence(actor.agent_id or 0, ON_DUTY)))


def _claim(call: Call, rest: str) -> Content:
    actor = guard.worker(call)
    order = orders.find(_decoded(_needed(rest, "claim")))
    guard.may(actor, order.id)
    changed = orders.assign(order.id, actor.agent_id, actor=actor, now=call.now)
    return Content(wording.now_yours(order_number(changed.id)))


def _assign(call: Call, rest: str) -> Content:
    actor = guard.worker(call)
    number, person = _split(rest, "assign")
    order = orders.find(number)
    guard.may(actor, order.id)
    agent = agents.find(_person(person))
    changed = orders.assign(order.id, agent.id, actor=actor, now=call.now)
    return Content(wording.given(order_number(changed.id), kit.mention(agent.slack)))


def _status(call: Call, rest: str) -> Content:
    actor = guard.worker(call)
    number, words = _split(rest, "status")
    target, reason = _status_and_reason(words)
    order = orders.find(number)
    guard.may(actor, order.id)
    changed = orders.change_status(order.id, target, actor=actor, now=call.now, reason=reason)
    return Content(wording.now_has(order_number(changed.id), lifecycle.label(changed.status)))


def _reply(call: Call, rest: str) -> Content:
    number, words = _split(rest, "reply")
    guard.may(guard.worker(call), orders.find(number).id)
    return replies.command(call, number, words)


_SUBCOMMANDS: dict[str, Callable[[Call, str], Content]] = {
    "list": _list,
    "mine": _mine,
    "unassigned": _unassigned,
    "late": _late,
    "waiting": _waiting,
    "snooze": _snooze,
    "find": _find,
    "show": _show,
    "why": _why,
    "stats": _stats,
    "claim": _claim,
    "assign": _assign,
    "status": _status,
    "reply": _reply,
    "note": _note,
    "handover": _handover,
    "away": _away,
    "back": _back,
    "help": _help,
}


def _no_subcommand(typed: str) -> InvalidInput:
    near = get_close_matches(typed.lower(), _SUBCOMMANDS, n=1)
    return InvalidInput(wording.unknown(quoted(_decoded(typed)), near, "subcommand", tuple(_SUBCOMMANDS)))


def _needed(rest: str, command: str) -> str:
    if not rest:
        raise InvalidInput(manual.usage(command))
    return rest


def _split(rest: str, command: str) -> tuple[str, str]:
    """The order number and what follows it; both are needed."""
    found = _NUMBER.fullmatch(rest)
    if found is None or not found[2]:
        raise InvalidInput(manual.usage(command))
    return found[1], found[2]


def _decoded(text: str) -> str:
    """Slack sends these three characters as entities, and no others (reference §2)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_LONGEST = max(len(name.split()) for name in lifecycle.NAMES)


def _exact_status(text: str) -> str:
    slug = lifecycle.NAMES.get(lifecycle.plain(text))
    if slug is None:
        raise _no_status([text])
    return slug


def _status_and_reason(text: str) -> tuple[str, str | None]:
    """A status by slug or label, in as many words as it takes, and what is said after it."""
    words = text.split(" ")
    starts = [" ".join(words[:count]) for count in range(min(_LONGEST, len(words)), 0, -1)]
    for start in starts:
        if slug := lifecycle.NAMES.get(lifecycle.plain(start)):
            return slug, _unquoted(text[len(start) :].lstrip(" :;,.-–—")) or None
    raise _no_status(starts)


def _unquoted(text: str) -> str:
    words = text.strip()
    if len(words) > 1 and words[0] == words[-1] and words[0] in "\"'":
        words = words[1:-1]
    return _decoded(words)


def _no_status(typed: list[str]) -> InvalidInput:
    plain = [lifecycle.plain(start) for start in typed]
    near = [match for start in plain for match in get_close_matches(start, lifecycle.NAMES, n=1, cutoff=0.7)]
    labels = [status.label for status in lifecycle.STATUSES.values()]
    return InvalidInput(wording.unknown(quoted(_decoded(typed[-1])), near, "status", labels))


def _link(call: Call, channel: str | None, ts: str | None) -> str | None:
    return call.slack.workspace().link(channel, ts) if channel and ts else None
