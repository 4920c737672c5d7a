"""The Graph API of Meta, as far as Wapto calls it (reference §4, §5, §7).

Nothing is retried here: Meta has no idempotency key, so only a caller that keeps books may repeat a send. What comes
back is an answer or one of three errors: GraphError (Meta refused: act by its remedy), TryLater (nothing happened),
OutcomeUnknown (a send may have happened).
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import NewConnectionError, SSLError

from wapto.errors import InvalidInput, Misconfigured, OutcomeUnknown, TryLater
from wapto.meta.errors import GraphError
from wapto.meta.line import Line, Reply
from wapto.meta.values import id_of, integer_of, list_of, number_of, object_of, text_of

_TEMPLATE_FIELDS = "id,name,language,status,category,parameter_format,components,quality_score"
_NUMBER_FIELDS = (
    "id,display_phone_number,verified_name,status,quality_rating,name_status,"
    "code_verification_status,platform_type,account_mode,throughput"
)
_PAGE = 100
_NOTHING = (401, 403, 404, 410)  # of an address of a file: it has run out
_CHUNK = 65_536
_NO_OTHERS: Mapping[str, str] = {}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to write to; where both are known the phone is used, and never both are sent (reference §2.1, §4.1)."""

    phone: str | None = None
    user_id: str | None = None

    def __post_init__(self) -> None:
        # A user id in `to` is accepted and silently lost; digits without "+" may get another country's code (§4.1).
        if self.phone is not None and not (self.phone.startswith("+") and self.phone[1:].isdecimal()):
            raise InvalidInput("A recipient's phone number must be written as + and digits.")
        if not (self.phone or self.user_id):
            raise InvalidInput("A recipient needs a phone number or a WhatsApp user id.")

    def fields(self) -> dict[str, str]:
        """The part of a send request that names the recipient."""
        if self.phone:
            return {"recipient_type": "individual", "to": self.phone}
        return {"recipient": str(self.user_id)}


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted, not delivered. `message_status` may be `held_for_quality_assessment` (reference §4.1).

    `wa_id` is Meta's own form of the number and may differ from ours; it is None for somebody known by user id.
    """

    wamid: str
    wa_id: str | None = None
    message_status: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """A template in one language as Meta has it; only status APPROVED can be sent (reference §5)."""

    id: str
    name: str
    language: str
    status: str
    category: str
    parameter_format: str
    components: list[Json]
    quality: str | None


@dataclass(frozen=True, slots=True)
class CreatedTemplate:
    """Meta's answer to a new template; the category may be another than the one asked for (reference §5)."""

    id: str
    status: str
    category: str


