"""What Meta knows: business accounts, numbers, templates, phones, and every message it took.

Plain memory behind one lock. Time comes from `clock`, so that a test can let a window close.
"""

import base64
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from time import monotonic
from typing import Any, Protocol

from sandbox.graph.errors import GraphError
from sandbox.graph.files import Drawer
from sandbox.graph.payloads import Update, status
from sandbox.graph.templates import Button, Definition
from sandbox.graph.webhooks import Webhooks

WINDOW = timedelta(hours=24)
CREATIONS_AN_HOUR, CREATIONS_PERIOD = 100, timedelta(hours=1)  # of templates in an account (§5)


@dataclass(frozen=True)
class Number:
    """A business phone number; `display` as people write it, `catalog_id` of the carts sent to it."""

    id: str
    display: str
    verified_name: str
    catalog_id: str = "194800000000001"

    @property
    def digits(self) -> str:
        """The number as webhooks write it."""
        return re.sub(r"\D", "", self.display)


@dataclass
class Waba:
    """A WhatsApp business account with its numbers and templates; `portfolio` is the business that owns it."""

    id: str
    numbers: list[Number] = field(default_factory=list)
    templates: list[Definition] = field(default_factory=list)
    portfolio: str | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message that passed every rule. `text` and `buttons` as the customer reads them, `to` as the caller wrote it.

    `lost`: accepted and never heard of again, as Meta does with a business-scoped id in `to` (§2.1).
    """

    phone_number_id: str
    to: str
    kind: str
    text: str
    buttons: tuple[Button, ...] = ()
    template: str | None = None
    language: str | None = None
    category: str = "service"
    callback: str | None = None
    lost: bool = False


@dataclass(frozen=True, kw_only=True)
class Sent(Draft):
    """A message that was accepted; `at` by the world's clock, `monotonic` to measure with."""

    wamid: str
    at: datetime
    monotonic: float


@dataclass(frozen=True)
class Refused:
    """A call that was answered with an error."""

    method: str
    path: str
    code: int
    details: str


class Phone(Protocol):
    """A customer's end: what the world has to know of it."""

    wa_id: str
    user_id: str | None
    hides_phone: bool

    def receive(self, sent: Sent) -> None:
        """Take a message that was sent to this phone; returns at once."""


