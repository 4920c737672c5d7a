"""The doctor in the shop: numbers, templates and triggers, catalogs, the team."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from wapto.desk import numbers
from wapto.desk.catalog import sync as catalog_sync
from wapto.desk.doctor.doctor import PASS, Check, Look, bad, well, worse
from wapto.desk.doctor.meta import ability
from wapto.desk.notices.drafts import APPROVED, AUTO, named, pick
from wapto.domain.lifecycle import RECEIVED, label
from wapto.domain.template import check_bindings, placeholders
from wapto.errors import InvalidInput
from wapto.meta import catalog as meta
from wapto.meta import health
from wapto.meta.client import GraphClient
from wapto.store.models import Agent, Number, Template, Trigger

_OLD = timedelta(hours=24)


def looks(client: GraphClient) -> list[Look]:
    """What to look at; templates and catalogs are compared with what Meta has now."""
    return [
        Look("numbers", lambda _: _roster(), needs=("database",)),
        Look("templates", lambda _: _templates(client), needs=("database", "Meta", "token")),
        Look("triggers", lambda _: _triggers(), needs=("database",)),
        Look("template health", lambda _: _template_health(client), needs=("database", "Meta", "token")),
        Look("catalog", lambda now: _catalogs(client, now), needs=("database", "Meta", "token")),
    ]


def _roster() -> Iterator[Check]:
    if not numbers.listing():
        step = "`wapto numbers add ID --waba ID --slack-channel C…` takes one in; WhatsApp Manager shows the ids."
        yield bad("numbers", "There is no number, so no cart becomes an order.", step)
    else:
        yield well("numbers", f"{len(numbers.listing())} number(s) take carts in.")
    roles = [agent.role for agent in Agent.select(Agent.role).where(Agent.gone_at.is_null())]
    if not [role for role in roles if role != "viewer"]:
        step = "`wapto agents add --slack U… --name NAME --role admin` adds one; the id stands in their Slack profile."
        yield bad("agents", "Nobody is on the roster who could work orders.", step)
    elif "admin" not in roles:
        step = "Make somebody an admin: `wapto agents set NAME role=admin`."
        yield worse("agents", "There is no admin, whom Wapto could tell of troubles.", step)
    else:
        yield well("agents", f"{len(roles)} people are on the roster.")


def _templates(client: GraphClient) -> Iterator[Check]:
    """Whether what is known here of the templates is what Meta has; a trigger works with what is known."""
    for waba in sorted({number.waba for number in numbers.listing()}):
        there = {(info.name, info.language): info.status for info in client.of(waba).templates(waba)}
        rows = Template.select().where(Template.waba == waba, Template.gone_at.is_null())
        here = {(row.name, row.language): row.status for row in rows}
        differ = sorted({name for name, _ in dict(there.items() ^ here.items())})
        name = f"templates {waba}"
        if differ:
            evidence = f"Meta has something else than Wapto knows of: {', '.join(differ[:5])}."
            yield worse(name, evidence, "Run `wapto templates sync`.")
        else:
            yield well(name, f"{len(here)} template(s) are known as Meta has them.")


def _template_health(client: GraphClient) -> Iterator[Check]:
    """Meta's own word on the templates that triggers use; those that are well are counted only."""
    used = {
        row.id: row
        for number in numbers.listing()
        for trigger in Trigger.select().where(Trigger.number == number, Trigger.is_on)
        for row in _usable(number, trigger.template, trigger.language)
    }
    named_rows = {f"template {row.name} {row.language}": row for row in used.values()}
    checks = [ability(name, health.abilities(client.of(row.waba), row.meta_id)) for name, row in named_rows.items()]
    yield from (check for check in checks if check.state != PASS)
    if fine := [check for check in checks if check.state == PASS]:
        yield well("template health", f"Meta says that {len(fine)} template(s) in use can be sent.")


def _triggers() -> Iterator[Check]:
    for number in numbers.listing():
        mine = list(Trigger.select().where(Trigger.number == number, Trigger.is_on))
        if RECEIVED not in {trigger.status for trigger in mine}:
            step = f"`wapto triggers set received --number {number.phone_number_id} --template NAME …` sets one."
            evidence = "Customers are not told that their order arrived: there is no trigger for Received."
            yield worse(f"trigger {number.phone_number_id} received", evidence, step)
        for trigger in mine:
            yield _trigger(number, trigger)


def _trigger(number: Number, trigger: Trigger) -> Check:
    name = f"trigger {number.phone_number_id} {trigger.status}"
    usable = _usable(number, trigger.template, trigger.language)
    fault = _fault(number, trigger, usable)
    if fault is None:
        languages = ", ".join(row.language for row in usable)
        if trigger.language == AUTO and _base(number.language) not in {_base(row.language) for row in usable}:
            evidence = f"“{trigger.template}” is approved, but not in {number.language}: customers read {languages}."
            step = "Add the shop's language to it in WhatsApp Manager, then run `wapto templates sync`."
            return worse(name, evidence, step)
        return well(name, f"“{trigger.template}” is approved ({languages}) and bound.")
    why, step = fault
    if trigger.fallback and _usable(number, trigger.fallback, trigger.language):
        return worse(name, f"“{trigger.fallback}” tells it instead, because “{trigger.template}” {why}", step)
    so = f"Customers are not told that their order is {label(trigger.status)}"
    return bad(name, f"{so} because the template “{trigger.template}” {why}", step)