class GraphClient:
    """Calls with one access token. Cheap to make, safe to share: each thread keeps connections of its own.

    `account_tokens`: by WhatsApp account, the token of those that have one of their own. `timeout` is seconds to
    connect, and seconds to wait between bytes of the answer.
    """

    def __init__(
        self,
        base_url: str,
        version: str,
        access_token: str,
        *,
        account_tokens: Mapping[str, str] = _NO_OTHERS,
        timeout: tuple[float, float] = (3.05, 20),
    ) -> None:
        if not access_token.isascii() or not access_token.isprintable():
            raise Misconfigured("The Meta access token has characters that no token has; copy it again.")
        self._root = f"{base_url.rstrip('/')}/{version}"
        self._token = access_token
        self._timeout = timeout
        self._threads = threading.local()
        self._line_lock = threading.Lock()
        self._made_line: Line | None = None
        self._accounts = {
            waba: GraphClient(base_url, version, token, timeout=timeout) for waba, token in account_tokens.items()
        }

    def of(self, waba: str) -> "GraphClient":
        """The client to use for a WhatsApp account and for its numbers, catalogs and files."""
        return self._accounts.get(waba, self)

    def send(self, phone_number_id: str, *, to: Recipient, content: Json, callback: str) -> Sent:
        """Send a message; `content` is its `type` and the object named like it (reference §4.2, §4.3).

        What is no template needs an open 24 h window. `callback` comes back in receipts.
        """
        message = {"messaging_product": "whatsapp", "biz_opaque_callback_data": callback} | to.fields() | content
        answer = self._answer(self._line.post(f"{_segment(phone_number_id)}/messages", message), OutcomeUnknown)
        accepted = object_of(answer.get("messages"))
        contact = object_of(answer.get("contacts"))
        wamid = id_of(accepted.get("id"))
        if wamid is None:
            raise OutcomeUnknown("Meta accepted a message without giving its id, so it may have been sent.")
        status = id_of(accepted.get("message_status"))
        return Sent(wamid, id_of(contact.get("wa_id")), status, id_of(contact.get("user_id")))

    def templates(self, waba_id: str) -> Iterator[TemplateInfo]:
        """All templates of a WhatsApp account, page by page; TryLater rather than a list that breaks off."""
        query = {"fields": _TEMPLATE_FIELDS, "limit": str(_PAGE)}
        more = True
        while more:
            page = self._call("GET", f"{_segment(waba_id)}/message_templates", TryLater, params=query)
            yield from _templates(page)
            more = _turn_page(query, object_of(page.get("paging")))

    def create_template(self, waba_id: str, definition: Json) -> CreatedTemplate:
        """Submit a template for review; `definition` is the body of reference §5, "Create"."""
        path = f"{_segment(waba_id)}/message_templates"
        answer = self._call("POST", path, OutcomeUnknown, json=definition)
        return CreatedTemplate(
            id=text_of(answer.get("id")),
            status=text_of(answer.get("status")).upper() or "PENDING",
            category=text_of(answer.get("category")).upper() or definition["category"],
        )

    def phone_number(self, phone_number_id: str) -> Json:
        """What Meta knows about a business number: display number, verified name, status, throughput (reference §7)."""
        return self._call("GET", _segment(phone_number_id), TryLater, params={"fields": _NUMBER_FIELDS})

    def portfolio(self, waba_id: str) -> str | None:
        """The id of the business portfolio that owns a WhatsApp account; None where the token may not see it."""
        account = self._call("GET", _segment(waba_id), TryLater, params={"fields": "id,owner_business_info"})
        return id_of(object_of(account.get("owner_business_info")).get("id"))

    def download(self, url: str, limit: int) -> bytes | None:
        """What an address holds that Meta named, up to a byte more than `limit`; None when there is nothing.

        The token goes along, so it has to be the encrypted address of a public name, or lead to where all our calls go.
        """
        parts = urlsplit(url)
        ours = (parts.scheme, parts.netloc) == urlsplit(self._root)[:2]
        if not ours and not (parts.scheme == "https" and _is_public(parts.hostname or "")):
            raise TryLater("Meta named an address that no file can be fetched from.")
        try:
            with self._session.get(
                url, auth=self._authorize, timeout=self._timeout, allow_redirects=False, stream=True
            ) as response:
                return self._read(response, limit)
        except requests.RequestException as error:
            raise TryLater(f"The file could not be fetched ({type(error).__name__}).") from None

    def _read(self, response: requests.Response, limit: int) -> bytes | None:
        if response.status_code in _NOTHING:
            return None
        if response.status_code != 200:
            raise TryLater(f"The file could not be fetched (HTTP {response.status_code}).")
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > limit:
                break
        return bytes(content[: limit + 1])

    def get(self, *path: str, **query: str) -> Json:
        """What Meta has at a path, for the modules beside this one; TryLater when it cannot be had."""
        return self._call("GET", "/".join(map(_segment, path)), TryLater, params=query)

    def date(self) -> str:
        """The Date header of whatever Meta answers to nobody in particular; empty when there is none."""
        try:
            response = self._session.get(self._root, timeout=self._timeout, allow_redirects=False)
        except requests.RequestException as error:
            raise TryLater(f"Meta cannot be reached ({type(error).__name__}).") from None
        return response.headers.get("Date", "")

    def post(self, *path: str, **body: Any) -> Json:
        """Writes what may be written twice, such as a setting; TryLater when it may not have been written."""
        return self._call("POST", "/".join(map(_segment, path)), TryLater, json=body)

    def _call(self, method: str, path: str, lost: type[TryLater] | type[OutcomeUnknown], **request: Any) -> Json:
        """Meta's answer; raises `lost` when the request may have been written and no answer can be had."""
        try:
            response = self._session.request(
                method,
                f"{self._root}/{path}",
                auth=self._authorize,
                timeout=self._timeout,
                allow_redirects=False,
                **request,
            )
        # The causes are cut off: they hold the request, and the request holds the token.
        except requests.RequestException as error:
            if _never_written(error):
                raise TryLater("Meta cannot be reached; nothing was sent.") from None
            raise lost(f"Meta did not answer ({type(error).__name__}).") from None
        return self._answer(Reply(response.status_code, response.content, response.headers), lost)

    def _answer(self, reply: Reply, lost: type[TryLater] | type[OutcomeUnknown]) -> Json:
        body, status = _json(reply.content), reply.status
        error = object_of(object_of(body).get("error"))
        if integer_of(error.get("code")) is not None:
            raise self._refusal(error, reply)
        if status < 400 and isinstance(body, dict) and "error" not in body:
            return body
        if status == 429:
            raise TryLater("Meta asks to slow down.", _asked_to_wait(reply.headers) or 1.0)
        if status < 300 or status >= 500 or status == 408:
            raise lost(f"Meta's answer cannot be understood (HTTP {status}).")
        raise GraphError(None, http_status=status)

    def _refusal(self, error: Json, reply: Reply) -> GraphError:
        data = error.get("error_data")
        said = (object_of(data).get("details"), data, error.get("error_user_msg"), error.get("message"))
        details = next(filter(None, map(text_of, said)), "")
        return GraphError(
            integer_of(error.get("code")),
            http_status=reply.status,
            subcode=integer_of(error.get("error_subcode")),
            details=details.replace(self._token, "…"),
            fbtrace_id=id_of(error.get("fbtrace_id")),
            transient=error.get("is_transient") is True,
            retry_after=_asked_to_wait(reply.headers),
        )

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
        session: requests.Session = self._threads.session
        return session

    @property
    def _line(self) -> Line:
        with self._line_lock:
            if self._made_line is None:
                self._made_line = Line(self._root, self._token, self._timeout)
            return self._made_line

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth` rather than as a header of the session, which a .netrc file would override.
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _is_public(host: str) -> bool:
    """A name of more than one word that ends in letters: no address in figures, and none of this network's own."""
    last = host.rstrip(".").rpartition(".")
    return bool(last[0]) and last[2].isalpha() and last[2] not in ("local", "internal", "localhost")


def _segment(id: str) -> str:
    return quote(id, safe="")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _never_written(error: requests.RequestException) -> bool:
    # A ValueError is an address, header or body that requests itself refuses.
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError, ValueError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    untrusted = isinstance(reason, SSLError) and isinstance(reason.args[0], SSLCertVerificationError)
    return untrusted or isinstance(reason, NewConnectionError)


def _asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, from Retry-After or from the minutes of X-Business-Use-Case-Usage (reference §9)."""
    seconds = number_of(headers.get("Retry-After"))
    if seconds is not None and seconds > 0:
        return float(seconds)
    usage = object_of(_json(headers.get("X-Business-Use-Case-Usage", "").encode()))
    rows = (object_of(row) for account in usage.values() for row in list_of(account))
    minutes = [number_of(row.get("estimated_time_to_regain_access")) or 0 for row in rows]
    return float(max(minutes, default=0) * 60) or None


def _templates(page: Json) -> Iterator[TemplateInfo]:
    rows = page.get("data")
    if not isinstance(rows, list):
        raise TryLater("Meta answered without a list of templates.")
    return (_template(object_of(row)) for row in rows)


def _turn_page(query: dict[str, str], paging: Json) -> bool:
    """Whether there is another page; the query then asks for it."""
    # `next` is only a sign that there is more: it is an address, and the token goes to no address but our own.
    if not paging.get("next"):
        return False
    after = text_of(object_of(paging.get("cursors")).get("after"))
    if after in ("", query.get("after")):
        raise TryLater("Meta's list of templates cannot be read to its end.")
    query["after"] = after
    return True


def _template(row: Json) -> TemplateInfo:
    quality = row.get("quality_score")
    return TemplateInfo(
        id=text_of(row.get("id")),
        name=text_of(row.get("name")),
        language=text_of(row.get("language")),
        status=text_of(row.get("status")).upper(),
        category=text_of(row.get("category")).upper(),
        parameter_format=text_of(row.get("parameter_format")).upper() or "POSITIONAL",
        components=[object_of(component) for component in list_of(row.get("components"))],
        quality=text_of(object_of(quality).get("score")) or text_of(quality) or None,
    )
