"""The doctor at Meta: the token, the app's webhooks, the accounts and the numbers (reference §7, §9)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from wapto.desk import numbers
from wapto.desk.doctor.doctor import Check, Look, bad, unseen, well, worse
from wapto.domain.text import flatten
from wapto.meta import health
from wapto.meta.client import GraphClient
from wapto.meta.health import BLOCKED, LIMITED, Ability
from wapto.store.models import Number

# When Meta ends a version (reference §9); those that are not here have no date yet.
ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
_OLDEST_KNOWN = 20
_SUGGESTED = "v25.0"
_VERSION_NOTICE, _TOKEN_NOTICE = timedelta(days=90), timedelta(days=14)

_CLOCKS_APART = timedelta(seconds=60)

_NEEDED = ("whatsapp_business_messaging", "whatsapp_business_management")
_FOR_CATALOGS = "catalog_management"
_ORDERS = "messages"  # the field that carts and receipts come by
FIELDS = (
    *(_ORDERS, "message_template_status_update", "message_template_quality_update"),
    *("message_template_components_update", "template_category_update", "phone_number_quality_update"),
    *("phone_number_name_update", "business_capability_update", "account_update", "account_alerts"),
    *("account_review_update", "user_preferences"),
)


@dataclass(frozen=True)
class Connection:
    """How to speak with Meta: as the shop, and as the app, which needs its id; and where our webhook is."""

    client: GraphClient
    app: GraphClient | None
    app_id: str | None
    access_token: str
    account_tokens: Mapping[str, str]
    verify_token: str
    version: str
    webhook_url: str | None

    def __repr__(self) -> str:
        return "Connection(…)"


def looks(meta: Connection) -> list[Look]:
    """What to look at with this connection; needs the store for the numbers."""
    return [
        Look("Graph version", lambda now: [_version(meta.version, now)]),
        Look("Meta", lambda now: [_clock(meta.client, now)]),
        Look("token", lambda now: _token(meta, now), needs=("database", "Meta")),
        Look("webhook", lambda _: _webhook(meta), needs=("database", "Meta", "token")),
        Look("subscription", lambda _: _subscriptions(meta), needs=("database", "Meta", "token")),
        Look("number", lambda _: _numbers(meta.client), needs=("database", "Meta", "token")),
        Look("account", lambda _: _accounts(meta.client), needs=("database", "Meta", "token")),
    ]


def _clock(client: GraphClient, now: datetime) -> Check:
    """Slack refuses what is signed five minutes off, and a clock that runs ahead holds messages back."""
    theirs = health.time(client)
    apart = abs(now - theirs) if theirs else timedelta(0)
    if apart > _CLOCKS_APART:
        evidence = f"This machine's clock is {apart.total_seconds():,.0f} s off that of Meta."
        return bad("clock", evidence, "Let the machine set its clock by the network: `timedatectl set-ntp true`.")
    return well("Meta", "It can be reached, and its clock is ours.")


def _version(version: str, now: datetime) -> Check:
    ends = ENDS.get(version)
    is_older = int(version[1:].partition(".")[0]) < _OLDEST_KNOWN
    advice = f"Set META_GRAPH_VERSION={_SUGGESTED} (in .env or the environment) and restart Wapto."
    if is_older or (ends and ends <= now.date()):
        return bad("Graph version", f"Meta has ended {version}.", advice)
    if ends and ends - now.date() <= _VERSION_NOTICE:
        return worse("Graph version", f"Meta ends {version} on {ends}.", advice)
    return well("Graph version", f"Meta keeps {version} {f'until {ends}' if ends else 'without an end that is known'}.")


def _token(meta: Connection, now: datetime) -> Iterator[Check]:
    if meta.app is None:
        why = "Without META_APP_ID Meta tells nobody about the token, its expiry and the webhook."
        yield unseen("token", why, "Set META_APP_ID in .env (App Dashboard → App settings → Basic).")
        return
    yield from _checks_of(meta.app, meta.app_id, _Token("META_ACCESS_TOKEN", meta.access_token, _sharing(meta)), now)
    for waba, token in sorted(meta.account_tokens.items()):
        setting = f"META_ACCESS_TOKEN_{waba}"
        if waba in _wabas():
            yield from _checks_of(meta.app, meta.app_id, _Token(setting, token, [waba], f" {waba}"), now)
        else:
            evidence = f"{setting} is set, and no number here belongs to the WhatsApp account {waba}."
            yield worse(f"token {waba}", evidence, "Correct the account's id in the setting's name, or add its number.")


@dataclass(frozen=True)
class _Token:
    """An access token, the setting that it stands in, and the accounts that it is for; `of` ends its checks' names."""

    setting: str
    value: str = field(repr=False)
    wabas: Sequence[str]
    of: str = ""