def _base(language: str) -> str:
    return language.partition("_")[0]


def _usable(number: Number, template: str, language: str) -> list[Template]:
    """The template as it can be sent, in the languages that the trigger may choose."""
    return [row for row in _chosen(number, template, language) if row.status == APPROVED]


def _chosen(number: Number, template: str, language: str) -> list[Template]:
    rows = named(number.waba, template)
    return rows if language == AUTO else [row for row in [pick(rows, [language])] if row]


def _fault(number: Number, trigger: Trigger, usable: Sequence[Template]) -> tuple[str, str] | None:
    """What is wrong with the trigger's own template, and what to do."""
    rows = _chosen(number, trigger.template, trigger.language)
    if not rows:
        return "is not there.", "`wapto templates list` shows those that there are; `wapto triggers set` takes another."
    if not usable:
        states = ", ".join(f"{row.language} is {row.status.lower()}" for row in rows)
        reason = next((f": {row.status_reason}" for row in rows if row.status_reason), "")
        step = "Mend it in WhatsApp Manager, then `wapto templates sync`; or take another: `wapto triggers set`."
        return f"cannot be sent ({states}{reason}).", step
    for row in usable:
        try:
            check_bindings(row.components, row.parameter_format, trigger.bindings, trigger.defaults)
        except InvalidInput as fault:
            words = f"and its bindings do not match in {row.language}: {fault}"
            return words, f"For instance: `{_command(number, trigger, row)}`."
    return None


def _command(number: Number, trigger: Trigger, template: Template) -> str:
    """The trigger set anew: bindings that fit are kept, and the order's number stands where one is missing."""
    bind = {name: trigger.bindings.get(name, "order.number") for name in _names(template)}
    words = [f"wapto triggers set {trigger.status} --number {number.phone_number_id} --template {trigger.template}"]
    words += [f"--bind {name}={_quoted(variable)}" for name, variable in bind.items()]
    return " ".join(words + _options(trigger, bind))


def _names(template: Template) -> list[str]:
    return list(placeholders(template.components, template.parameter_format))


def _options(trigger: Trigger, bind: Mapping[str, str]) -> list[str]:
    kept = {name: text for name, text in trigger.defaults.items() if name in bind}
    return [
        *([f"--language {trigger.language}"] if trigger.language != AUTO else []),
        *(f"--default {name}={_quoted(text)}" for name, text in kept.items()),
        *([f"--fallback {trigger.fallback}"] if trigger.fallback else []),
        *(["--plain-text"] if trigger.plain_text else []),
        *([f"--hold {trigger.hold}"] if trigger.hold else []),
        *([f"--ttl {trigger.ttl}"] if trigger.ttl else []),
    ]


def _quoted(text: str) -> str:
    """As one word of a shell."""
    plain = text.replace(".", "").replace("_", "").isalnum()
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _catalogs(client: GraphClient, now: datetime) -> Iterator[Check]:
    for number in numbers.listing():
        yield from _catalog(client, number, now)


def _catalog(client: GraphClient, number: Number, now: datetime) -> Iterator[Check]:
    id, client = number.phone_number_id, client.of(number.waba)
    name = f"catalog {id}"
    linked = [info.id for info in meta.linked(client, number.waba)]
    if not linked:
        evidence = f"Customers cannot send carts: no catalog is connected to the WhatsApp account {number.waba}."
        yield bad(name, evidence, "Connect one in WhatsApp Manager → Account tools → Catalog.")
        return
    if number.catalog not in linked:
        has = f"Wapto takes {number.catalog} for it" if number.catalog else "Wapto has none for it"
        evidence = f"Carts have no names: Meta has the catalog {linked[0]} for this number, {has}."
        yield bad(name, evidence, f"Run `wapto numbers set {id} catalog={linked[0]}`, then `wapto catalog sync`.")
        return
    yield _sync(name, number, now)
    shown = meta.commerce(client, id)
    if shown is None or not shown.is_cart_enabled:
        evidence = "Orders do not appear because the cart is switched off for this number."
        yield bad(f"cart {id}", evidence, f"Run `wapto catalog settings --number {id} --cart`.")
    elif not shown.is_catalog_visible:
        evidence = "The catalog does not stand in the number's profile, so customers find it only by a link."
        yield worse(f"cart {id}", evidence, f"Run `wapto catalog settings --number {id} --visible`.")
    else:
        yield well(f"cart {id}", "Customers see the catalog and can send carts.")


def _sync(name: str, number: Number, now: datetime) -> Check:
    sync = catalog_sync.last(str(number.catalog))
    step = f"Run `wapto catalog sync --number {number.phone_number_id}`."
    if sync is None or sync.finished_at is None:
        why = f": {sync.problem}" if sync and sync.problem else ""
        return bad(name, f"The catalog {number.catalog} was never read, so carts have no names{why}.", step)
    if now - sync.finished_at > _OLD:
        why = f": {sync.problem}" if sync.problem else ""
        return worse(name, f"The catalog was read last on {sync.finished_at:%Y-%m-%d %H:%M} UTC{why}.", step)
    return well(name, f"The catalog {number.catalog} was read {(now - sync.finished_at).seconds // 60} min ago.")
