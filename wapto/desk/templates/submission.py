"""New templates: submitted to Meta for review, and known here as soon as Meta has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wapto.desk.notices.drafts import named
from wapto.domain.identity import normal_language
from wapto.domain.lint import Definition
from wapto.domain.template import addresses
from wapto.domain.text import clean
from wapto.errors import InvalidInput, OutcomeUnknown, TryLater
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError, Remedy
from wapto.store.database import transaction
from wapto.store.models import Template

EXISTS, REFUSED = "EXISTS", "REFUSED"

_ALREADY_THERE = 2388024
_LIVES = "message_send_ttl_seconds"
_KEYS = {"name", "language", "category", "parameter_format", "components", _LIVES}
# Of the template, not of the account: the next one may be taken.
_OWN_FAULTS = (Remedy.NEVER, Remedy.TEMPLATE_UNUSABLE)


@dataclass(frozen=True)
class Answer:
    """What Meta said of a template: its status, EXISTS for one that was there before, or REFUSED with the reason."""

    name: str
    language: str
    result: str
    category: str
    note: str = ""
    is_recategorized: bool = False


def found(row: Template) -> Answer:
    """The answer for a template that need not be submitted."""
    why = f": {row.status_reason}" if row.status_reason else ""
    return Answer(row.name, row.language, EXISTS, row.category, f"{row.status} at Meta{why}")


def submit(client: GraphClient, waba: str, new: Definition, now: datetime) -> Answer:
    """Submits a template and takes over what Meta answered; a refusal of this one template is an answer too.

    TryLater, with the seconds to wait, when Meta takes no more for now; OutcomeUnknown when Meta may have it or not;
    other errors concern the whole account.
    """
    try:
        created = client.of(waba).create_template(waba, body_of(new))
    except GraphError as fault:
        return _refused(waba, new, fault)
    except OutcomeUnknown as fault:
        raise OutcomeUnknown(f"{fault} Run the same command again: what Meta has by then is skipped.") from None
    row = {
        "meta_id": created.id,
        "waba": waba,
        "name": new.name,
        "language": new.language,
        "status": created.status,
        "category": created.category,
        "parameter_format": new.parameter_format,
        "components": new.components,
        "synced_at": now,
        "gone_at": None,
        "status_reason": None,
    }
    with transaction():
        place = (Template.waba, Template.name, Template.language)
        Template.insert(row).on_conflict(conflict_target=place, update=row).execute()
    is_changed = created.category != new.category
    note = f"Meta changed the category: {new.category} became {created.category}" if is_changed else ""
    return Answer(new.name, new.language, created.status, created.category, note, is_changed)


def definition_of(document: object) -> Definition:
    """A template out of JSON in the shape of Meta's API; InvalidInput when it has another shape."""
    if not isinstance(document, dict) or not isinstance(document.get("components"), list):
        raise InvalidInput("A template is a JSON object with name, language, category and a list of components.")
    if unknown := document.keys() - _KEYS:
        raise InvalidInput(f"A template has no “{clean(str(min(unknown)))}”; it has: {', '.join(sorted(_KEYS))}.")
    if not all(isinstance(part, dict) for part in document["components"]):
        raise InvalidInput("Each component of a template is a JSON object with a type.")
    return Definition(
        name=str(document.get("name") or ""),
        language=normal_language(str(document.get("language") or "")),
        category=str(document.get("category") or "UTILITY").upper(),
        parameter_format=str(document.get("parameter_format") or "POSITIONAL").upper(),
        components=document["components"],
        lives=_seconds(document.get(_LIVES)),
    )


def _seconds(value: object) -> int | None:
    if value is None or type(value) is int:
        return value
    raise InvalidInput(f"{_LIVES} is a whole number of seconds.")


def plain_definition(name: str, language: str, category: str, body: str, samples: Mapping[str, str]) -> Definition:
    """A template of a text alone, with the samples of its variables, named or numbered."""
    is_named = any(not variable.isdigit() for variable in samples)
    if is_named:
        rows = [{"param_name": variable, "example": sample} for variable, sample in samples.items()]
        example: dict[str, Any] = {"body_text_named_params": rows}
    else:
        example = {"body_text": [[samples[variable] for variable in sorted(samples, key=int)]]}
    part = {"type": "BODY", "text": body, **({"example": example} if samples else {})}
    parameter_format = "NAMED" if is_named else "POSITIONAL"
    return Definition(name, normal_language(language), category.upper(), parameter_format, [part])


def existing_address(waba: str, name: str) -> tuple[bool, str | None]:
    """Whether the account has the template in any language, and the address of its URL button with a variable."""
    rows = named(waba, name)
    known = next(iter(addresses(rows[0].components).values()), None) if rows else None
    return bool(rows), f"{known}{{{{1}}}}" if known else None


def _refused(waba: str, new: Definition, fault: GraphError) -> Answer:
    if fault.subcode == _ALREADY_THERE:
        return Answer(new.name, new.language, EXISTS, new.category, "at Meta; `wapto templates sync` fetches it")
    if fault.remedy is Remedy.SLOW_NUMBER:
        wait = fault.retry_after or 0
        raise TryLater(
            f"Meta takes no more new templates of the account {waba} for now (100 an hour); run the same command again "
            f"in {max(1, round(wait / 60))} minutes: what is there by then is skipped.",
            wait,
        ) from None
    if fault.remedy not in _OWN_FAULTS:
        raise fault
    return Answer(new.name, new.language, REFUSED, new.category, str(fault))


def body_of(new: Definition) -> dict[str, Any]:
    """The template as Meta's API takes it."""
    return {
        "name": new.name,
        "language": new.language,
        "category": new.category,
        "parameter_format": new.parameter_format,
        "components": new.components,
        **({} if new.lives is None else {_LIVES: new.lives}),
    }
