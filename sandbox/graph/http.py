"""The Graph API over HTTP: who may call what, and what is answered (reference §4, §5, §7, §8)."""

import base64
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, request

from sandbox.graph.accounts import AccountApi, Registry
from sandbox.graph.batches import BatchApi, Batches
from sandbox.graph.catalogs import CatalogApi, Shelf
from sandbox.graph.creation import check_definition
from sandbox.graph.errors import GraphError, Unsupported
from sandbox.graph.faults import (
    ACCOUNT,
    CREATE,
    FILE,
    MEDIA,
    MESSAGES,
    NUMBER,
    NUMBERS,
    TEMPLATES,
    Fail,
    Fault,
    Faults,
    Hang,
    Html,
    Reset,
)
from sandbox.graph.rules import check_message, is_bsuid
from sandbox.graph.world import Number, Refused, Sent, Waba, World, wa_id_shown

Row = dict[str, Any]
_TEMPLATE_FIELDS = (
    *("id", "name", "language", "status", "category", "sub_category", "parameter_format", "components"),
    *("quality_score", "rejected_reason", "previous_category", "correct_category", "library_template_name"),
    "message_send_ttl_seconds",
)
_TEMPLATE_DEFAULTS = ("name", "parameter_format", "components", "language", "status", "category", "id")
_NUMBER_FIELDS = {
    "status": "CONNECTED",
    "quality_rating": "GREEN",
    "name_status": "APPROVED",
    "code_verification_status": "VERIFIED",
    "platform_type": "CLOUD_API",
    "account_mode": "LIVE",
    "throughput": {"level": "STANDARD"},
    "whatsapp_business_manager_messaging_limit": "TIER_2K",
}
_NUMBER_DEFAULTS = ("verified_name", "code_verification_status", "display_phone_number", "quality_rating", "id")


