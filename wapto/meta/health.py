"""What Meta says of the token, of the app's webhooks and of accounts and numbers (reference §7).

Calls about the app itself want a client whose token is the app's own: `APP_ID|APP_SECRET`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from wapto.meta.client import GraphClient, Json
from wapto.meta.values import instant_of, list_of, object_of, text_of

_OBJECT = "whatsapp_business_account"
_NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,status,quality_rating,name_status,platform_type,throughput,"
    "whatsapp_business_manager_messaging_limit,health_status"
)
AVAILABLE, LIMITED, BLOCKED = "AVAILABLE", "LIMITED", "BLOCKED"


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token as Meta knows it; `expires_at` None is never, `targets` the ids that a scope is limited to."""

    is_valid: bool
    app_id: str
    expires_at: datetime | None
    scopes: tuple[str, ...]
    targets: dict[str, tuple[str, ...]]
    problem: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an app's webhooks go, and which fields are sent."""

    callback: str
    fields: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An app that gets an account's webhooks, at an address of its own if `override` is one."""

    app_id: str
    override: str | None


@dataclass(frozen=True, slots=True)
class Ability:
    """Whether a number, account, business or app can send: one of AVAILABLE, LIMITED, BLOCKED, and why not."""

    kind: str
    state: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A business number as Meta knows it; words of Meta's in capitals, empty when it does not say."""

    display: str
    status: str
    platform: str
    quality: str
    name_status: str
    throughput: str
    limit: str
    abilities: tuple[Ability, ...]


def time(client: GraphClient) -> datetime | None:
    """Meta's clock, to the second; None when it does not say."""
    try:
        return parsedate_to_datetime(client.date())
    except ValueError:
        return None


def token(app: GraphClient, access_token: str) -> TokenFacts:
    """What Meta knows about an access token; asked as the app."""
    told = object_of(app.get("debug_token", input_token=access_token).get("data"))
    granular = [object_of(row) for row in list_of(told.get("granular_scopes"))]
    return TokenFacts(
        is_valid=told.get("is_valid") is True,
        app_id=text_of(told.get("app_id")),
        expires_at=instant_of(told.get("expires_at")),
        scopes=_texts(told.get("scopes")),
        targets={text_of(row.get("scope")): _texts(row["target_ids"]) for row in granular if row.get("target_ids")},
        problem=text_of(object_of(told.get("error")).get("message")),
    )


def webhook(app: GraphClient, app_id: str) -> Webhook | None:
    """The app's webhook for WhatsApp accounts, if it has one; asked as the app."""
    for row in map(object_of, list_of(app.get(app_id, "subscriptions").get("data"))):
        if text_of(row.get("object")) == _OBJECT:
            fields = (text_of(object_of(field).get("name")) or text_of(field) for field in list_of(row.get("fields")))
            return Webhook(text_of(row.get("callback_url")), tuple(fields), row.get("active") is True)
    return None


def set_webhook(app: GraphClient, app_id: str, callback: str, fields: Sequence[str], verify_token: str) -> None:
    """Puts the app's webhook for WhatsApp accounts in place of whatever it was; Meta asks the address at once."""
    app.post(
        app_id,
        "subscriptions",
        object=_OBJECT,
        callback_url=callback,
        fields=",".join(fields),
        verify_token=verify_token,
    )


def subscribers(client: GraphClient, waba: str) -> list[Subscriber]:
    """The apps that get an account's webhooks."""
    return [_subscriber(object_of(row)) for row in list_of(client.get(waba, "subscribed_apps").get("data"))]


def subscribe(client: GraphClient, waba: str) -> None:
    """Lets the token's own app get an account's webhooks."""
    client.post(waba, "subscribed_apps")


def number(client: GraphClient, phone_number_id: str) -> NumberFacts:
    """How a business number is."""
    row = client.get(phone_number_id, fields=_NUMBER_FIELDS)
    return NumberFacts(
        display=text_of(row.get("display_phone_number")),
        status=text_of(row.get("status")).upper(),
        platform=text_of(row.get("platform_type")).upper(),
        quality=text_of(row.get("quality_rating")).upper(),
        name_status=text_of(row.get("name_status")).upper(),
        throughput=text_of(object_of(row.get("throughput")).get("level")).upper(),
        limit=text_of(row.get("whatsapp_business_manager_messaging_limit")).upper(),
        abilities=tuple(_abilities(row)),
    )


def abilities(client: GraphClient, id: str) -> tuple[Ability, ...]:
    """Whether a WhatsApp account or a template can be used, with all that it hangs on."""
    return tuple(_abilities(client.get(id, fields="id,health_status")))


def _subscriber(row: Json) -> Subscriber:
    app = object_of(row.get("whatsapp_business_api_data"))
    return Subscriber(text_of(app.get("id")), text_of(row.get("override_callback_uri")) or None)


def _abilities(row: Json) -> Iterator[Ability]:
    for entity in map(object_of, list_of(object_of(row.get("health_status")).get("entities"))):
        yield Ability(
            text_of(entity.get("entity_type")).upper(),
            text_of(entity.get("can_send_message")).upper(),
            tuple(_reasons(entity)),
        )


def _reasons(entity: Json) -> Iterator[str]:
    yield from filter(None, map(text_of, list_of(entity.get("additional_info"))))
    for error in map(object_of, list_of(entity.get("errors"))):
        words = (text_of(error.get("error_description")), text_of(error.get("possible_solution")))
        yield " ".join(filter(None, words))


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(text_of, list_of(values))))