def _sharing(meta: Connection) -> list[str]:
    return [waba for waba in _wabas() if waba not in meta.account_tokens]


def _checks_of(app: GraphClient, app_id: str | None, token: _Token, now: datetime) -> Iterator[Check]:
    name = f"token{token.of}"
    facts = health.token(app, token.value)
    renew = f"Make a token of a system user in Business settings and put it into {token.setting} in .env."
    if not facts.is_valid:
        yield bad(name, f"Meta does not take the access token: {flatten(facts.problem) or 'no reason given'}.", renew)
    elif facts.app_id != app_id:
        evidence = f"The token belongs to the app {facts.app_id}, META_APP_ID is {app_id}."
        yield bad(name, evidence, f"Make META_APP_ID and {token.setting} in .env those of one app.")
    elif facts.expires_at and facts.expires_at - now <= _TOKEN_NOTICE:
        until = facts.expires_at.astimezone(UTC).date()
        yield worse(name, f"The token expires on {until}; then no customer is told anything.", renew)
    else:
        yield well(name, f"It is valid, {_until(facts.expires_at)}.")
    if facts.is_valid:
        yield from _scopes(facts, token)


def _until(end: datetime | None) -> str:
    return f"until {end.astimezone(UTC).date()}" if end else "for good"


def _scopes(facts: health.TokenFacts, token: _Token) -> Iterator[Check]:
    name, mine = f"permissions{token.of}", [number for number in numbers.listing() if number.waba in token.wabas]
    missing = [scope for scope in _NEEDED if scope not in facts.scopes]
    advice = "Generate the system user's token anew with the permissions {}, and put it into {}."
    if missing:
        yield bad(name, f"The token lacks {', '.join(missing)}.", advice.format(", ".join(_NEEDED), token.setting))
    elif _FOR_CATALOGS not in facts.scopes and any(number.catalog for number in mine):
        everything = ", ".join((*_NEEDED, _FOR_CATALOGS))
        yield worse(name, "The token may not read catalogs.", advice.format(everything, token.setting))
    else:
        yield well(name, "The token has what Wapto asks for.")
    for waba in token.wabas:
        barred = [scope for scope in _NEEDED if waba not in facts.targets.get(scope, (waba,))]
        if barred:
            where = f"Business settings → System users → Assign assets → WhatsApp account {waba}"
            yield bad(name, f"The token may not see the WhatsApp account {waba}.", f"Give it at {where}.")


def _webhook(meta: Connection) -> Iterator[Check]:
    if meta.app is None or meta.app_id is None:
        yield unseen("webhook", "Only the app itself is told where its webhooks go; META_APP_ID is not set.")
        return
    app, app_id, ours = meta.app, meta.app_id, meta.webhook_url
    known = health.webhook(app, app_id)
    dashboard = f"App Dashboard → WhatsApp → Configuration → Callback URL: {ours or 'your address'}"

    def subscribe() -> None:
        fields = dict.fromkeys((*(known.fields if known else ()), *FIELDS))
        health.set_webhook(app, app_id, str(ours), list(fields), meta.verify_token)

    fix = subscribe if ours and (known is None or known.callback == ours) else None
    step = "`wapto doctor --fix` sets it, once Wapto can be reached." if fix else f"Set it at {dashboard}."
    if known is None or not known.is_active:
        evidence = "Orders do not appear because the Meta app has no webhook" + (" that is active." if known else ".")
        yield bad("webhook", evidence, step, fix)
    elif ours is None:
        yield unseen(
            "webhook", f"It goes to {known.callback}.", "Set WAPTO_PUBLIC_URL in .env to check that this is us."
        )
    elif known.callback != ours:
        evidence = f"Orders do not appear because Meta sends webhooks to {known.callback}, not to {ours}."
        yield bad("webhook", evidence, f"Set it at {dashboard}.")
    elif _ORDERS not in known.fields:
        evidence = "Orders do not appear because the app is not subscribed to the field “messages”."
        yield bad("webhook", evidence, "`wapto doctor --fix` subscribes it.", fix)
    elif missing := [name for name in FIELDS if name not in known.fields]:
        evidence = f"Wapto hears nothing of {', '.join(missing)}."
        yield worse("webhook", evidence, "`wapto doctor --fix` subscribes the app to them.", fix)
    else:
        yield well("webhook", f"Meta sends all that Wapto knows to {ours}.")


