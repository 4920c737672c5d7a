"""What an agent sees of the whole desk: how much there is of what, and the orders that they want to look at."""

from dataclasses import dataclass
from typing import Any

from peewee import fn

from wapto.desk.orders import search
from wapto.desk.orders.search import Filter, Row
from wapto.domain import lifecycle
from wapto.errors import NotFound
from wapto.store.database import reading
from wapto.store.models import Agent, Number, Order, OrderEvent

OPEN, MINE, UNASSIGNED, LATE = "open", "mine", "unassigned", "late"
WAITING, UNTOLD, ALL = "waiting", "untold", "all"
PAGE = 10


@dataclass(frozen=True)
class Wanted:
    """Which orders somebody wants to see: `show` is one of the above or a status; what is None does not narrow."""

    show: str = OPEN
    number: int | None = None
    team: str | None = None
    agent: int | None = None
    text: str = ""
    page: int = 1

    def filter(self, viewer: int) -> Filter:
        """The same for a search, as this person means it."""
        return Filter(
            status=self.show if self.show in lifecycle.STATUSES else None,
            agent_id=viewer if self.show == MINE else self.agent,
            team=self.team,
            unassigned=self.show == UNASSIGNED,
            untold=self.show == UNTOLD,
            late=self.show == LATE,
            waiting=self.show == WAITING,
            open_only=self.show in (OPEN, MINE),
            number=_number(self.number),
            text=self.text,
        )


@dataclass(frozen=True)
class Choice:
    """Something to filter by: what it is called, and its id in the store."""

    id: int
    name: str


@dataclass(frozen=True)
class Overview:
    """The desk as one person sees it, of one moment; `newest_event` is the last one that it takes account of."""

    viewer: Choice
    role: str
    presence: str
    wanted: Wanted
    statuses: dict[str, int]
    lists: dict[str, int]
    rows: tuple[Row, ...]
    total: int
    numbers: tuple[Choice, ...]
    teams: tuple[str, ...]
    people: tuple[Choice, ...]
    newest_event: int

    @property
    def pages(self) -> int:
        """How many pages the list has, one at least."""
        return max(1, -(-self.total // PAGE))

    @property
    def page(self) -> int:
        """The page that is shown: the wanted one, or the last if there are fewer by now."""
        return min(self.wanted.page, self.pages)


def of(agent_id: int, wanted: Wanted) -> Overview:
    """The desk for this person; NotFound if they left the roster."""
    with reading():
        viewer = Agent.get_or_none(Agent.id == agent_id, Agent.gone_at.is_null())
        if viewer is None:
            raise NotFound("That person is not on the roster.")
        return _overview(viewer, wanted)


def _overview(viewer: Agent, wanted: Wanted) -> Overview:
    chosen = wanted.filter(viewer.id)
    total = search.count(chosen)
    last_page = max(1, -(-total // PAGE))
    roster = list(Agent.select().where(Agent.gone_at.is_null()).order_by(Agent.name, Agent.id))
    return Overview(
        viewer=Choice(viewer.id, viewer.name),
        role=viewer.role,
        presence=viewer.presence,
        wanted=wanted,
        statuses=_statuses(chosen.number),
        lists=_lists(viewer.id, wanted.number),
        rows=tuple(search.find(chosen, PAGE, offset=PAGE * (min(wanted.page, last_page) - 1))),
        total=total,
        numbers=tuple(Choice(number.id, number.name) for number in _numbers()),
        teams=tuple(sorted({agent.team for agent in roster if agent.team})),
        people=tuple(Choice(agent.id, agent.name) for agent in roster),
        newest_event=newest_event(),
    )


def newest_event() -> int:
    """The id of the last event of any order."""
    return OrderEvent.select(fn.MAX(OrderEvent.id)).scalar() or 0


def _statuses(number: Number | None) -> dict[str, int]:
    """How many open orders each status has."""
    here = Order.is_open if number is None else Order.is_open & (Order.number == number)
    counted: Any = Order.select(Order.status, fn.COUNT(Order.id)).where(here).group_by(Order.status).tuples()
    found = dict(counted)
    return {status: found.get(status, 0) for status in lifecycle.OPEN}


def _lists(viewer: int, number: int | None) -> dict[str, int]:
    """How long each of the lists is; a new kind of list is one more name here."""
    names = (OPEN, MINE, UNASSIGNED, LATE, WAITING, UNTOLD)
    return {name: search.count(Wanted(show=name, number=number).filter(viewer)) for name in names}


def _numbers() -> list[Number]:
    return list(Number.select().where(Number.gone_at.is_null()).order_by(Number.name, Number.id))


def _number(number_id: int | None) -> Number | None:
    return Number.get_or_none(Number.id == number_id) if number_id is not None else None
