"""Handing over in Slack: `/wapto handover`, the digest at the end of a shift, and giving orders to named people."""

from dataclasses import replace

from bot import guard, handover_forms, handover_words
from bot.calls import Call, Form
from bot.lists import Link
from bot.slack import Content, Slack
from wapto.desk import homes
from wapto.desk.assignment import agents, handover
from wapto.desk.orders import search
from wapto.desk.orders.search import Row
from wapto.errors import InvalidInput


def command(call: Call, person: str) -> Content:
    """What somebody has in their hands: the person who asks, or whom they name."""
    actor = guard.worker(call)
    whose = agents.find(person).id if person else actor.agent_id or 0
    return digest(call.slack, whose)


def digest(slack: Slack, agent_id: int) -> Content:
    """The same, for an answer that is kept nowhere."""
    return handover_forms.content(handover.digest(agent_id), _link(slack))


def lasting(slack: Slack, agent_id: int) -> Content:
    """The same as a message that stays in Slack, and so says nothing of customers who may have to be forgotten."""
    found = handover.digest(agent_id)
    unnamed = tuple(replace(row, customer=None) for row in found.rows)
    return handover_forms.at_the_end(replace(found, rows=unnamed), _link(slack))


def ask(call: Call) -> Content | None:
    """Hand over: asks which of somebody's orders go, and to whom."""
    guard.worker(call)
    found = handover.digest(handover_forms.whose(call.value).agent)
    form = handover_forms.ask(found.rows, found.total, agents.listing(), call.channel)
    call.slack.open_form(call.trigger_id, form)
    return None


def ask_listed(call: Call) -> Content | Form | None:
    """Hand over all…, in the Home: the same of the open orders that are listed there."""
    actor = guard.worker(call)
    wanted = homes.open_home(actor.agent_id or 0, call.now).wanted.filter(actor.agent_id or 0)
    those = replace(wanted, open_only=True, latest_first=True)
    rows, total = search.find(those, handover.MOST), search.count(those)
    return Form(handover_forms.ask(rows, total, agents.listing(), ""), handover_words.LATE_FORM)


def give(call: Call) -> Content | Form | None:
    """The form was sent: gives the orders, and shows what became of each."""
    actor = guard.worker(call)
    those = handover_forms.chosen_orders(call.view)
    people = {listed.agent.id: listed.agent for listed in agents.listing()}
    to = handover_forms.chosen_people(call.view)
    if not set(to) <= people.keys():
        raise InvalidInput("One of these people is not on the roster any more; open the form again.")
    done = handover.give(those, [people[agent_id] for agent_id in to], actor=actor, now=call.now)
    moved = sum(each.problem is None for each in done)
    return Form(handover_forms.results(done), handover_words.given(moved, len(done)))


def _link(slack: Slack) -> Link:
    workspace = slack.workspace()

    def link(row: Row) -> str | None:
        return workspace.link(row.card_channel, row.card_ts) if row.card_channel and row.card_ts else None

    return link
