"""Reading Meta's catalogs into the store, page by page: each page is committed, so that whoever comes next goes on.

What a page holds is put in place of what was known of the same SKUs. What no page of a whole reading held is gone,
and stays with the instant of that, since orders may name it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from wapto.desk.board import backoff
from wapto.desk.catalog import catalog
from wapto.desk.catalog import lines as catalog_lines
from wapto.desk.catalog import rows as catalog_rows
from wapto.desk.catalog.rows import ADDED, CHANGED, COUNTS, GONE, KEPT, Counts
from wapto.desk.watch import admins
from wapto.errors import Conflict, Refused, TryLater, WaptoError
from wapto.meta import catalog as meta
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError, Remedy
from wapto.store.database import Transaction, skip_locked, transaction
from wapto.store.models import CatalogSync, Number

PAGE = 250  # items
EVERY = timedelta(hours=6)
_CALM = timedelta(minutes=15)  # the least between two readings that carts with an unknown SKU ask for
_LEASE = timedelta(minutes=2)  # for one page
_STALE = timedelta(hours=12)  # a cursor older than that may mean nothing any more
_ADMIN_PAUSE = timedelta(hours=1)
_ADMINS_TURN = (Remedy.CONFIGURE, Remedy.TOKEN_DEAD, Remedy.NEVER)
_BAD_CURSOR = 100


def want(tx: Transaction, which: str, now: datetime) -> None:
    """Asks for a catalog to be read at once, or if that was done a moment ago, a little later.

    Carts may do so as often as they like.
    """
    row = last(which)
    read = row.finished_at if row else None
    _ask([which], now if read is None else max(now, read + _CALM))
    tx.wake("slow")


def want_all(now: datetime) -> None:
    """Asks for all catalogs in use: the duty that repeats the reading."""
    with transaction() as tx:
        _ask(catalog.in_use(), now)
        tx.wake("slow")


def _ask(catalogs: Iterable[str], at: datetime) -> None:
    for one in catalogs:
        _add(one, at)
        here = CatalogSync.catalog == one
        # What is new may stand on a page that is read already: then the catalog is read once more.
        CatalogSync.update(again=True).where(here, CatalogSync.started_at.is_null(False)).execute()
        CatalogSync.update(due_at=at).where(here, CatalogSync.due_at.is_null()).execute()


def _add(which: str, now: datetime) -> None:
    new = CatalogSync.insert(catalog=which, due_at=now, page=PAGE, counts={}, summary={})
    new.on_conflict_ignore().execute()


def drain(client: GraphClient, clock: Callable[[], datetime]) -> bool:
    """Reads one page of a catalog that is due; True when there may be more to do."""
    due = _claim_due(clock())
    if due is None:
        return False
    try:
        _turn(client, due, clock, keep=False)
    except Conflict:
        pass  # another process has it
    except WaptoError as fault:
        _put_off(due, fault, clock())
    return True


def sync(
    client: GraphClient, which: str, clock: Callable[[], datetime], told: Callable[[int], None] = lambda seen: None
) -> Counts:
    """Reads a catalog to its end and returns what was found; `told` hears how many items were seen so far.

    Goes on where an earlier reading stopped. Refused while another process reads it; GraphError or TryLater as they
    come, and the next call goes on from there.
    """
    with transaction():
        _add(which, clock())
        row = _claim(CatalogSync.catalog == which, clock())
    if row is None:
        raise Refused(f"The catalog {which} is being read right now; look again in a minute.")
    try:
        while row.started_at is not None:
            row = _turn(client, row, clock, keep=True)
            told(sum(row.counts.get(name, 0) for name in (ADDED, CHANGED, KEPT)))
    except WaptoError as fault:
        _put_off(row, fault, clock())
        raise
    return {name: row.summary.get(name, 0) for name in COUNTS}


def last(which: str) -> CatalogSync | None:
    """How far the reading of a catalog is, and when it was finished last."""
    row: CatalogSync | None = CatalogSync.get_or_none(CatalogSync.catalog == which)
    return row


def _claim_due(now: datetime) -> CatalogSync | None:
    with transaction():
        return _claim(CatalogSync.due_at <= now, now)


def _claim(which: Any, now: datetime) -> CatalogSync | None:
    """Takes a catalog that nobody holds, in the caller's transaction; a reading that is too old begins anew."""
    free = CatalogSync.lease_until.is_null() | (CatalogSync.lease_until < now)
    query = CatalogSync.select().where(which, free).order_by(CatalogSync.due_at).limit(1)
    row: CatalogSync | None = skip_locked(query, CatalogSync).first()
    if row is None:
        return None
    values: dict[str, Any] = {"lease_until": now + _LEASE, "due_at": row.due_at or now}
    if row.started_at is None or row.started_at < now - _STALE:
        values |= {"started_at": now, "after": None, "page": PAGE, "counts": {}, "again": False}
    CatalogSync.update(values).where(CatalogSync.id == row.id).execute()
    return CatalogSync.get_by_id(row.id)