class World:
    """Meta's memory. Every method may be called from any thread.

    `creations_an_hour`: how many new templates an account may have; `review_seconds`: after which a new one is approved
    (None: when `review_template` says so).
    """

    def __init__(
        self,
        wabas: Iterable[Waba],
        access_tokens: Iterable[str],
        webhooks: Webhooks,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        wabas = list(wabas)
        self.webhooks = webhooks
        self.access_tokens = set(access_tokens)
        self.clock = clock
        self.files = Drawer(clock)
        self._lock = threading.RLock()
        self._wabas = {waba.id: Waba(waba.id, list(waba.numbers), portfolio=waba.portfolio) for waba in wabas}
        self._phones: dict[str, Phone] = {}
        self._wrote: dict[tuple[str, str], datetime] = {}
        self._sent: list[Sent] = []
        self._refused: list[Refused] = []
        self.creations_an_hour = CREATIONS_AN_HOUR
        self.review_seconds: float | None = None
        self._creations: dict[str, list[datetime]] = {}
        self._classed: dict[str, str] = {}
        for waba in wabas:
            for definition in waba.templates:
                self.add_template(waba.id, definition)

    @property
    def sent(self) -> list[Sent]:
        """Every message that was accepted, oldest first."""
        with self._lock:
            return list(self._sent)

    @property
    def refused(self) -> list[Refused]:
        """Every call that was refused, oldest first."""
        with self._lock:
            return list(self._refused)

    def refuse(self, refused: Refused) -> None:
        """Remember a refusal."""
        with self._lock:
            self._refused.append(refused)

    def numbers(self) -> list[Number]:
        """All numbers of all accounts."""
        return [number for waba in self._wabas.values() for number in waba.numbers]

    def number(self, number_id: str) -> Number | None:
        """The number with this id."""
        return next((number for number in self.numbers() if number.id == number_id), None)

    def waba(self, waba_id: str) -> Waba | None:
        """The account with this id."""
        return self._wabas.get(waba_id)

    def waba_of(self, number_id: str) -> Waba:
        """The account that a known number belongs to."""
        return next(waba for waba in self._wabas.values() if any(n.id == number_id for n in waba.numbers))

    def add_template(self, waba_id: str, definition: Definition) -> str:
        """Add a template as §5's list writes it (see `template()`), or replace it; its id, which is kept."""
        with self._lock:
            templates = self._wabas[waba_id].templates
            old = self.template(waba_id, definition["name"], definition["language"])
            template_id = old["id"] if old else f"9{secrets.randbelow(10**14):014}"
            new = {**definition, "id": template_id}
            self._wabas[waba_id].templates = [new if t is old else t for t in templates] + ([] if old else [new])
            return str(template_id)

    def set_template_status(self, waba_id: str, name: str, language: str, status: str) -> None:
        """Let Meta approve, pause, disable… a template; KeyError if there is none."""
        with self._lock:
            self.add_template(waba_id, {**self._existing(waba_id, name, language), "status": status})

    def expect_category(self, name: str, category: str) -> None:
        """What Meta will class templates of this name as, whatever is asked for."""
        self._classed[name] = category

    def create_template(self, waba_id: str, definition: Definition) -> Definition:
        """A new template, to be reviewed; GraphError when it is there already, or too many came within an hour."""
        with self._lock:
            if self.template(waba_id, definition["name"], definition["language"]):
                raise GraphError(100, "Content in this language already exists for this template.", subcode=2388024)
            self._count_creation(waba_id)
            category = self._classed.get(definition["name"], definition["category"])
            template_id = self.add_template(waba_id, {**definition, "category": category})
            self._review_later(waba_id, definition["name"], definition["language"])
            return {**definition, "category": category, "id": template_id}

    def _review_later(self, *template: str) -> None:
        if self.review_seconds is not None:
            timer = threading.Timer(self.review_seconds, self.review_template, template)
            timer.daemon = True
            timer.start()

    def _count_creation(self, waba_id: str) -> None:
        now = self.clock()
        lately = [at for at in self._creations.get(waba_id, []) if now - at < CREATIONS_PERIOD]
        if len(lately) >= self.creations_an_hour:
            wait = lately[0] + CREATIONS_PERIOD - now
            raise GraphError(80007, "Too many templates were created.", minutes=ceil(wait / timedelta(minutes=1)))
        self._creations[waba_id] = [*lately, now]

    def review_template(
        self, waba_id: str, name: str, language: str, event: str = "APPROVED", reason: str = "NONE"
    ) -> None:
        """Let Meta decide about a template, and tell so by webhook (§1.5)."""
        self.set_template_status(waba_id, name, language, event)
        self._tell_of_template(waba_id, name, language, "message_template_status_update", event=event, reason=reason)

    def recategorize_template(self, waba_id: str, name: str, language: str, category: str) -> None:
        """Let Meta change a template's category, and tell so by webhook (§1.5)."""
        old = self._existing(waba_id, name, language)
        self.add_template(waba_id, {**old, "category": category})
        change = {"previous_category": old["category"], "new_category": category}
        self._tell_of_template(waba_id, name, language, "template_category_update", **change)

    def _tell_of_template(self, waba_id: str, name: str, language: str, field: str, **news: str) -> None:
        template = self._existing(waba_id, name, language)
        about = {
            "message_template_id": int(template["id"]),
            "message_template_name": name,
            "message_template_language": language,
        }
        self.webhooks.tell(Update(waba_id, template["id"], field, {**about, **news}, field))

    def _existing(self, waba_id: str, name: str, language: str) -> Definition:
        template = self.template(waba_id, name, language)
        if template is None:
            raise KeyError(f"{waba_id} has no template {name} in {language}")
        return template

    def template(self, waba_id: str, name: str, language: str) -> Definition | None:
        """The template with exactly this name and language (§5: no fallback)."""
        with self._lock:
            found = (t for t in self._wabas[waba_id].templates if (t["name"], t["language"]) == (name, language))
            return next(found, None)

    def template_with(self, template_id: str) -> Definition | None:
        """The template with this id."""
        with self._lock:
            known = (definition for waba in self._wabas.values() for definition in waba.templates)
            return next((definition for definition in known if definition["id"] == template_id), None)

    def add_phone(self, phone: Phone) -> None:
        """Make a customer reachable under its number and its business-scoped id."""
        with self._lock:
            self._phones[phone.wa_id] = phone
            if phone.user_id:
                self._phones[phone.user_id] = phone

    def remove_phone(self, phone: Phone) -> None:
        """Nobody is reached any more under the number and the id that the customer had."""
        with self._lock:
            self._phones = {handle: one for handle, one in self._phones.items() if one is not phone}

    def phone(self, handle: str) -> Phone | None:
        """The phone with this wa_id (a leading + is ignored) or business-scoped id."""
        with self._lock:
            return self._phones.get(handle.removeprefix("+"))

    def heard(self, number_id: str, phone: Phone) -> None:
        """The customer wrote to this number now, which opens its window for 24 hours (§4.6)."""
        with self._lock:
            self._wrote[number_id, phone.wa_id] = self.clock()

    def window_open(self, number_id: str, handle: str) -> bool:
        """Whether this customer wrote to this number within 24 hours."""
        phone = self.phone(handle)
        with self._lock:
            wrote = self._wrote.get((number_id, phone.wa_id)) if phone else None
        return wrote is not None and self.clock() - wrote < WINDOW

    def accept(self, draft: Draft, failure: GraphError | None = None) -> Sent:
        """Take the message: tell `sent`, then hand it to the phone; with `failure` tell `failed` instead."""
        sent = Sent(**vars(draft), wamid=new_wamid(), at=self.clock(), monotonic=monotonic())
        with self._lock:
            self._sent.append(sent)
        if failure:
            self.tell(sent, "failed", [failure.in_status()])
        elif not sent.lost:
            self.tell(sent, "sent")
            if phone := self.phone(sent.to):
                phone.receive(sent)
        return sent

    def tell(self, sent: Sent, kind: str, errors: list[dict[str, Any]] | None = None) -> None:
        """Send a status webhook about a message."""
        phone = self.phone(sent.to)
        value = status(
            sent.wamid,
            kind,
            at=self.clock(),
            wa_id=wa_id_shown(phone, sent.to),
            user_id=phone.user_id if phone else None,
            callback=sent.callback,
            category=sent.category,
            errors=errors,
        )
        self.tell_update(sent.phone_number_id, sent.wamid, kind, value)

    def tell_update(self, number_id: str, wamid: str, kind: str, value: dict[str, Any], key: str | None = None) -> None:
        """Send a `messages` webhook of a number: `value` in its envelope (§1.3)."""
        number = self.number(number_id)
        if number is None:
            raise KeyError(f"there is no number {number_id}")
        metadata = {"display_phone_number": number.digits, "phone_number_id": number.id}
        whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        self.webhooks.tell(Update(self.waba_of(number_id).id, wamid, kind, whole), key)


def wa_id_shown(phone: Phone | None, handle: str) -> str | None:
    """The number that Meta shows for a recipient: none for one who withholds it (§2.1)."""
    if phone is None:
        return handle.removeprefix("+")
    return None if phone.hides_phone else phone.wa_id


def new_wamid() -> str:
    """A message id like Meta's, with the characters that a careless parser trips over (§2.1)."""
    return "wamid.HBg" + base64.b64encode(secrets.token_bytes(28)).decode()
