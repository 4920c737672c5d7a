"""WhatsApp templates as Meta has them: one row per account, name and language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wapto.desk import notices
from wapto.desk.messages import breathe
from wapto.domain.template import placeholders
from wapto.meta.client import GraphClient, TemplateInfo
from wapto.store.database import transaction
from wapto.store.models import Template

_CHUNK = 50  # rows in one statement
_CONTENT = ("meta_id", "status", "category", "parameter_format", "components", "quality", "status_reason")


@dataclass(frozen=True)
class SyncResult:
    """How many templates, each language counted, are new, different, gone, or as they were."""

    added: int = 0
    changed: int = 0
    gone: int = 0
    kept: int = 0

    def __add__(self, other: "SyncResult") -> "SyncResult":
        return SyncResult(*(mine + theirs for mine, theirs in zip(_counts(self), _counts(other), strict=True)))


def _counts(result: SyncResult) -> tuple[int, ...]:
    return result.added, result.changed, result.gone, result.kept


def sync(client: GraphClient, wabas: Sequence[str], now: datetime) -> SyncResult:
    """Takes over what Meta lists for these accounts, and releases the messages that waited for it.

    Everything is read before anything is written: GraphError or TryLater leave all as it was.
    """
    listed = {waba: list(client.templates(waba)) for waba in wabas}
    result = SyncResult()
    for waba, infos in listed.items():
        result += _take_over(waba, infos, now)
        breathe()
        notices.release_held(waba, now)
    return result


def listing() -> list[dict[str, Any]]:
    """All templates that Meta still has, in the contract's shape."""
    query = Template.select().where(Template.gone_at.is_null())
    return [shape(row) for row in query.order_by(Template.waba, Template.name, Template.language)]


def shape(row: Template) -> dict[str, Any]:
    """A template in the contract's shape."""
    return {
        "waba": row.waba,
        "name": row.name,
        "language": row.language,
        "status": row.status,
        "category": row.category,
        "parameter_format": row.parameter_format,
        "placeholders": list(placeholders(row.components, row.parameter_format)),
        "quality": row.quality,
        "change": row.change,
    }


def _take_over(waba: str, infos: Sequence[TemplateInfo], now: datetime) -> SyncResult:
    rows = {(info.name, info.language): _row(waba, info, now) for info in infos}
    with transaction():
        known = {(row.name, row.language): row for row in Template.select().where(Template.waba == waba)}
        for key in rows.keys() & known.keys():
            if rows[key]["status"] == known[key].status:  # only events say why, and the reason still holds
                rows[key]["status_reason"] = known[key].status_reason
        added = [key for key in rows if key not in known]
        changed = [key for key in rows if key in known and _differs(known[key], rows[key])]
        gone = [row.id for key, row in known.items() if key not in rows and row.gone_at is None]
        _upsert([rows[key] for key in (*added, *changed)])
        Template.update(gone_at=now).where(Template.id.in_(gone)).execute()
        Template.update(synced_at=now).where(Template.waba == waba, Template.gone_at.is_null()).execute()
    return SyncResult(len(added), len(changed), len(gone), len(rows) - len(added) - len(changed))


def _row(waba: str, info: TemplateInfo, now: datetime) -> dict[str, Any]:
    return {
        "meta_id": info.id,
        "waba": waba,
        "name": info.name,
        "language": info.language,
        "status": info.status,
        "category": info.category,
        "parameter_format": info.parameter_format,
        "components": info.components,
        "quality": info.quality,
        "status_reason": None,
        "synced_at": now,
        "gone_at": None,
    }


def _differs(known: Template, row: dict[str, Any]) -> bool:
    return known.gone_at is not None or any(getattr(known, name) != row[name] for name in _CONTENT)


def _upsert(rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        Template.insert_many(rows[start : start + _CHUNK]).on_conflict(
            conflict_target=(Template.waba, Template.name, Template.language),
            preserve=(*(getattr(Template, name) for name in _CONTENT), Template.synced_at, Template.gone_at),
        ).execute()