class GraphApi:
    """The calls, each a method. `page_size` is the most that a page of a list holds, whatever `limit` asks."""

    def __init__(
        self, world: World, faults: Faults, page_size: int, shelf: Shelf, batches: Batches, registry: Registry
    ) -> None:
        self.world, self.faults, self.page_size = world, faults, page_size
        self.closing = threading.Event()
        self._registry = registry
        self._accounts = AccountApi(world, registry, admit=self._admit, read=self._read)
        self._catalogs = CatalogApi(world, shelf, admit=self._admit, read=self._read, page=self._page)
        self._batches = BatchApi(shelf, batches, admit=self._admit, read=self._read, post=self._post)

    def app(self) -> Flask:
        """The Flask app; everything that is not a call here is refused as Graph does."""
        app = Flask("sandbox.graph", static_folder=None)
        app.add_url_rule("/<version>/<node>/messages", view_func=self.send, methods=["POST"])
        app.add_url_rule("/<version>/<node>/message_templates", view_func=self.list_templates)
        app.add_url_rule("/<version>/<node>/message_templates", view_func=self.create_template, methods=["POST"])
        app.add_url_rule("/<version>/<node>/phone_numbers", view_func=self.list_numbers)
        app.add_url_rule("/<version>/<node>", view_func=self.show)
        app.add_url_rule("/<version>", view_func=self.show_nothing)
        self._catalogs.mount(app)
        self._batches.mount(app)
        self._accounts.mount(app)
        app.add_url_rule("/file/<key>", view_func=self.read_file)
        app.register_error_handler(GraphError, self._refused)
        for code in (404, 405):
            app.register_error_handler(code, lambda _: self._refused(Unsupported(request.method, request.path)))
        return app

    def send(self, version: str, node: str) -> Response:
        """POST /{version}/{phone_number_id}/messages"""
        self._admit(version)
        number = self._number(node)
        draft = check_message(self.world, number, request.get_json(force=True, silent=True))
        fault = self.faults.take(MESSAGES, number.id, draft.to)
        if refusal := _refusal(fault):
            return refusal
        sent = self.world.accept(draft, failure=fault.error() if isinstance(fault, Fail) else None)
        return self._silence(fault) or jsonify(self._accepted(sent))

    def list_templates(self, version: str, node: str) -> Response:
        """GET /{version}/{waba_id}/message_templates"""
        self._admit(version, "fields", "limit", "after")
        waba = self.world.waba(node)
        if waba is None:
            raise Unsupported(request.method, node)
        fields = _fields(_TEMPLATE_DEFAULTS, _TEMPLATE_FIELDS)
        return self._read(TEMPLATES, None, self._page([_only(fields, definition) for definition in waba.templates]))

    def create_template(self, version: str, node: str) -> Response:
        """POST /{version}/{waba_id}/message_templates: it is PENDING; the category may not be the one asked for."""
        self._admit(version)
        if self.world.waba(node) is None:
            raise Unsupported(request.method, node)
        definition = check_definition(request.get_json(force=True, silent=True))
        fault = self.faults.take(CREATE)
        if refusal := _refusal(fault):
            return refusal
        created = self.world.create_template(node, definition)
        return self._silence(fault) or jsonify(_only(("id", "status", "category"), created))

    def list_numbers(self, version: str, node: str) -> Response:
        """GET /{version}/{waba_id}/phone_numbers"""
        self._admit(version, "fields", "limit", "after")
        waba = self.world.waba(node)
        if waba is None:
            raise Unsupported(request.method, node)
        return self._read(NUMBERS, None, self._page([_number_row(number, self._registry) for number in waba.numbers]))

    def show(self, version: str, node: str) -> Response:
        """GET /{version}/{id} of a number, an account (§7), a template (§5) or a catalog (§6)"""
        if file := self.world.files.find(node):
            self._admit(version)
            return self._read(MEDIA, None, self.world.files.row(file, request.host_url))
        if self._catalogs.is_catalog(node):
            return self._catalogs.show(version, node)
        if item := self._catalogs.show_item(version, node):
            return item
        self._admit(version, "fields")
        if definition := self.world.template_with(node):
            return self._read(TEMPLATES, None, _template_row(definition, self._registry))
        if waba := self.world.waba(node):
            return self._read(ACCOUNT, None, _account_row(waba, self._registry))
        number = self._number(node)
        return self._read(NUMBER, number.id, _number_row(number, self._registry))

    def show_nothing(self, version: str) -> tuple[Response, int]:
        """GET /{version}: refused as anything that is not there, and no mistake: whoever asks wants the time of day"""
        refusal = Unsupported("GET", version)
        return jsonify(refusal.body()), refusal.http

    def read_file(self, key: str) -> Response:
        """GET of a file's address, with the token; 404 once it has run out"""
        self._admit_token()
        fault = self.faults.take(FILE)
        file = self.world.files.read(key)
        if refusal := _refusal(fault):
            return refusal
        if file is None:
            return Response(status=404)
        return self._silence(fault) or Response(file.content, mimetype=file.mime_type)

    def _admit(self, version: str, *arguments: str) -> None:
        """Version and token (§4, §8); arguments that would change the answer and are not known here are refused."""
        if not re.fullmatch(r"v[0-9]+\.[0-9]+", version):
            raise Unsupported(request.method, version)
        self._admit_token()
        for name in request.args.keys() - set(arguments):
            raise GraphError(100, f"Param {name} is not known to this stand-in.")

    def _admit_token(self) -> None:
        header = request.headers.get("Authorization")
        if header is None:
            raise GraphError(0, "An access token is required to request this resource.")
        if header.removeprefix("Bearer ") not in self.world.access_tokens:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")

    def _number(self, node: str) -> Number:
        number = self.world.number(node)
        if number is None:
            raise Unsupported(request.method, node)
        return number

    def _read(self, call: str, number_id: str | None, answer: Row) -> Response:
        fault = self.faults.take(call, number_id)
        return _refusal(fault) or self._silence(fault) or jsonify(answer)

    def _post(self, call: str, act: Callable[[], Row]) -> Response:
        """What is refused before it is done, and what is done without an answer, are two different bad days."""
        fault = self.faults.take(call)
        if refusal := _refusal(fault):
            return refusal
        answer = act()
        return self._silence(fault) or jsonify(answer)

    def _silence(self, fault: Fault | None) -> Response | None:
        """Nothing instead of the answer, at once or after a wait."""
        if isinstance(fault, Hang):
            self.closing.wait(fault.seconds)
        return _cut() if isinstance(fault, Hang | Reset) else None

    def _accepted(self, sent: Sent) -> Row:
        """§4.1: 200 means accepted, not delivered."""
        contact: Row = {"input": sent.to}
        if is_bsuid(sent.to):
            contact["user_id"] = sent.to
        else:
            contact["wa_id"] = wa_id_shown(self.world.phone(sent.to), sent.to)
        message = {"id": sent.wamid}
        if sent.template:
            message["message_status"] = "accepted"
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}

    def _page(self, rows: list[Row]) -> Row:
        """§5: follow `paging.next` until it is missing."""
        start = _start()
        end = start + min(_limit(), self.page_size)
        if not rows[start:end]:
            return {"data": []}
        paging: Row = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
        if end < len(rows):
            paging["next"] = f"{request.base_url}?{urlencode({**request.args.to_dict(), 'after': _cursor(end)})}"
        return {"data": rows[start:end], "paging": paging}

    def _refused(self, error: GraphError) -> tuple[Response, int, dict[str, str]]:
        self.world.refuse(Refused(request.method, request.path, error.code, error.details))
        return jsonify(error.body()), error.http, error.headers()


