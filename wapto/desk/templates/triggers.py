"""Triggers: which template tells the customers of a number about which status, and how its placeholders are filled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from wapto.desk.notices import notices
from wapto.desk.notices.drafts import AUTO, named, pick, trigger_of
from wapto.desk.templates.rehearsal import rehearse
from wapto.domain.identity import normal_language
from wapto.domain.lifecycle import STATUSES, label, status_of
from wapto.domain.template import addresses, check_bindings, placeholders, replies
from wapto.domain.text import flatten, quoted
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.database import transaction
from wapto.store.models import Number, Template, Trigger


def set_trigger(
    number: Number,
    status: str,
    *,
    template: str,
    language: str = AUTO,
    bindings: Mapping[str, str],
    defaults: Mapping[str, str],
    hold: int = 0,
    ttl: int | None = None,
    fallback: str | None = None,
    plain_text: bool = False,
    on: bool = True,
    replace: bool = True,
    force: bool = False,
    public_url: str | None = None,
    now: datetime,
) -> Trigger:
    """Puts the number's trigger for a status in place of whatever it was; `hold` and `ttl` are seconds.

    InvalidInput when it cannot work, naming the placeholder and the reason; Refused when it would be switched on and,
    unless `force`, fail for real orders; Conflict when there is one already and it may not be replaced. `public_url`
    is where customers reach Wapto. Messages that waited for it are released.
    """
    status = status_of(status).slug
    language = language if language == AUTO else normal_language(language)
    for one in _usable(number, template, language):
        _check(one, bindings, defaults)
        _check_links(one, bindings, public_url)
    if fallback is not None:
        _check_fallback(number, fallback, language, bindings, defaults)
        _check_fallback_links(number, fallback, language, bindings, public_url)
    _check_seconds(hold, ttl)
    values = {
        "template": template,
        "language": language,
        "bindings": dict(bindings),
        "defaults": {name: flatten(text) for name, text in defaults.items()},
        "hold": hold,
        "ttl": ttl,
        "fallback": fallback,
        "plain_text": plain_text,
        "is_on": on,
    }
    if on and not force:
        _rehearse(Trigger(number=number, status=status, **values))
    with transaction():
        if not _put({"number": number.id, "status": status, **values}, replace=replace):
            raise Conflict(f"The number {number.phone_number_id} has a trigger for {label(status)} already.")
    notices.release_for(number, status, now)
    return find(number, status)


def _put(row: dict[str, Any], *, replace: bool) -> bool:
    """Whether it was written; the unique place of a trigger decides."""
    new = Trigger.insert(row)
    if replace:
        new = new.on_conflict(conflict_target=(Trigger.number, Trigger.status), update=row)
    else:
        new = new.on_conflict_ignore()
    return bool(list(new.returning(Trigger.id).tuples().execute()))


def remove(number: Number, status: str) -> None:
    """Customers are told nothing about the status any more, not even what is already due."""
    trigger = find(number, status)
    with transaction():
        Trigger.delete().where(Trigger.id == trigger.id).execute()


def listing() -> list[dict[str, Any]]:
    """All triggers of the numbers in use, number by number in the order of the lifecycle, in the contract's shape."""
    order = list(STATUSES)
    rows = Trigger.select(Trigger, Number).join(Number).where(Number.gone_at.is_null())
    return [shape(row) for row in sorted(rows, key=lambda row: (row.number_id, order.index(row.status)))]


def faults(public_url: str | None) -> list[str]:
    """The triggers in use that could not be set as they are any more, each with the reason: templates change."""
    rows = Trigger.select(Trigger, Number).join(Number).where(Number.gone_at.is_null(), Trigger.is_on)
    told = [(row, _fault(row, public_url)) for row in rows.order_by(Trigger.id)]
    return [f"The trigger for {label(row.status)} of {row.number.phone_number_id}: {why}" for row, why in told if why]


def _fault(trigger: Trigger, public_url: str | None) -> str | None:
    try:
        for template in _usable(trigger.number, trigger.template, trigger.language):
            _check(template, trigger.bindings, trigger.defaults)
            _check_links(template, trigger.bindings, public_url)
        if trigger.fallback:
            _check_fallback(trigger.number, trigger.fallback, trigger.language, trigger.bindings, trigger.defaults)
            _check_fallback_links(trigger.number, trigger.fallback, trigger.language, trigger.bindings, public_url)
    except InvalidInput as fault:
        return str(fault)
    return None


