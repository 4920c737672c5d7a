"""What can be said to a customer who has not written for 24 hours: approved templates that need no facts."""

from collections.abc import Iterator
from datetime import datetime

from wapto.desk.conversations import replies
from wapto.desk.conversations.replies import REPLY, Words
from wapto.desk.notices.drafts import missing, named, not_sendable, pick
from wapto.desk.notices.languages import wanted
from wapto.desk.orders.timeline import Actor, Subject
from wapto.domain.template import fill
from wapto.errors import InvalidInput, Refused
from wapto.store.database import transaction
from wapto.store.models import Message, Template

_KINDS = ("UTILITY",)  # who asked for no marketing gets none by this door
_MOST = 100


def words_of(about: replies.About, name: str) -> Words:
    """The template in the customer's language; Refused, saying why, when it cannot be sent as it stands."""
    languages = wanted(about.customer, about.number)
    template = pick(named(about.number.waba, name), languages)
    problem = not_sendable(template) if template else missing(name, languages)
    if template is None or problem:
        raise Refused(str(problem))
    try:
        filled = fill(template.components, template.parameter_format, {})
    except InvalidInput as fault:
        raise Refused(f"The template “{name}” cannot be sent by itself: it has placeholders. {fault}") from None
    return Words(filled.text, template=name, language=template.language, components=filled.components)


def choices(subject: Subject) -> list[Words]:
    """What an agent can choose from, by name."""
    return list(_choices(replies.found(subject)))[:_MOST]


def _choices(about: replies.About) -> Iterator[Words]:
    listed = (Template.waba == about.number.waba) & Template.gone_at.is_null() & Template.category.in_(_KINDS)
    rows = Template.select(Template.name).where(listed).distinct().order_by(Template.name)
    for name in [row.name for row in rows]:
        try:
            yield words_of(about, name)
        except Refused:
            continue  # not in their language, not approved, or in need of facts


def say(subject: Subject, name: str, *, actor: Actor, now: datetime, key: str) -> Message:
    """Sends a template to the customer of an order or inquiry; the same `key` never sends twice."""
    with transaction() as tx:
        about = replies.found(subject)
        return replies.send(tx, about, words_of(about, name), REPLY, actor=actor, now=now, key=key)
