"""The Home tab: a pure function of the overview that a person sees.

A row of buttons and menus chooses what is listed; what they want to see is kept in the store, not in the view.
"""

import zlib
from collections.abc import Sequence

from bot import (
    bulk_words,
    handover_forms,
    handover_words,
    home_words,
    kit,
    late_cards,
    lists,
    survey_words,
    wording,
)
from bot.blocks import limits
from bot.cards import Drawn
from bot.kit import Block
from bot.lists import Link
from wapto.desk.assignment.assignment import AWAY, WORKING_ROLES
from wapto.desk.assignment.rights import ADMIN
from wapto.desk.orders.search import Row
from wapto.desk.overview import Choice, Overview
from wapto.desk.reports.today import Today
from wapto.desk.surveys.report import Glance
from wapto.domain import lifecycle, money

SET, CLAIM, NEXT, PRESENCE = "home_set", "home_claim", "home_next", "home_presence"
ADD_PERSON, BULK, PICK = "home_add_person", "home_bulk", "home_pick"
SHOW, NUMBER, TEAM, AGENT, TEXT, PAGE, RESET = "show", "number", "team", "agent", "text", "page", "reset"
BACK = "back"
ALL = "-"  # the choice that takes a filter away

_NAME = 60


def home(seen: Overview, link: Link, today: Today | None = None, surveys: Glance | None = None) -> Block:
    """All of it: how much there is, the filters, and a page of orders with what can be done to each."""
    blocks = [
        *_top(seen, today, _surveys(surveys, link)),
        *_filters(seen),
        {"type": "divider"},
        *_list(seen, link),
        *_pages(seen),
        *_together(seen),
    ]
    return _view(blocks)


def plain(seen: Overview) -> Block:
    """The same without the orders, for when Slack does not take them."""
    return _view([*_top(seen), kit.section(home_words.PLAIN_HOME)])


def outsider(sentence: str) -> Block:
    """For somebody who may not see orders: how they get to."""
    return _view([kit.header(home_words.HOME), {"type": "section", "text": kit.plain(sentence)}])


def _view(blocks: Sequence[Block]) -> Block:
    return {"type": "home", "blocks": list(blocks)}


def _top(seen: Overview, today: Today | None = None, surveys: Sequence[Block] = ()) -> list[Block]:
    counts = " · ".join(f"{lifecycle.label(status)} *{count}*" for status, count in seen.statuses.items())
    return [
        kit.header(home_words.HOME),
        kit.section(counts),
        *_today(seen, today),
        *surveys,
        kit.actions([*_shows(seen), *_presence(seen), *_add_person(seen)]),
    ]


def _surveys(surveys: Glance | None, link: Link) -> list[Block]:
    """What customers answered lately, and the low scores to see to; nothing while nobody was asked."""
    groups = surveys.groups if surveys else ()
    told = [survey_words.latest(each.kind, each.score, each.answered, each.response_rate) for each in groups]
    if surveys and surveys.open_recoveries:
        found = [(row.number, link(row)) for row in surveys.oldest]
        ways = [kit.link_to(way, number) if way else number for number, way in found]
        told.append(survey_words.recoveries(surveys.open_recoveries, ways))
    return [kit.context(" · ".join(told))] if told else []


def _today(seen: Overview, today: Today | None) -> list[Block]:
    """What was earned is for admins to see."""
    if today is None:
        return []
    sums = today.revenue if seen.role == ADMIN else ()
    revenue = [money.display(total.minor, total.currency, today.language) for total in sums]
    return [kit.context(home_words.today(today.orders, today.delivered, revenue))]


def _shows(seen: Overview) -> list[Block]:
    return [
        kit.button(_id(SET, SHOW, name), f"{home_words.LISTS[name]} · {count}", name, style=_style(name, seen))
        for name, count in seen.lists.items()
    ]


def _style(name: str, seen: Overview) -> str | None:
    return "primary" if name == seen.wanted.show else None


def _presence(seen: Overview) -> list[Block]:
    if seen.role not in WORKING_ROLES:
        return []
    words, value = (home_words.COME_BACK, BACK) if seen.presence == AWAY else (home_words.GO_AWAY, AWAY)
    return [kit.button(PRESENCE, words, value)]


def _add_person(seen: Overview) -> list[Block]:
    return [kit.button(ADD_PERSON, wording.ADD_PERSON, "add")] if seen.role == ADMIN else []


