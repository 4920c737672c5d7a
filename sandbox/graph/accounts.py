"""What a health check asks Meta: the token, the app's webhooks, who is subscribed, how accounts are (reference §7).

All is well at first; a test or a person breaks one thing by setting it on the `Registry`.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request

from sandbox.graph.errors import GraphError, Unsupported
from sandbox.graph.world import World

Row = dict[str, Any]

APP_ID = "400000000000001"
SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management", "catalog_management", "business_management")
FIELDS = (
    *("messages", "message_template_status_update", "message_template_quality_update"),
    *("message_template_components_update", "template_category_update", "phone_number_quality_update"),
    *("phone_number_name_update", "business_capability_update", "account_update", "account_alerts"),
    *("account_review_update", "user_preferences"),
)
TOKEN, SUBSCRIBED, SUBSCRIPTIONS = "debug_token", "subscribed_apps", "subscriptions"
_OBJECT = "whatsapp_business_account"


class Registry:
    """The app of the world and the state of its accounts.

    `token` is what debug_token says of every valid token; `apps` has the ids subscribed to an account, of our app
    unless set; `overrides` other callback addresses of accounts; `fields` and `callback` are the app's webhook, the
    latter the world's own unless set, and None for none; `health` is what an id's `can_send_message` is unless
    AVAILABLE, with the rest of its entity; `numbers` has facts of numbers that differ from the usual.
    """

    def __init__(self, app_secret: str, callback: Callable[[], str | None]) -> None:
        self.app_id, self._app_secret, self._own_callback = APP_ID, app_secret, callback
        self.token: Row = {"is_valid": True, "type": "SYSTEM_USER", "expires_at": 0, "scopes": list(SCOPES)}
        self.apps: dict[str, set[str]] = {}
        self.overrides: dict[str, str] = {}
        self.fields = list(FIELDS)
        self.callback: str | None = ""
        self.health: dict[str, Row] = {}
        self.numbers: dict[str, Row] = {}

    @property
    def app_token(self) -> str:
        """What the app itself calls with."""
        return f"{self.app_id}|{self._app_secret}"

    @property
    def callback_url(self) -> str | None:
        """Where the app's webhooks go."""
        return self._own_callback() if self.callback == "" else self.callback

    def facts(self, id: str, kind: str) -> Row:
        """What differs of a number or account, and its health."""
        entity = {"entity_type": kind, "id": id, "can_send_message": "AVAILABLE", **self.health.get(id, {})}
        return {
            **self.numbers.get(id, {}),
            "health_status": {"can_send_message": entity["can_send_message"], "entities": [entity]},
        }


class AccountApi:
    """The calls. `admit` and `read` are those of the rest of the Graph API."""

    def __init__(
        self,
        world: World,
        registry: Registry,
        *,
        admit: Callable[..., None],
        read: Callable[[str, str | None, Row], Response],
    ) -> None:
        self._world, self._registry, self._admit, self._read = world, registry, admit, read

    def mount(self, app: Flask) -> None:
        """Answer the calls."""
        app.add_url_rule("/<version>/debug_token", view_func=self.debug_token)
        app.add_url_rule("/<version>/<node>/subscribed_apps", view_func=self.subscribed_apps)
        app.add_url_rule("/<version>/<node>/subscribed_apps", view_func=self.subscribe, methods=["POST"])
        app.add_url_rule("/<version>/<node>/subscriptions", view_func=self.subscriptions)
        app.add_url_rule("/<version>/<node>/subscriptions", view_func=self.set_subscription, methods=["POST"])

    def debug_token(self, version: str) -> Response:
        """GET /{version}/debug_token, with the app's own token"""
        self._admit_app()
        if request.args.get("input_token") not in self._world.access_tokens:
            error = {"code": 190, "message": "Malformed access token", "subcode": 0}
            return self._read(TOKEN, None, {"data": {"is_valid": False, "error": error, "scopes": []}})
        return self._read(TOKEN, None, {"data": {"app_id": self._registry.app_id, **self._registry.token}})

    def subscribed_apps(self, version: str, node: str) -> Response:
        """GET /{version}/{waba_id}/subscribed_apps"""
        self._admit(version)
        return self._read(SUBSCRIBED, None, {"data": [self._app(node, app) for app in sorted(self._apps(node))]})

    def subscribe(self, version: str, node: str) -> Response:
        """POST /{version}/{waba_id}/subscribed_apps"""
        self._admit(version)
        apps = self._apps(node)
        answer = self._read(SUBSCRIBED, None, {"success": True})
        self._registry.apps[node] = {*apps, self._registry.app_id}
        return answer

    def _app(self, waba: str, app: str) -> Row:
        row: Row = {"whatsapp_business_api_data": {"id": app, "name": f"App {app}", "link": "https://app.example"}}
        override = self._registry.overrides.get(waba)
        return row | ({"override_callback_uri": override} if override and app == self._registry.app_id else {})

    def _apps(self, waba: str) -> set[str]:
        if self._world.waba(waba) is None:
            raise Unsupported(request.method, waba)
        return self._registry.apps.get(waba, {self._registry.app_id})

    def subscriptions(self, version: str, node: str) -> Response:
        """GET /{version}/{app_id}/subscriptions"""
        self._admit_app(node)
        row = {
            "object": _OBJECT,
            "callback_url": self._registry.callback_url,
            "active": True,
            "fields": [{"name": name, "version": version} for name in self._registry.fields],
        }
        return self._read(SUBSCRIPTIONS, None, {"data": [row] if self._registry.callback_url else []})

    def set_subscription(self, version: str, node: str) -> Response:
        """POST /{version}/{app_id}/subscriptions: takes the place of what there was"""
        self._admit_app(node)
        wanted = request.get_json(force=True, silent=True) or {}
        if wanted.get("object") != _OBJECT or not {"callback_url", "fields", "verify_token"} <= wanted.keys():
            raise GraphError(100, "Params object, callback_url, fields and verify_token are required.")
        answer = self._read(SUBSCRIPTIONS, None, {"success": True})
        self._registry.callback, self._registry.fields = wanted["callback_url"], wanted["fields"].split(",")
        return answer

    def _admit_app(self, node: str | None = None) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._registry.app_token}":
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if node not in (None, self._registry.app_id):
            raise Unsupported(request.method, str(node))
