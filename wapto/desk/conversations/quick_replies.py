"""Quick replies: words that agents choose by a name, filled in with what is known of the customer and the order."""

import re
from datetime import datetime

from wapto.desk.conversations import replies
from wapto.desk.conversations.replies import About
from wapto.desk.notices import languages
from wapto.desk.notices.drafts import facts_of
from wapto.desk.orders.timeline import Subject
from wapto.domain.lifecycle import RECEIVED
from wapto.domain.text import clean, flatten, quoted
from wapto.domain.variables import OrderFacts, check_variable, value_of
from wapto.errors import InvalidInput, NotFound
from wapto.store.database import transaction
from wapto.store.models import Inquiry, Number, QuickReply

MAX_NAME, MAX_TEXT = 40, 1_000

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_KNOWN_WITHOUT_ORDER = {"customer.name", "customer.first_name", "shop.name"}
_MOST = 100  # what a menu of Slack holds (reference §3.2)


def put(name: str, text: str, *, number: Number | None = None, now: datetime) -> QuickReply:
    """Keeps words under a name, in place of those that had it; without a number they are for all.

    InvalidInput where they name a variable that there is not.
    """
    title, words = flatten(name), clean(text).strip()
    if not 1 <= len(title) <= MAX_NAME:
        raise InvalidInput(f"The name of a quick reply has 1 to {MAX_NAME} characters.")
    if not 1 <= len(words) <= MAX_TEXT:
        raise InvalidInput(f"A quick reply has 1 to {MAX_TEXT:,} characters; this one has {len(words):,}.")
    for variable in _VARIABLE.findall(words):
        check_variable(variable)
    new = {"name": title, "text": words, "number": number.id if number else None, "created_at": now}
    with transaction():
        same = {key: new[key] for key in ("text", "number")}
        QuickReply.insert(new).on_conflict(conflict_target=[QuickReply.name], update=same).execute()
        return QuickReply.get(QuickReply.name == title)


def remove(name: str) -> None:
    """Forgets the words under a name. NotFound when there are none."""
    with transaction():
        if not QuickReply.delete().where(QuickReply.name == flatten(name)).execute():
            there = ", ".join(row.name for row in listing()[:20])
            raise NotFound(f"There is no quick reply {quoted(name)}. There are: {there or 'none yet'}.")


def listing(number_id: int | None = None) -> list[QuickReply]:
    """All of them by name, or those for one number."""
    query = QuickReply.select().order_by(QuickReply.name)
    if number_id is not None:
        query = query.where(QuickReply.number.is_null() | (QuickReply.number == number_id))
    return list(query)


def choices(subject: Subject) -> list[QuickReply]:
    """What can be said to the customer of an order or inquiry: without an order, what needs none."""
    about = replies.found(subject)
    found = listing(about.number_id)
    if isinstance(about, Inquiry):
        found = [row for row in found if set(_VARIABLE.findall(row.text)) <= _KNOWN_WITHOUT_ORDER]
    return found[:_MOST]


def words(subject: Subject, reply_id: int) -> str:
    """The words as they go to this customer. NotFound when somebody removed them meanwhile."""
    row = QuickReply.get_or_none(QuickReply.id == reply_id)
    if row is None:
        raise NotFound("That quick reply is not there any more; write the words yourself.")
    about = replies.found(subject)
    language, facts = languages.wanted(about.customer, about.number)[0], _facts(about)
    return _VARIABLE.sub(lambda found: value_of(found[1], facts, language), row.text)


def _facts(about: About) -> OrderFacts:
    if not isinstance(about, Inquiry):
        return facts_of(about, about.status, None)
    number = about.number
    return OrderFacts(
        number="",
        status=RECEIVED,
        shop_name=number.name,
        created_at=about.created_at,
        timezone=number.timezone,
        customer_name=about.customer.name,
    )
