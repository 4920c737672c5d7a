"""The doctor tries it: one template to the phone of somebody who waits for it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import uuid4

from wapto.desk import numbers
from wapto.desk.doctor.doctor import Check, Look, bad, well
from wapto.desk.templates import rehearsal
from wapto.domain.identity import normal_phone
from wapto.domain.template import send_payload
from wapto.errors import WaptoError
from wapto.meta.client import GraphClient, Recipient
from wapto.meta.errors import ADVICE, GraphError
from wapto.store.models import Number, Trigger

_NAME = "live template"


def looks(client: GraphClient, phone: str) -> list[Look]:
    """Sends, from each number, a template that its triggers use, filled with samples."""
    return [Look(_NAME, lambda now: _send_all(client, normal_phone(phone), now), needs=("database", "Meta", "token"))]


def _send_all(client: GraphClient, phone: str, now: datetime) -> Iterator[Check]:
    for number in numbers.listing():
        yield _send(client, number, phone, now)


def _send(client: GraphClient, number: Number, phone: str, now: datetime) -> Check:
    name = f"{_NAME} {number.phone_number_id}"
    mine = Trigger.select().where(Trigger.number == number, Trigger.is_on).order_by(Trigger.id)
    found = next((one for trigger in mine if (one := rehearsal.sample(trigger, now))), None)
    if found is None:
        step = "See what is said of its triggers above."
        return bad(name, "The number has no trigger whose template could be sent.", step)
    template, components = found
    content = {"type": "template", "template": send_payload(template.name, template.language, components)}
    try:
        sent = client.of(number.waba).send(
            number.phone_number_id, to=Recipient(phone=phone), content=content, callback=f"doctor:{uuid4().hex}"
        )
    except GraphError as refusal:
        return bad(name, f"Meta answered: {refusal}", ADVICE[refusal.remedy])
    except WaptoError as fault:
        return bad(name, f"Meta answered: {fault}", "Look at the phone; run this again if nothing came.")
    told = f", {sent.message_status}" if sent.message_status else ""
    return well(
        name, f"Meta accepted “{template.name}” ({template.language}) as {sent.wamid}{told}: look at the phone."
    )
