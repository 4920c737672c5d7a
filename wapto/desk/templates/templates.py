"""WhatsApp templates as Meta has them: one row per account, name and language."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import add
from typing import Any

from wapto.desk.notices import notices
from wapto.desk.notices.messages import breathe
from wapto.domain.identity import normal_language
from wapto.domain.lint import Definition
from wapto.domain.template import placeholders, unsupported
from wapto.domain.text import quoted
from wapto.errors import NotFound
from wapto.meta.client import GraphClient, TemplateInfo
from wapto.store.database import transaction
from wapto.store.models import Number, Template, Trigger

_CHUNK = 50  # rows in one statement
_CONTENT = ("meta_id", "status", "category", "parameter_format", "components", "quality", "status_reason")


@dataclass(frozen=True)
class SyncResult:
    """How many templates, each language counted, are new, different, gone, or as they were; and what is different."""

    added: int = 0
    changed: int = 0
    gone: int = 0
    kept: int = 0
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __add__(self, other: "SyncResult") -> "SyncResult":
        added, changed, gone, kept = map(add, _counts(self), _counts(other))
        return SyncResult(added, changed, gone, kept, self.notes + other.notes)


def _counts(result: SyncResult) -> tuple[int, ...]:
    return result.added, result.changed, result.gone, result.kept


def sync(client: GraphClient, wabas: Sequence[str], now: datetime) -> SyncResult:
    """Takes over what Meta lists for these accounts, and releases the messages that waited for it.

    Everything is read before anything is written: GraphError or TryLater leave all as it was.
    """
    listed = {waba: list(client.of(waba).templates(waba)) for waba in wabas}
    result = SyncResult()
    for waba, infos in listed.items():
        result += _take_over(waba, infos, now)
        breathe()
        notices.release_held(waba, now)
    return result


def listing() -> list[dict[str, Any]]:
    """All templates that Meta still has, in the contract's shape."""
    return [shape(row) for row in _listed()]


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
        "unsupported": unsupported(row.components),
    }


def show(waba: str | None, name: str, language: str | None) -> list[Template]:
    """The template in all languages or one, of all accounts or one; NotFound when Meta has no such."""
    query = Template.select().where(Template.name == name, Template.gone_at.is_null())
    if waba:
        query = query.where(Template.waba == waba)
    if language:
        query = query.where(Template.language == normal_language(language))
    rows = list(query.order_by(Template.waba, Template.language))
    if not rows:
        raise NotFound(f"There is no template {quoted(name)} here; `wapto templates sync` fetches what Meta has.")
    return rows


def definitions() -> list[Definition]:
    """All templates that Meta still has, for lint; what a trigger binds to the order number says so."""
    numbered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for trigger in Trigger.select(Trigger, Number).join(Number):
        bound = (name for name, variable in trigger.bindings.items() if variable == "order.number")
        numbered[trigger.number.waba, trigger.template].update(bound)
    return [
        Definition(
            name=row.name,
            language=row.language,
            category=row.category,
            parameter_format=row.parameter_format,
            components=row.components,
            carries_number=numbered[row.waba, row.name],
        )
        for row in _listed()
    ]


def _listed() -> list[Template]:
    query = Template.select().where(Template.gone_at.is_null())
    return list(query.order_by(Template.waba, Template.name, Template.language))


def _take_over(waba: str, infos: Sequence[TemplateInfo], now: datetime) -> SyncResult:
    rows = {(info.name, info.language): _row(waba, info, now) for info in infos}
    with transaction():
        known = {(row.name, row.language): row for row in Template.select().where(Template.waba == waba)}
        for key in rows.keys() & known.keys():
            if rows[key]["status"] == known[key].status:  # only events say why, and the reason still holds
                rows[key]["status_reason"] = known[key].status_reason
        added = [key for key in rows if key not in known]
        changed = [key for key in rows if key in known and _differs(known[key], rows[key])]
        gone = [row for key, row in known.items() if key not in rows and row.gone_at is None]
        _upsert([rows[key] for key in added])
        _upsert([rows[key] | _news(known[key], rows[key], now) for key in changed])
        Template.update(gone_at=now).where(Template.id.in_([row.id for row in gone])).execute()
        Template.update(synced_at=now).where(Template.waba == waba, Template.gone_at.is_null()).execute()
    notes = [f"{_title(key)}: {_difference(known[key], rows[key])}" for key in changed]
    notes += [f"{_title((row.name, row.language))}: Meta has it no more" for row in gone]
    return SyncResult(len(added), len(changed), len(gone), len(rows) - len(added) - len(changed), tuple(notes))


def _news(known: Template, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The change in words; what events told stays where the list says nothing new of it."""
    is_reclassed = row["category"] != known.category
    return {
        "change": _difference(known, row) or known.change,
        "changed_at": now,
        "previous_category": known.category if is_reclassed else known.previous_category,
        "coming_category": None if is_reclassed else known.coming_category,
    }


def _difference(known: Template, row: dict[str, Any]) -> str:
    """What is different, in words."""
    parts = ["it is there again"] if known.gone_at else []
    for name in ("status", "category", "quality"):
        before, after = getattr(known, name), row[name]
        if before != after:
            parts.append(f"{name} {_plain(before)} became {_plain(after)}")
    if (known.components, known.parameter_format) != (row["components"], row["parameter_format"]):
        parts.append(_rewording(known, row))
    return "; ".join(parts) or "its id at Meta changed"


def _rewording(known: Template, row: dict[str, Any]) -> str:
    """The placeholders decide whether the triggers still fit."""
    before = placeholders(known.components, known.parameter_format)
    after = placeholders(row["components"], row["parameter_format"])
    if before == after:
        return "its words changed"
    return f"its placeholders changed from {', '.join(before) or 'none'} to {', '.join(after) or 'none'}"


def _plain(word: str | None) -> str:
    return str(word or "unknown").replace("_", " ").lower()


def _title(key: tuple[str, str]) -> str:
    name, language = key
    return f"{name} ({language})"


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
            preserve=[getattr(Template, name) for name in rows[0]],
        ).execute()