def _refusal(fault: Fault | None) -> Response | None:
    """What is answered when nothing was accepted."""
    match fault:
        case Fail(later=False):
            raise fault.error()
        case Html(status):
            return Response("<html><body><h1>Bad Gateway</h1></body></html>", status, mimetype="text/html")
        case Reset(accepted=False):
            return _cut()
    return None


def _cut() -> Response:
    """An answer whose first byte never comes: the server closes the connection instead."""

    def broken() -> Iterator[bytes]:
        raise ConnectionResetError("cut on order")
        yield b""

    return Response(broken())


def _fields(default: Iterable[str], known: Iterable[str]) -> list[str]:
    asked = request.args.get("fields")
    fields = asked.split(",") if asked else list(default)
    for name in fields:
        if name not in known:
            raise GraphError(100, f"Tried accessing nonexisting field ({name})")
    return ["id", *fields]


def _number_row(number: Number, registry: Registry) -> Row:
    facts = {
        "id": number.id,
        "display_phone_number": number.display,
        "verified_name": number.verified_name,
        **_NUMBER_FIELDS,
        **registry.facts(number.id, "PHONE_NUMBER"),
    }
    return _only(_fields(_NUMBER_DEFAULTS, facts), facts)


def _template_row(definition: Row, registry: Registry) -> Row:
    facts = definition | registry.facts(definition["id"], "MESSAGE_TEMPLATE")
    return _only(_fields(_TEMPLATE_DEFAULTS, (*_TEMPLATE_FIELDS, "health_status")), facts)


def _account_row(waba: Waba, registry: Registry) -> Row:
    """A business that the token may not see is left out, as every field that an object does not have."""
    facts: Row = {"id": waba.id, "name": f"Account {waba.id}", "currency": "USD", "timezone_id": "1"}
    facts |= registry.facts(waba.id, "WABA")
    owner = {"id": waba.portfolio, "name": f"Business {waba.portfolio}"} if waba.portfolio else None
    known = _fields(("name", "timezone_id"), (*facts, "owner_business_info"))
    return _only(known, {**facts, **({"owner_business_info": owner} if owner else {})})


def _only(fields: Iterable[str], row: Row) -> Row:
    """The fields asked for, without those that the object does not have."""
    return {name: row[name] for name in fields if name in row}


def _limit() -> int:
    text = request.args.get("limit", "25")
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise GraphError(100, "Param limit must be a positive integer.")
    return int(text)


def _start() -> int:
    after = request.args.get("after")
    if after is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(after.encode()).decode("ascii"))
    except ValueError:
        raise GraphError(100, "Invalid cursors values supplied.") from None


def _cursor(at: int) -> str:
    return base64.urlsafe_b64encode(f"{at:06}".encode()).decode()
