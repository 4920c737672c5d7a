"""The Web API over HTTP: bodies, tokens, limits, faults, and how Slack answers (reference §8.2-1 to 5, 37, 38)."""

import socket
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.slack.faults import Call, Calls, Fault, Faults, Limits
from sandbox.slack.rules import Method, RateLimited, Refused
from sandbox.slack.world import World

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class WebApi:
    """Takes one call after the other through the same gates: fault, token, tier, scope, arguments, method."""

    def __init__(self, world: World, methods: Mapping[str, Method], token: str) -> None:
        self.calls, self.faults, self.limits = Calls(), Faults(), Limits(world.clock)
        self.token = token
        self.token_error: str | None = None
        self._world = world
        self._methods = methods

    def mount(self, app: Flask) -> None:
        """Answer POST /api/METHOD."""
        app.post("/api/<name>", endpoint="web_api")(self._answer)

    def _answer(self, name: str) -> Response:
        fault = self.faults.take(name)
        given, error = {}, _error_of(fault)
        try:
            given = _body()
            if fault and error:
                return _spoiled(fault)
            answer = _headers(self._work(name, given), self._world)
        except Refused as refusal:
            error = refusal.code
            answer = _refusal(refusal)
        finally:
            self.calls.add(Call(name, _without_token(given), self._world.clock(), error))
        return _late(answer, fault)

    def _work(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        self._check_token(name, given)
        method = self._methods.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self.limits.check_method(name, method.per_minute)
        self._world.app.need(*method.scopes)
        arguments = method.arguments(_without_token(given), as_form=not request.is_json)
        if name == "chat.postMessage":
            self.limits.check_post(arguments["channel"])
        return method.run(self._world, arguments)

    def _check_token(self, name: str, given: dict[str, Any]) -> None:
        """A bot token in the header, or in the body of a form; never in the address (§8.2-1, 3)."""
        header = request.headers.get("Authorization", "")
        in_form = "" if request.is_json else str(given.get("token", ""))
        token = header.removeprefix("Bearer ") if header.startswith("Bearer ") else in_form
        if not token:
            raise Refused("not_authed")
        if not token.startswith("xoxb-"):
            raise Refused("not_allowed_token_type" if token.startswith(("xapp-", "xoxp-")) else "invalid_auth")
        if token != self.token:
            raise Refused("invalid_auth")
        if self.token_error:
            raise Refused(self.token_error)


def _body() -> dict[str, Any]:
    """The arguments as they came: values of JSON, or strings of a form (§8.2-1)."""
    kind = request.mimetype
    if kind in _FORMS:
        return request.form.to_dict()
    if kind == "application/json":
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            raise Refused("invalid_json")
        return given
    if request.get_data():
        raise Refused("invalid_post_type")
    return {}


def _headers(result: dict[str, Any], world: World) -> Response:
    answer = jsonify({"ok": True, **result})
    answer.headers["X-OAuth-Scopes"] = ",".join(sorted(world.app.scopes))
    return answer


def _refusal(refusal: Refused) -> Response:
    answer = jsonify(refusal.body)
    if isinstance(refusal, RateLimited):
        answer.status_code = 429
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _spoiled(fault: Fault) -> Response:
    """The answer of a call that came to nothing."""
    if fault.kind == "ratelimited":
        return _refusal(RateLimited(fault.value))
    if fault.kind == "html":
        return Response("<html><body>Something is on fire</body></html>", mimetype="text/html", status=200)
    if fault.kind == "status":
        answer = jsonify({"ok": False, "error": "internal_error"})
        answer.status_code = fault.value
        return answer
    return jsonify({"ok": False, "error": fault.value})


def _error_of(fault: Fault | None) -> str | None:
    if fault is None or fault.kind in ("slow", "lost"):
        return None
    return str(fault.value) if fault.kind == "error" else fault.kind


def _late(answer: Response, fault: Fault | None) -> Response:
    """The answer of a call that did its work but whose caller waits longer, or in vain."""
    if fault and fault.kind == "slow":
        time.sleep(fault.value)
    if fault and fault.kind == "lost":
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
    return answer


def _without_token(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "token"}
