"""Many orders at once from the Home: what its owner looks at there is moved on together, or picked together."""

from bot import bulk_forms, bulk_words, guard
from bot.calls import Call, Form
from bot.modals import REASON, TARGET, entered
from bot.slack import Content
from wapto.desk import homes
from wapto.desk.orders import bulk, search
from wapto.desk.orders.timeline import Actor
from wapto.desk.overview import Wanted


def ask(call: Call) -> Content | Form | None:
    """Advance all…: asks where the listed orders go."""
    actor = guard.worker(call)
    wanted = _wanted(actor, call)
    total = search.count(wanted.filter(actor.agent_id or 0))
    return Form(bulk_forms.ask(wanted, total), bulk_words.ADVANCE_ALL)


def _wanted(actor: Actor, call: Call) -> Wanted:
    return homes.open_home(actor.agent_id or 0, call.now).wanted


def plan(call: Call) -> Content | Form | None:
    """The first form was sent: shows what would happen."""
    actor = guard.worker(call)
    wanted = bulk_forms.selection(call.view).wanted.filter(actor.agent_id or 0)
    target, reason = str(entered(call.view, TARGET)), entered(call.view, REASON)
    steps = bulk.plan(wanted, target, limit=bulk_forms.MOST, reason=reason, agent_id=actor.agent_id)
    return Form(bulk_forms.preview(steps, target, reason), bulk_words.LATE_PLAN)


def go(call: Call) -> Content | Form | None:
    """What was shown was confirmed: does it, and shows what became of each order."""
    actor = guard.worker(call)
    plan = bulk_forms.planned(call.view)
    done = bulk.advance(plan.orders, plan.target, actor=actor, now=call.now, reason=plan.reason)
    moved = sum(result.problem is None for result in done)
    return Form(bulk_forms.results(done, plan.target), bulk_words.late_results(moved, len(done)))


def pick_list(call: Call) -> Content | Form | None:
    """Pick list: what the listed orders need, by SKU."""
    actor = guard.looker(call)
    return Form(
        bulk_forms.picks(bulk.pick_list(_wanted(actor, call).filter(actor.agent_id or 0))), bulk_words.PICK_LIST
    )
