"""What the desk does with news about templates, numbers, accounts and people's wishes (docs/webhooks.md lists all)."""

from datetime import datetime, timedelta

from wapto.desk.intake.routing import Kept, number_of, person
from wapto.desk.notices import optouts
from wapto.desk.templates.refetching import soon
from wapto.desk.watch import admins
from wapto.domain.identity import normal_language
from wapto.domain.text import clean, flatten, quoted
from wapto.errors import InvalidInput
from wapto.meta.events import AccountEvent, NumberEvent, Preference, Said, TemplateEvent, events_of
from wapto.meta.payloads import Element
from wapto.meta.said import words_of
from wapto.store.database import Transaction
from wapto.store.models import Duty, Echo, Number, Template

RELEASE = "release held messages"  # the duty that a template fit again brings forward
UPGRADED_THROUGHPUT = 1_000  # messages a second (reference §9)

# Meta's times are whole seconds of its own clock, the time of a sync is ours.
_CLOCKS_DIFFER = timedelta(minutes=1)

_FIT = {"APPROVED", "REINSTATED", "UNARCHIVED"}
_UNFIT = {"REJECTED", "PAUSED", "DISABLED", "PENDING", "IN_APPEAL", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED"}
_GONE = {"DELETED"}
_GOOD_NUMBER_NEWS = {"ONBOARDING", "UPGRADE", "UNFLAGGED", "THROUGHPUT_UPGRADE", "APPROVED"}


def handle(tx: Transaction, element: Element, now: datetime) -> None:
    """Does what the news asks for, in the caller's transaction; Kept where nothing is to be done here."""
    events = events_of(element)
    if not events:
        raise Kept(f"Nothing to do for the field “{element.field}”.")
    for event in events:
        match event:
            case TemplateEvent():
                _template(tx, element, event, now)
            case NumberEvent():
                _number(tx, element, event, now)
            case AccountEvent():
                _account(tx, element, event, now)
            case Preference():
                _preference(number_of(element), event, now)
            case Said():
                _said(number_of(element), event, now)


def _template(tx: Transaction, element: Element, event: TemplateEvent, now: datetime) -> None:
    row = _known(element.waba_id, event)
    if row is None:
        raise Kept(f"The template {quoted(event.name)} is not known here; `wapto templates sync` fetches it.")
    at = element.at or now
    if at < max(row.changed_at or at, row.synced_at - _CLOCKS_DIFFER):
        raise Kept("What it says of the template is older than what is known.")
    values, change = _news(row, event, now)
    Template.update(**values, change=change, changed_at=at).where(Template.id == row.id).execute()
    if values.get("status") == "APPROVED":
        Duty.update(due_at=now).where(Duty.name == RELEASE).execute()
    _tell_of_template(tx, row, event, change, now)


def _known(waba: str, event: TemplateEvent) -> Template | None:
    """By name and language, which are what a trigger names; by Meta's id where the event has no name."""
    here = Template.select().where(Template.waba == waba)
    by_name = here.where(Template.name == event.name, Template.language == _language(event.language)).first()
    row: Template | None = by_name or here.where(Template.meta_id == event.id).first()
    return row


def _language(code: str) -> str:
    try:
        return normal_language(code)
    except InvalidInput:
        return code


def _news(row: Template, event: TemplateEvent, now: datetime) -> tuple[dict[str, object], str]:
    """The columns that change, and the change in words."""
    values: dict[str, object] = {}
    words = []
    if status := _status(event.status):
        values |= {"status": status, "status_reason": _reason(event), "gone_at": now if status in _GONE else None}
        words.append(f"{_plain(status)}{f' ({_plain(event.reason)})' if event.reason else ''}")
    if event.quality:
        values["quality"] = event.quality
        words.append(f"quality {_plain(event.quality)}")
    if event.category:
        values |= {"category": event.category, "previous_category": event.previous_category or row.category}
        values["coming_category"] = None
        words.append(f"category {_plain(values['previous_category'])} became {_plain(event.category)}")
    if event.coming_category:
        values["coming_category"] = event.coming_category
        words.append(f"category will become {_plain(event.coming_category)}")
    if event.is_edited:
        words.append("its words were changed at Meta")
        soon(now)
    return values, "; ".join(words) or _plain(event.status or "changed")


def _status(event: str) -> str | None:
    """The status that a template has after the event; None where it keeps its own, as while it is only flagged."""
    if event in _FIT:
        return "APPROVED"
    return event if event in _UNFIT | _GONE else None


def _reason(event: TemplateEvent) -> str | None:
    return _joined(tuple(part for part in (_plain(event.reason), event.advice) if part)) or None


def _tell_of_template(tx: Transaction, row: Template, event: TemplateEvent, change: str, now: datetime) -> None:
    key, title = f"template:{row.id}", f"Template “{row.name}” ({row.language})"
    status = _status(event.status)
    if status == "APPROVED":
        admins.over(tx, key, f"{title} is approved again; what waited for it is sent.", now)
    elif status:
        admins.tell(tx, key, f"{title}: {change}. Messages that need it are held until it is approved.", now)
    else:
        admins.tell(tx, f"{key}:{change}", f"{title}: {change}.", now)


def _account(tx: Transaction, element: Element, event: AccountEvent, now: datetime) -> None:
    facts = f" ({_joined(event.details)})" if event.details else ""
    words = f"WhatsApp account {element.waba_id}: {_plain(event.event)}{facts}."
    admins.tell(tx, f"{element.field}:{element.waba_id}:{event.event}", words, now)


def _number(tx: Transaction, element: Element, event: NumberEvent, now: datetime) -> None:
    numbers = list(Number.select().where(Number.waba == element.waba_id, Number.gone_at.is_null()))
    number = _whose(numbers, event.display_phone)
    facts = (event.name, event.limit_tier and f"limit {event.limit_tier}", _plain(event.reason))
    words = [_plain(event.event) or "changed", *filter(None, facts)]
    if number is not None:
        _keep_of_number(number, event)
    who = number.name if number else f"…{event.display_phone[-4:]}"
    if event.event not in _GOOD_NUMBER_NEWS or number is None:
        admins.tell(
            tx, f"{element.field}:{event.display_phone}:{event.event}", f"Number {who}: {', '.join(words)}.", now
        )
    elif event.event == "UNFLAGGED":
        key = f"{element.field}:{event.display_phone}:FLAGGED"
        admins.over(tx, key, f"Number {who} is no longer flagged.", now)


def _whose(numbers: list[Number], digits: str) -> Number | None:
    """The number with these digits; if nobody noted the digits of the account's only number, that one."""
    if len(numbers) == 1 and numbers[0].display == numbers[0].phone_number_id:
        return numbers[0]
    return next((number for number in numbers if _digits(number.display) == digits), None)


def _keep_of_number(number: Number, event: NumberEvent) -> None:
    values: dict[str, object] = {}
    if event.limit_tier:
        values["limit_tier"] = event.limit_tier
    if event.event in ("FLAGGED", "UNFLAGGED"):
        values["quality"] = event.event
    if event.event == "THROUGHPUT_UPGRADE":
        values["throughput"] = UPGRADED_THROUGHPUT
    if values:
        Number.update(**values).where(Number.id == number.id).execute()


def _preference(number: Number, event: Preference, now: datetime) -> None:
    customer = person(number, event.wa_id, event.user_id, event.contact, now, sent_at=event.at)
    if event.value not in ("stop", "resume"):
        raise InvalidInput(f"The customer's wish {quoted(event.value)} is neither stop nor resume.")
    if event.value == "stop":
        optouts.stop(customer.id, optouts.PREFERENCE, event.at or now)
    else:
        optouts.resume(customer.id, event.at or now)


def _said(number: Number, event: Said, now: datetime) -> None:
    new = {
        "wamid": event.message.id,
        "number": number,
        "customer": person(number, event.customer, event.customer, None, now, sent_at=event.message.timestamp),
        "direction": "out" if event.is_from_shop else "in",
        "source": event.source,
        "kind": event.message.type,
        "text": clean(words_of(event.message)) or None,
        "sent_at": event.message.timestamp or now,
        "received_at": now,
    }
    Echo.insert(new).on_conflict_ignore().execute()


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())


def _plain(word: object) -> str:
    """Meta's THIS_KIND_OF_WORD as people write it."""
    return flatten(str(word)).replace("_", " ").lower()


def _joined(words: tuple[str, ...]) -> str:
    return flatten("; ".join(words))[:500]
