"""The rules for Prometheus ask for what /metrics has, by names and labels that exist."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.desk.builders import a_customer, a_number, an_order
from tests.web.builders import CART, NOW, serving, signed
from wapto.jobs import wake
from wapto.meta.errors import Remedy
from wapto.store.models import InboxElement, InboxEntry, Message

RULES = (Path(__file__).parents[2] / "docs" / "alerts.rules.yml").read_text(encoding="utf-8")
EXPRESSIONS = re.findall(r"^ +expr: (.+)$", RULES, re.M)
SELECTORS = [found for each in EXPRESSIONS for found in re.findall(r"(wapto_\w+)(?:\{(.*?)\})?", each)]


def told(order, number, state, **facts):
    usual = {"trigger": "shipped", "text": "…", "components": [], "next_at": NOW, "created_at": NOW}
    about = {"order": order, "number": order.number, "customer": order.customer}
    Message.create(key=f"k{number}", callback=f"c{number}", state=state, **about, **usual | facts)


@pytest.fixture
def samples(each_store):
    """What /metrics has by name once something of each kind has happened, as lists of labels with their values."""
    order = an_order(a_number(), a_customer(), source_wamid="wamid.1", created_at=NOW)
    entry = InboxEntry.create(received_at=NOW - timedelta(seconds=2), body=b"{}", state="done")
    InboxElement.create(entry=entry, position=0, wamid="wamid.1", outcome="done")
    told(order, 1, "delivered", sent_at=NOW + timedelta(seconds=3), delivered_at=NOW + timedelta(seconds=9))
    told(order, 2, "failed", error_code=131026)
    told(order, 3, "queued", error_code=190)
    told(order, 4, "sent", created_at=NOW - timedelta(hours=2), sent_at=NOW)
    with serving() as server:
        requests.post(server.url + "/webhooks/whatsapp", data=CART, headers=signed(), timeout=10)
        text = requests.get(server.url + "/metrics", timeout=10).text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_every_rule_asks_for_a_metric_and_labels_that_exist(samples):
    assert wake.FAILURES  # of the process that serves, which rings
    assert len(EXPRESSIONS) == RULES.count("- alert:") == len(set(re.findall(r"- alert: (\w+)", RULES)))
    known = {"remedy": {remedy.value for remedy in Remedy}}
    for name, conditions in SELECTORS:
        assert name in samples
        for label, values in re.findall(r'(\w+)=~?"(.*?)"', conditions):
            there = known.get(label) or {labels.get(label) for labels, _ in samples[name]}
            assert set(values.split("|")) <= there, (name, label)


def test_labels_that_rules_speak_of_are_those_that_they_keep(samples):
    for name, expression in zip(re.findall(r"- alert: (\w+)", RULES), EXPRESSIONS, strict=True):
        rule = RULES.split(f"alert: {name}\n")[1].split("- alert")[0]
        for label in re.findall(r"\$labels\.(\w+)", rule):
            assert re.search(rf"by \([^)]*\b{label}\b", expression), name


def test_latencies_and_refusals_are_those_of_the_last_hour(samples):
    seconds = {(labels["stage"], labels["quantile"]): value for labels, value in samples["wapto_recent_seconds"]}
    assert (seconds["taken_in", "0.5"], seconds["sent", "0.9"], seconds["delivered", "0.99"]) == (2, 3, 6)
    states = {labels["state"]: value for labels, value in samples["wapto_recent_messages"] if value}
    assert states == {"delivered": 1, "failed": 1, "queued": 1}
    refusals = {(labels["code"], labels["remedy"]): value for labels, value in samples["wapto_recent_refusals"]}
    assert refusals == {("131026", "unreachable"): 1, ("190", "token_dead"): 1}


def test_how_long_answers_to_webhooks_take_is_counted(samples):
    [(_, count)] = samples["wapto_webhook_seconds_count"]
    assert count >= 1
