"""One id leads through the logs from a webhook to the send of what it set off, and tells nothing of the customer."""

from structlog.testing import capture_logs

from tests.desk.builders import NOW, a_template, a_trigger
from tests.desk.playing import a_shop, buy, drain, take_in
from tests.meta.builders import body, cart, change, notification
from wapto.desk.intake.inbox import store_raw
from wapto.desk.notices import outbox
from wapto.domain.trace import trace_of
from wapto.errors import TryLater
from wapto.logs import mask
from wapto.meta.client import Sent

WAMID = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNB"


class Meta:
    """Answers every send alike."""

    def __init__(self, answer):
        self._answer = answer

    def of(self, _waba):
        return self

    def send(self, *_, **__):
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def lines(logs, event):
    return [message for line in logs if line["event"] == event for message in line["messages"]]


def a_telling_shop():
    a_template(waba="200000000000001")
    a_trigger(a_shop(), "received")


def send(answer):
    lane = outbox.OutboxLane(Meta(answer), lambda: NOW, threads=1)
    lane.drain()
    lane.close()


def test_the_trace_of_a_webhook_is_that_of_the_notice_about_its_order(store):
    a_telling_shop()
    with capture_logs() as logs:
        entry = take_in(change(messages=[cart(id=WAMID)]))
        send(Sent("wamid.OUT", None))
    [taken] = lines(logs, "messages were worked on")
    [sent] = lines(logs, "messages were sent")
    assert (taken["trace"], taken["entry"], taken["outcome"]) == (trace_of(WAMID), entry.id, "done")
    assert (sent["trace"], sent["message"], sent["answer"]) == (trace_of(WAMID), 1, "accepted")


def test_the_trace_begins_where_the_webhook_is_stored(store):
    a_telling_shop()
    escaped = body(notification(change(messages=[cart(id="wamid.A/b+c=")])))  # as Meta does: a slash is "\\/"
    with capture_logs() as logs:
        entry = store_raw(escaped, NOW)
        drain()
    [stored] = [each for line in logs if line["event"] == "webhooks were stored" for each in line["webhooks"]]
    [taken] = lines(logs, "messages were worked on")
    assert stored == {"entry": entry, "traces": [taken["trace"]]}


def test_a_send_that_came_to_nothing_is_in_the_logs_too(store):
    a_telling_shop()
    buy(id=WAMID)
    with capture_logs() as logs:
        outbox.OutboxLane(Meta(TryLater("away")), lambda: NOW, threads=1).drain(iter([False, False, True]).__next__)
    assert {line["answer"] for line in lines(logs, "messages were sent")} == {"TryLater"}


def test_a_trace_outlives_the_mask_and_has_nothing_of_the_number():
    traces = {trace_of(f"wamid.{number}") for number in range(2_000)}
    assert len(traces) == 2_000
    assert {mask(trace) for trace in traces} == traces