def _turn(client: GraphClient, row: CatalogSync, clock: Callable[[], datetime], *, keep: bool) -> CatalogSync:
    """Takes one page over; returns how far it is then. With `keep` the catalog stays ours for the next page."""
    client = _client_for(client, row.catalog)
    page, size = _fetch(client, row)
    counts = catalog_rows.take_over(row, page.items)
    values: dict[str, Any] = {"after": page.after, "page": size, "counts": counts, "attempts": 0, "problem": None}
    if page.after is not None:
        values["lease_until"] = clock() + _LEASE if keep else None
        with transaction() as tx:
            _move(row, values)
            tx.wake("slow")
    else:
        _finish(client, row, values, clock())
    return CatalogSync.get_by_id(row.id)


def _client_for(client: GraphClient, which: str) -> GraphClient:
    here = (Number.catalog == which) & Number.gone_at.is_null()
    number: Number | None = Number.select().where(here).order_by(Number.id).first()
    return client.of(number.waba) if number else client


def _fetch(client: GraphClient, row: CatalogSync) -> tuple[meta.Page, int]:
    """The next page and its size, which is halved as long as Meta asks for less data."""
    size = row.page
    while True:
        try:
            return meta.items(client, row.catalog, after=row.after, limit=size), size
        except GraphError as refusal:
            if row.after and refusal.code == _BAD_CURSOR:
                CatalogSync.update(started_at=None).where(CatalogSync.id == row.id).execute()
                raise TryLater("Meta has lost the place in the catalog; it is read from the beginning.") from refusal
            if size == 1 or not meta.is_too_much(refusal):
                raise
        size //= 2


def _finish(client: GraphClient, row: CatalogSync, values: dict[str, Any], now: datetime) -> None:
    """The catalog was read to its end: what was not seen is gone, and lines that waited for their names get them."""
    counts = values["counts"]
    if not any(counts.values()) and meta.size(client, row.catalog):
        raise TryLater("Meta lists no items although it counts some; nothing was taken for gone.")
    counts[GONE] = catalog_rows.bury(row, now)
    key = _alert_key(row.catalog)
    with transaction() as tx:
        again = CatalogSync.select(CatalogSync.again).where(CatalogSync.id == row.id).scalar()
        ended = {"started_at": None, "lease_until": None, "finished_at": now, "summary": counts}
        _move(row, values | ended | {"due_at": now + _CALM if again else None})
        admins.over(tx, key, f"The catalog {row.catalog} can be read again.", now)
    catalog_lines.settle(row.catalog, now)


def _move(row: CatalogSync, values: dict[str, Any]) -> None:
    """Writes how far it is, if it is still ours; Conflict when it took too long and another process goes on."""
    ours = (CatalogSync.id == row.id) & (CatalogSync.lease_until == row.lease_until)
    if not CatalogSync.update(values).where(ours).execute():
        raise Conflict("Another process goes on with this catalog.")


def _put_off(row: CatalogSync, fault: WaptoError, now: datetime) -> None:
    """Tried again after a pause, from where it stopped; what only an admin can mend, the admins are told once."""
    is_for_admins = isinstance(fault, GraphError) and fault.remedy in _ADMINS_TURN
    pause = _ADMIN_PAUSE if is_for_admins else backoff(row.attempts + 1)
    ours = (CatalogSync.id == row.id) & (CatalogSync.lease_until == row.lease_until)
    values = {"lease_until": None, "due_at": now + pause, "attempts": row.attempts + 1, "problem": str(fault)}
    with transaction() as tx:
        if CatalogSync.update(values).where(ours).execute() and is_for_admins:
            words = f"The catalog {row.catalog} cannot be read: {fault} `wapto doctor` says more."
            admins.tell(tx, _alert_key(row.catalog), words, now)


def _alert_key(which: str) -> str:
    return f"catalog:{which}"
