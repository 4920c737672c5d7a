"""Templates fetched again by themselves: every half hour, and at once when Meta shows that ours are out of date."""

from datetime import datetime, timedelta

from wapto.desk import numbers
from wapto.desk.templates import templates
from wapto.meta.client import GraphClient
from wapto.store.models import Duty, Message, Number, Template

REFETCH, EVERY = "fetch templates", timedelta(minutes=30)  # the duty

# The template has other placeholders by now, is not there, or has another format (reference §8).
OUT_OF_DATE = (132000, 132001, 132012)


def refetch(client: GraphClient, now: datetime) -> None:
    """Fetches the templates of all accounts, and releases the messages that waited for it."""
    if accounts := sorted({number.waba for number in numbers.listing()}):
        templates.sync(client, accounts, now)


def soon(now: datetime) -> None:
    """Brings the next fetch forward to now, in the caller's transaction."""
    Duty.update(due_at=now).where(Duty.name == REFETCH, Duty.due_at > now).execute()


def after_refusal(message: Message, code: int | None, now: datetime) -> None:
    """Once for each message: templates that were fetched after it was promised would not be different again."""
    if code not in OUT_OF_DATE:
        return
    number = Number.get_by_id(message.number_id)
    fetched = Template.select().where(Template.waba == number.waba, Template.name == message.template)
    if not fetched.where(Template.synced_at > message.created_at).exists():
        soon(now)
