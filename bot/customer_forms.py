"""The form of what the team keeps about a customer: tags, notes, and beside them what they bought and thought of it."""

from dataclasses import dataclass, field

from bot import guard, kit, modals, survey_words, wording, work_forms
from bot.calls import Call
from bot.kit import Block, Line, foreign
from bot.modals import BadField, Ticket
from bot.slack import Content
from wapto.desk.customers import people, remarks, worth
from wapto.desk.customers.remarks import MAX_NOTE, MAX_TAG, MAX_TAGS
from wapto.desk.customers.worth import Bought
from wapto.desk.orders.views import OrderView
from wapto.desk.surveys.report import Row
from wapto.domain import money
from wapto.errors import InvalidInput
from wapto.store.models import CustomerNote

TAGS, NOTE = "tags", "note"

_NOTES, _SCORES = 5, 3  # that are shown, the newest
_WORDS = 300


@dataclass(frozen=True)
class Known:
    """What is known of a customer beside an order."""

    tags: tuple[str, ...] = ()
    notes: tuple[CustomerNote, ...] = ()
    bought: Bought = field(default_factory=Bought)
    scores: tuple[Row, ...] = ()


def form(view: OrderView, channel: str) -> Block:
    """What is known, and the fields for tags and for another note."""
    customer_id = people.customer_of(view.id)
    known = Known(
        view.tags,
        tuple(remarks.notes_of(customer_id)[:_NOTES]),
        worth.bought_by([customer_id])[customer_id],
        tuple(worth.scores_of(customer_id)[:_SCORES]),
    )
    return drawn(view, known, channel)


def drawn(view: OrderView, known: Known, channel: str) -> Block:
    """The same, pure."""
    typed = {"type": "plain_text_input", "max_length": MAX_TAGS * (MAX_TAG + 2)}
    typed |= {"initial_value": ", ".join(known.tags)} if known.tags else {}
    words = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    blocks = [
        modals.about(view),
        kit.paragraph(*_facts(view, known)),
        *[block for note in known.notes for block in _note(note)],
        modals.field(TAGS, wording.TAGS, typed, hint=wording.TAGS_HINT),
        modals.field(NOTE, wording.NOTE_LABEL, words, hint=wording.NOTE_HINT),
    ]
    seen = Ticket(view.id, view.version, channel, target=",".join(known.tags))
    return modals.form(work_forms.CUSTOMER, wording.WORK[work_forms.CUSTOMER], blocks, seen)


def _facts(view: OrderView, known: Known) -> list[Line]:
    spent = [money.display(each.minor, each.currency, view.language) for each in known.bought.spent]
    lines = [wording.bought(known.bought.orders, spent), *[survey_words.given(row) for row in known.scores]]
    return [[kit.words(line)] for line in lines]


def _note(note: CustomerNote) -> list[Block]:
    head = kit.paragraph([kit.words(f"{foreign(note.author, _WORDS)} · "), kit.moment(note.created_at)])
    return [head, kit.quote(foreign(note.text, _WORDS))]


def keep(call: Call) -> Content | None:
    """The form was sent: what of the tags was changed since it was opened, and the note."""
    actor = guard.worker(call)
    ticket = modals.ticket(call.view)
    customer_id = people.customer_of(ticket.order)
    seen = set(remarks.read_tags(ticket.target or ""))
    try:
        wanted = set(remarks.read_tags(modals.entered(call.view, TAGS) or ""))
        remarks.tag(customer_id, wanted - seen, seen - wanted, actor=actor, now=call.now)
    except InvalidInput as fault:
        raise BadField(TAGS, str(fault)) from None
    if words := (modals.entered(call.view, NOTE) or "").strip():
        remarks.note(customer_id, words, actor=actor, now=call.now)
    return None