def _subscriptions(meta: Connection) -> Iterator[Check]:
    for waba in _wabas():
        yield _subscription(meta, waba)


def _subscription(meta: Connection, waba: str) -> Check:
    name = f"subscription {waba}"
    client = meta.client.of(waba)
    apps = health.subscribers(client, waba)
    ours = [app for app in apps if app.app_id == meta.app_id] if meta.app_id else apps
    if not ours:
        others = f"; others are: {', '.join(app.app_id for app in apps)}" if apps else ""
        evidence = (
            f"Orders do not appear because the app is not subscribed to the WhatsApp account {waba}: only test events "
            f"of the dashboard arrive{others}."
        )
        fix = lambda: health.subscribe(client, waba)  # noqa: E731
        return bad(name, evidence, "`wapto doctor --fix` subscribes it.", fix)
    elsewhere = [app.override for app in ours if app.override and app.override != meta.webhook_url]
    if elsewhere:
        evidence = f"Orders do not appear because this account's webhooks go to {elsewhere[0]}, an address of its own."
        return bad(name, evidence, "Take the override away where it was set (the partner's or the app's own settings).")
    if not meta.app_id:
        return unseen(name, "Some app is subscribed; whether it is ours, META_APP_ID would tell.")
    return well(name, "The app gets this account's webhooks.")


def _numbers(client: GraphClient) -> Iterator[Check]:
    for number in numbers.listing():
        yield from _number(client, number)


def _number(client: GraphClient, number: Number) -> Iterator[Check]:
    name, id = f"number {number.phone_number_id}", number.phone_number_id
    facts = health.number(client.of(number.waba), id)
    manager = "WhatsApp Manager → Phone numbers"
    if facts.platform not in ("CLOUD_API", ""):
        yield bad(
            name, f"{facts.display} is not registered for the Cloud API.", f"Register it at {manager}, or by its API."
        )
    elif facts.status not in ("CONNECTED", ""):
        yield bad(name, f"{facts.display} is {_words(facts.status)}.", f"See what Meta asks for at {manager}.")
    elif number.paused_until is not None and number.paused_reason:
        yield bad(name, f"Nothing is sent from {number.name}: {number.paused_reason}", "Mend that; Wapto then goes on.")
    elif facts.quality == "RED":
        advice = "Send fewer messages that customers did not ask for; Meta may limit the number."
        yield worse(name, f"Customers block or report {facts.display}: its quality is low.", advice)
    elif facts.name_status in ("DECLINED", "EXPIRED", "NONE"):
        yield worse(name, f"The display name is {_words(facts.name_status)}.", f"Choose another at {manager}.")
    else:
        kinds = {"throughput": facts.throughput, "quality": facts.quality, "limit": facts.limit}
        known = ", ".join(f"{kind} {_words(word)}" for kind, word in kinds.items() if word)
        yield well(name, f"{facts.display} is connected; {known}.")
    yield ability(f"sending {id}", facts.abilities)


def _accounts(client: GraphClient) -> Iterator[Check]:
    for waba in _wabas():
        yield ability(f"account {waba}", health.abilities(client.of(waba), waba))


def ability(name: str, abilities: tuple[Ability, ...]) -> Check:
    """Meta's own word on whether messages can be sent."""
    for state, judge in ((BLOCKED, bad), (LIMITED, worse)):
        found = [one for one in abilities if one.state == state]
        if found:
            why = "; ".join(
                f"{_words(one.kind)}: {', '.join(map(flatten, one.reasons)) or 'no reason given'}" for one in found
            )
            can = "cannot be sent" if state == BLOCKED else "are limited"
            return judge(name, f"Messages {can}, says Meta: {why}.", "Do what Meta asks for in WhatsApp Manager.")
    return well(name, "Meta says that messages can be sent.")


def _words(word: str) -> str:
    return flatten(word).replace("_", " ").lower()


def _wabas() -> list[str]:
    return sorted({number.waba for number in numbers.listing()})
