"""The stand-in for Meta takes new templates as strictly as the reference says (§5), and tells what becomes of them."""

import time

import pytest
import requests

from sandbox.graph import Graph
from sandbox.graph.creation import check_definition
from sandbox.graph.errors import GraphError
from sandbox.graph.world import Waba
from tests.desk.builders import Clock
from tests.meta.scripted import ScriptedGraph

WABA = "WABA1"
SAMPLES = {"body_text_named_params": [{"param_name": "number", "example": "W-1"}]}
BODY = {"type": "BODY", "text": "We have received your order {{number}} today.", "example": SAMPLES}
TRACK = {"type": "URL", "text": "Track", "url": "https://x.example/t/{{1}}", "example": ["https://x.example/t/W-1"]}


def definition(*components, **changes):
    usual = {"name": "received", "language": "en", "category": "UTILITY", "parameter_format": "NAMED"}
    return usual | {"components": list(components or [BODY])} | changes


def buttons(*those):
    return {"type": "BUTTONS", "buttons": list(those)}


def body(text, *samples, named=False):
    if named:
        return BODY | {"text": text}
    return {"type": "BODY", "text": text, "example": {"body_text": [list(samples)]}}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def graph(clock):
    with Graph([Waba(WABA)], access_tokens=["good"], app_secret="secret", clock=clock, backoff=()) as graph:
        yield graph


def create(graph, new=None, waba=WABA):
    headers = {"Authorization": "Bearer good"}
    return requests.post(f"{graph.url}/v25.0/{waba}/message_templates", json=new or definition(), headers=headers)


def test_a_new_template_waits_for_review(graph):
    answer = create(graph).json()
    assert answer == {"id": answer["id"], "status": "PENDING", "category": "UTILITY"}
    assert graph.template(WABA, "received", "en")["components"] == [BODY]


def test_the_category_may_come_back_changed(graph):
    graph.expect_category("received", "MARKETING")
    assert create(graph).json()["category"] == "MARKETING"
    assert graph.template(WABA, "received", "en")["category"] == "MARKETING"


def test_the_same_name_and_language_is_refused(graph):
    create(graph)
    error = create(graph).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2388024)


def test_an_account_takes_so_many_an_hour_and_says_when_it_takes_more(graph, clock):
    graph.creations_an_hour = 2
    for language in ("en", "de"):
        assert create(graph, definition(language=language)).ok
    clock.skip(minutes=10)
    refused = create(graph, definition(language="fr"))
    assert refused.json()["error"]["code"] == 80007
    assert '"estimated_time_to_regain_access": 50' in refused.headers["X-Business-Use-Case-Usage"]
    clock.skip(minutes=51)
    assert create(graph, definition(language="fr")).ok


def test_an_account_that_is_not_there_takes_none(graph):
    assert create(graph, waba="WABA9").json()["error"]["error_subcode"] == 33


def test_reviewers_may_approve_by_themselves(graph):
    graph.review_seconds = 0.01
    with ScriptedGraph() as wapto:
        graph.callback_url = wapto.url
        assert create(graph).json()["status"] == "PENDING"
        deadline = time.monotonic() + 5
        while not wapto.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        assert wapto.requests[0].json["entry"][0]["changes"][0]["value"]["event"] == "APPROVED"


def test_a_review_and_a_change_of_category_are_told_by_webhook(graph):
    create(graph)
    with ScriptedGraph() as wapto:
        graph.callback_url = wapto.url
        graph.review_template(WABA, "received", "en")
        graph.recategorize_template(WABA, "received", "en", "MARKETING")
        assert graph.settle()
    changes = [request.json["entry"][0]["changes"][0] for request in wapto.requests]
    news = {change["field"]: change["value"] for change in changes}
    assert news["message_template_status_update"]["event"] == "APPROVED"
    assert news["template_category_update"]["new_category"] == "MARKETING"
    assert {value["message_template_name"] for value in news.values()} == {"received"}
    assert graph.template(WABA, "received", "en")["status"] == "APPROVED"


@pytest.mark.parametrize(
    "new",
    [
        definition(),
        definition(message_send_ttl_seconds=21_600),
        definition(BODY, {"type": "FOOTER", "text": "Wapto"}, buttons(TRACK)),
        definition(body("Order {{1}} has been shipped today.", "W-1"), parameter_format="POSITIONAL"),
        definition({"type": "HEADER", "format": "TEXT", "text": "Your order"}, BODY),
        definition({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}}, BODY),
    ],
)
def test_what_the_reference_allows_is_taken(new):
    assert check_definition(new)["status"] == "PENDING"


@pytest.mark.parametrize(
    ("new", "subcode"),
    [
        (definition(name="Received!"), None),
        (definition(message_send_ttl_seconds=86_400), None),
        (definition(language="en-US"), None),
        (definition(category="ORDER"), None),
        (definition(message_send_ttl_seconds="60"), None),
        (definition(footer="x"), None),
        (definition(BODY, BODY), 2388072),
        (definition(BODY, {"type": "FOOTER", "text": "{{number}}"}), 2388073),
        (definition(BODY, {"type": "FOOTER", "text": "x" * 61}), 2388040),
        (definition(body("Long " * 300, named=True)), 2388040),
        (definition(body("{{number}} is the number of your order.", named=True)), 2388299),
        (definition(body("The number of your order is {{number}}", named=True)), 2388299),
        (definition(body("Your order {{1}} {{2}} is here.", "a", "b"), parameter_format="POSITIONAL"), 2388072),
        (definition(body("Your {{1}} is {{2}} here.", "a", "b"), parameter_format="POSITIONAL"), 2388293),
        (definition(body("Your order {{2}} is here.", "a"), parameter_format="POSITIONAL"), 2388072),
        (definition(body("Your order {{1}} is here."), parameter_format="POSITIONAL"), 2388072),
        (definition(body("Your order {{Number}} is here.", named=True)), 2388072),
        (definition(BODY | {"example": {}}), 2388072),
        (definition({"type": "HEADER", "format": "IMAGE"}, BODY), 2388273),
        (definition(BODY, buttons(TRACK | {"text": "x" * 26})), 2388040),
        (definition(BODY, buttons(TRACK, TRACK, TRACK)), None),
        (definition(BODY, buttons(TRACK | {"url": "https://x.example/{{1}}/t"})), None),
        (definition(BODY, buttons({k: v for k, v in TRACK.items() if k != "example"})), None),
        (
            definition(
                BODY, buttons({"type": "QUICK_REPLY", "text": "A"}, TRACK, {"type": "QUICK_REPLY", "text": "B"})
            ),
            None,
        ),
    ],
)
def test_what_the_reference_forbids_is_refused(new, subcode):
    with pytest.raises(GraphError) as refused:
        check_definition(new)
    assert (refused.value.code, refused.value.subcode) == (100, subcode)