def _filters(seen: Overview) -> list[Block]:
    wanted = seen.wanted
    status = wanted.show if wanted.show in lifecycle.STATUSES else None
    statuses = [(slug, each.label) for slug, each in lifecycle.STATUSES.items()]
    teams = [(team, team) for team in seen.teams]
    menus = [
        _menu(SHOW, home_words.BY_STATUS, statuses, status),
        *([_menu(NUMBER, home_words.BY_NUMBER, _pairs(seen.numbers), wanted.number)] if len(seen.numbers) > 1 else []),
        *([_menu(TEAM, home_words.BY_TEAM, teams, wanted.team)] if teams else []),
        _menu(AGENT, home_words.BY_AGENT, _pairs(seen.people), wanted.agent),
        kit.button(_id(SET, RESET), home_words.RESET, ALL),
    ]
    return [_search(wanted.text), kit.actions(menus)]


def _pairs(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    return [(str(choice.id), choice.name) for choice in choices]


def _menu(field: str, words: str, choices: list[tuple[str, str]], chosen: object) -> Block:
    """A menu whose first choice takes the filter away again."""
    known = [(value, kit.foreign(name, _NAME) or value) for value, name in choices if len(value) <= limits.OPTION_VALUE]
    options = [kit.option(name, value) for value, name in [(ALL, home_words.ANY), *known][: limits.OPTIONS]]
    initial = [option for option in options if option["value"] == str(chosen)]
    return {
        "type": "static_select",
        "action_id": _id(SET, field),
        "placeholder": kit.plain(words),
        "options": options,
        **({"initial_option": initial[0]} if initial else {}),
    }


def _search(text: str) -> Block:
    """Its id changes with the text, since Slack keeps what was typed in an input whose id stays."""
    element = {"type": "plain_text_input", "action_id": _id(SET, TEXT), "max_length": limits.PLACEHOLDER}
    return {
        "type": "input",
        "block_id": f"search:{zlib.crc32(text.encode())}",
        "label": kit.plain(home_words.SEARCH),
        "element": element | ({"initial_value": text} if text else {}),
        "dispatch_action": True,
        "optional": True,
    }


def _list(seen: Overview, link: Link) -> list[Block]:
    if not seen.rows:
        return [kit.section(home_words.NO_ORDERS)]
    return [block for row in seen.rows for block in _row(row, seen, link(row))]


def _row(row: Row, seen: Overview, link: str | None) -> list[Block]:
    since = [kit.words("received "), kit.moment(row.created_at), *late_cards.parts(row.promised)]
    buttons = [*_claim(row, seen), *_next(row)] if seen.role in WORKING_ROLES else []
    return [kit.paragraph(lists.facts(row, link), since), *([kit.actions(buttons)] if buttons else [])]


def _claim(row: Row, seen: Overview) -> list[Block]:
    if row.agent_id == seen.viewer.id or not lifecycle.status_of(row.status).is_open:
        return []
    question = wording.take_over(kit.foreign(row.agent, _NAME)) if row.agent else None
    confirm = kit.confirm(wording.CLAIM, question) if question else None
    value = Drawn(row.id, row.status, row.agent_id).pack()
    return [kit.button(_id(CLAIM, row.id), wording.CLAIM, value, confirm=confirm)]


def _next(row: Row) -> list[Block]:
    target = lifecycle.next_step(row.status, row.fulfillment)
    if target is None:
        return []
    value = Drawn(row.id, row.status, target=target).pack()
    return [kit.button(_id(NEXT, row.id), lifecycle.status_of(target).verb, value)]


def _pages(seen: Overview) -> list[Block]:
    if seen.pages == 1:
        return []
    turns = [(home_words.PREVIOUS, seen.page - 1), (home_words.NEXT, seen.page + 1)]
    buttons = [kit.button(_id(SET, PAGE, page), words, str(page)) for words, page in turns if 1 <= page <= seen.pages]
    return [kit.context(home_words.page(seen.page, seen.pages, seen.total)), kit.actions(buttons)]


def _together(seen: Overview) -> list[Block]:
    """What can be done with all that is listed, on whatever page."""
    if not seen.rows:
        return []
    advance = [kit.button(BULK, bulk_words.ADVANCE_ALL, "all")]
    hand_over = [kit.button(handover_forms.LISTED, handover_words.HAND_OVER_ALL, "all")]
    work = [*advance, *hand_over] if seen.role in WORKING_ROLES else []
    return [kit.actions([*work, kit.button(PICK, bulk_words.PICK_LIST, "all")])]


def _id(*parts: object) -> str:
    """Of what follows the first colon, the listener does not ask: ids have to differ within a view."""
    return ":".join(map(str, parts))
