"""The bookkeeping of Home tabs: what each person wants to see there, and whose is behind what happened since.

Only Homes that were opened lately are kept fresh, each at most every few seconds.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from peewee import fn

from wapto.desk.overview import Wanted, newest_event
from wapto.store.database import skip_locked, transaction
from wapto.store.models import Agent, Home, Order, OrderEvent

FRESH_FOR = timedelta(minutes=15)
PACE = timedelta(seconds=4)  # between two publications of one Home that nobody asked for


@dataclass(frozen=True)
class Kept:
    """A Home as it is to be drawn; `version` moves with what is wanted, `view_hash` is Slack's of what is shown."""

    agent_id: int
    slack: str
    wanted: Wanted
    version: int
    digest: str | None = None
    view_hash: str | None = None


def open_home(agent_id: int, now: datetime) -> Kept:
    """Somebody opened their Home: it is as they left it, and fresh for a while."""
    with transaction():
        new = {"agent": agent_id, "wanted": asdict(Wanted()), "opened_at": now, "due_at": now}
        seen = {Home.opened_at: now}
        Home.insert(new).on_conflict(conflict_target=[Home.agent], update=seen).execute()
        return of_agent(agent_id)


def want(agent_id: int, wanted: Wanted, now: datetime) -> Kept:
    """They want to see something else there."""
    with transaction():
        open_home(agent_id, now)
        changed = Home.update(wanted=asdict(wanted), version=Home.version + 1, opened_at=now)
        changed.where(Home.agent == agent_id).execute()
        return of_agent(agent_id)


def of_agent(agent_id: int) -> Kept:
    """The Home of somebody who has opened it once."""
    home = Home.select(Home, Agent).join(Agent).where(Home.agent == agent_id).get()
    return _kept(home)


def _kept(home: Home) -> Kept:
    agent = home.agent
    return Kept(agent.id, agent.slack, Wanted(**home.wanted), home.version, home.digest, home.view_hash)


def shown(kept: Kept, seen_event: int, digest: str, view_hash: str | None, now: datetime) -> bool:
    """Slack shows it; False if they want to see something else by now."""
    with transaction():
        told = Home.update(digest=digest, view_hash=view_hash, seen_event=seen_event, due_at=now + PACE)
        return bool(told.where(Home.agent == kept.agent_id, Home.version == kept.version).execute())


def claim(now: datetime) -> Kept | None:
    """A Home that is behind, taken for a while. None when none is; what is not theirs is passed over."""
    while True:
        with transaction():
            home = _behind(now)
            if home is None:
                return None
            newest = newest_event()
            concerned = _concerned(home)
            seen = {} if concerned else {"seen_event": newest}
            Home.update(due_at=now + PACE, **seen).where(Home.id == home.id).execute()
            if concerned:
                return _kept(home)


def _behind(now: datetime) -> Home | None:
    newest = OrderEvent.select(fn.MAX(OrderEvent.id))
    query = (
        Home.select(Home, Agent)
        .join(Agent)
        .where(Home.opened_at >= now - FRESH_FOR, Home.due_at <= now, Home.seen_event < newest, Agent.gone_at.is_null())
    )
    behind: Home | None = skip_locked(query.order_by(Home.due_at, Home.id).limit(1), of=Home).first()
    return behind


def _concerned(home: Home) -> bool:
    """Whether something happened to an order that is theirs or nobody's, or that was taken from them."""
    theirs = (Order.agent == home.agent_id) | Order.agent.is_null() | (OrderEvent.before == home.agent.name)
    return OrderEvent.select().join(Order).where(OrderEvent.id > home.seen_event, theirs).exists()


def put_off(kept: Kept, until: datetime) -> None:
    """Not before `until`; what Slack shows is not known any more."""
    with transaction():
        Home.update(due_at=until, digest=None, view_hash=None).where(Home.agent == kept.agent_id).execute()