def shape(trigger: Trigger) -> dict[str, Any]:
    """A trigger in the contract's shape."""
    return {
        "status": trigger.status,
        "number_id": trigger.number.phone_number_id,
        "template": trigger.template,
        "language": trigger.language,
        "bind": trigger.bindings,
        "default": trigger.defaults,
        "hold": trigger.hold,
        "ttl": trigger.ttl,
        "fallback": trigger.fallback,
        "plain_text": trigger.plain_text,
        "on": trigger.is_on,
    }


def find(number: Number, status: str) -> Trigger:
    """The number's trigger for a status; NotFound when customers are told nothing about it."""
    trigger = trigger_of(number.id, status_of(status).slug)
    if trigger is None:
        raise NotFound(f"The number {number.phone_number_id} has no trigger for {label(status)}.")
    return trigger


def _usable(number: Number, template: str, language: str) -> Sequence[Template]:
    """The template in every language that could be chosen."""
    rows = named(number.waba, template)
    if not rows:
        raise InvalidInput(f"The account has no template {quoted(template)}{_nearest(number, template)}.")
    if language == AUTO:
        return rows
    chosen = pick(rows, [language])
    if chosen is None:
        languages = ", ".join(sorted(row.language for row in rows))
        raise InvalidInput(f"The template {quoted(template)} is not there in {language}, only in {languages}.")
    return [chosen]


def _nearest(number: Number, template: str) -> str:
    query = Template.select(Template.name).where(Template.waba == number.waba, Template.gone_at.is_null()).distinct()
    near = get_close_matches(template, [row.name for row in query])
    known = f" (near it: {', '.join(near)})" if near else ""
    return f" that Wapto knows{known}; `wapto templates sync` fetches what is new at Meta"


def _check(template: Template, bindings: Mapping[str, str], defaults: Mapping[str, str]) -> None:
    try:
        check_bindings(template.components, template.parameter_format, bindings, defaults)
    except InvalidInput as fault:
        raise InvalidInput(f"The template {quoted(template.name)} in {template.language}: {fault}") from None


def _check_fallback(
    number: Number, fallback: str, language: str, bindings: Mapping[str, str], defaults: Mapping[str, str]
) -> None:
    """Its placeholders are bound as those of the template; it may do without some of them."""
    for one in _usable(number, fallback, language):
        names = {*placeholders(one.components, one.parameter_format), *replies(one.components)}
        names |= {f"{name}.1" for name in names & {"header"}}
        bound = {name: variable for name, variable in bindings.items() if name in names}
        _check(one, bound, {name: text for name, text in defaults.items() if name in names})


def _check_fallback_links(
    number: Number, fallback: str, language: str, bindings: Mapping[str, str], public_url: str | None
) -> None:
    for one in _usable(number, fallback, language):
        _check_links(one, bindings, public_url)


def _check_links(template: Template, bindings: Mapping[str, str], public_url: str | None) -> None:
    """A link of ours has to lead to us: Meta fixed the start of its address when it approved the template."""
    for name, address in addresses(template.components).items():
        if bindings.get(name) != "tracking.token":
            continue
        if public_url is None:
            raise InvalidInput(f"Placeholder {name}: tracking.token needs the setting WAPTO_PUBLIC_URL.")
        if address != f"{public_url}/t/":
            raise InvalidInput(
                f"Placeholder {name}: the template in {template.language} was approved with the address {address}, but "
                f"tracking pages are at {public_url}/t/; create it anew under another name, or change WAPTO_PUBLIC_URL."
            )


def _rehearse(trigger: Trigger) -> None:
    rehearsal = rehearse(trigger)
    if rehearsal.failures:
        first = rehearsal.failures[0]
        raise Refused(
            f"It would fail for {len(rehearsal.failures)} of the last {rehearsal.orders} orders; {first.order}: "
            f"{first.reason} Set it --off or with --force; `wapto triggers rehearse` then lists all."
        )


def _check_seconds(hold: int, ttl: int | None) -> None:
    if hold < 0 or (ttl is not None and ttl <= 0):
        raise InvalidInput("Hold and time to live are seconds: 0 or more to hold, 1 or more to live.")
    if ttl is not None and ttl <= hold:
        raise InvalidInput("The time to live must be longer than the hold, or nothing would ever be told.")
