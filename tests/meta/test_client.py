import json
import socket
import threading
from pathlib import Path

import certifi
import pytest

from wapto.errors import InvalidInput, Misconfigured, OutcomeUnknown, TryLater
from wapto.meta.client import GraphClient, Recipient, Sent, TemplateInfo
from wapto.meta.errors import GraphError, Remedy
from wapto.meta.line import Line

from .scripted import Answer, Hang, Reset, ScriptedGraph

TOKEN = "a-token-of-any-shape"
NUMBER, WABA = "100000000000001", "200000000000001"
ANA = Recipient(phone="+5511999990000")
TEMPLATE = {"name": "order_shipped", "language": {"policy": "deterministic", "code": "pt_BR"}, "components": []}
CONTENT = {"type": "template", "template": TEMPLATE}
ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "+5511999990000", "wa_id": "551199990000"}],
    "messages": [{"id": "wamid.OUT", "message_status": "accepted"}],
}


@pytest.fixture
def graph(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with ScriptedGraph() as running:
        yield running


def client_of(graph, **changes):
    return GraphClient(graph.url, "v25.0", TOKEN, **{"timeout": (1, 0.2)} | changes)


def send(graph, to=ANA):
    return client_of(graph).send(NUMBER, to=to, content=CONTENT, callback="notice-1")


def templates(graph):
    return list(client_of(graph).templates(WABA))


def refusal(code, status=400, headers=None, **changes):
    return Answer({"error": {"message": "no", "code": code} | changes}, status, headers or {})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_template_goes_out_as_meta_wants_it(graph):
    graph.answers.append(Answer(ACCEPTED))
    assert send(graph) == Sent("wamid.OUT", "551199990000", "accepted", None)
    (request,) = graph.requests
    assert (request.method, request.path, request.query) == ("POST", f"/v25.0/{NUMBER}/messages", {})
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511999990000",
        "type": "template",
        "template": TEMPLATE,
        "biz_opaque_callback_data": "notice-1",
    }


def test_somebody_without_a_phone_is_named_as_recipient_and_never_in_to(graph):
    graph.answers.append(Answer({"messages": [{"id": "wamid.OUT"}], "contacts": [{"user_id": "BR.1"}]}))
    assert send(graph, Recipient(user_id="BR.1")) == Sent("wamid.OUT", None, None, "BR.1")
    assert graph.requests[0].json["recipient"] == "BR.1"
    assert "to" not in graph.requests[0].json


def test_the_phone_is_used_where_both_are_known():
    assert Recipient("+551199990000", "BR.1").fields() == {"recipient_type": "individual", "to": "+551199990000"}


@pytest.mark.parametrize("phone", ["5511999990000", "BR.1", "+", "+55 11", ""])
def test_a_phone_without_plus_and_digits_is_not_sent_to(phone):
    with pytest.raises(InvalidInput, match="phone number"):
        Recipient(phone=phone)


def test_a_recipient_must_be_somebody():
    with pytest.raises(InvalidInput, match="needs a phone number or a WhatsApp user id"):
        Recipient()


def test_free_text_is_sent_as_it_is(graph):
    graph.answers.append(Answer(ACCEPTED))
    said = {"type": "text", "text": {"body": "On its way", "preview_url": False}}
    client_of(graph).send(NUMBER, to=ANA, content=said, callback="n")
    assert {name: graph.requests[0].json[name] for name in said} == said


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 200])
def test_a_graph_error_is_judged_by_its_code_and_not_by_its_http_status(graph, status):
    graph.answers.append(refusal(131056, status, error_data={"details": "slow down"}, fbtrace_id="A1"))
    with pytest.raises(GraphError) as caught:
        send(graph)
    error = caught.value
    assert (error.remedy, error.code, error.http_status) == (Remedy.SLOW_PAIR, 131056, status)
    assert (error.details, error.fbtrace_id) == ("slow down", "A1")


@pytest.mark.parametrize(
    ("said", "details"),
    [
        ({"error_data": {"details": "from details"}}, "from details"),
        ({"error_data": "from a string"}, "from a string"),
        ({"error_data": None}, "no"),
        ({"message": None}, ""),
    ],
)
def test_the_details_are_found_wherever_meta_puts_them(graph, said, details):
    graph.answers.append(refusal("131009", **said))
    with pytest.raises(GraphError) as caught:
        send(graph)
    assert (caught.value.code, caught.value.details) == (131009, details)


def test_a_refusal_shows_neither_the_token_nor_a_phone_number(graph):
    graph.answers.append(refusal(190, 401, message=f"Malformed access token {TOKEN} of 5511999990000"))
    with pytest.raises(GraphError) as caught:
        send(graph)
    shown = f"{caught.value} {caught.value.details} {vars(caught.value)}"
    assert TOKEN not in shown
    assert "5511999990000" not in shown
    assert caught.value.remedy is Remedy.TOKEN_DEAD


USAGE = json.dumps({WABA: [{"estimated_time_to_regain_access": 2}, {"estimated_time_to_regain_access": 5}]})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"X-Business-Use-Case-Usage": USAGE}, 300),
        ({"Retry-After": "soon", "X-Business-Use-Case-Usage": "{oops"}, 60),
        ({"X-Business-Use-Case-Usage": "[1, 2]"}, 60),
    ],
)
def test_meta_says_how_long_to_wait(graph, headers, seconds):
    graph.answers.append(refusal(80007, headers=headers))
    with pytest.raises(GraphError) as caught:
        templates(graph)
    assert caught.value.retry_after == seconds


def test_nobody_at_the_address_means_that_nothing_was_sent():
    client = GraphClient(f"http://127.0.0.1:{free_port()}", "v25.0", TOKEN, timeout=(1, 1))
    with pytest.raises(TryLater, match="nothing was sent"):
        client.send(NUMBER, to=ANA, content=CONTENT, callback="n")


def test_a_dead_proxy_means_that_nothing_was_sent(graph, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(TryLater):
        send(graph)
    assert graph.requests == []


def test_a_proxy_of_the_environment_is_the_way_of_every_call(graph, monkeypatch):
    monkeypatch.setenv("http_proxy", graph.url)
    client = GraphClient("http://graph.example", "v25.0", TOKEN, timeout=(1, 0.2))
    graph.answers += [Answer(ACCEPTED), Answer({"id": NUMBER})]
    client.send(NUMBER, to=ANA, content=CONTENT, callback="notice-1")
    client.phone_number(NUMBER)
    assert [request.path for request in graph.requests] == [f"/v25.0/{NUMBER}/messages", f"/v25.0/{NUMBER}"]
    assert {request.headers["Host"] for request in graph.requests} == {"graph.example"}


UNTRUSTED = Path(__file__).with_name("untrusted.pem")


def test_a_certificate_that_nobody_trusts_means_that_nothing_was_sent():
    with ScriptedGraph(UNTRUSTED) as graph, pytest.raises(TryLater):
        send(graph)
    assert graph.requests == []


def test_a_certificate_that_the_environment_trusts_is_trusted(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(UNTRUSTED))
    with ScriptedGraph(UNTRUSTED) as graph:
        graph.answers.append(Answer(ACCEPTED))
        assert send(graph).wamid == "wamid.OUT"


def test_certificates_are_judged_by_the_bundle_that_requests_brings(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    way = Line("https://graph.example/v25.0", TOKEN, (1, 1))._pool
    assert (way.cert_reqs, way.ca_certs) == ("CERT_REQUIRED", certifi.where())


def test_a_connection_that_meta_closed_meanwhile_is_replaced(graph):
    client = client_of(graph)
    graph.answers += [Answer(ACCEPTED, headers={"Connection": "close"}), Answer(ACCEPTED)]
    for _ in range(2):
        client.send(NUMBER, to=ANA, content=CONTENT, callback="notice-1")
    assert len({request.peer for request in graph.requests}) == 2


LOST = [
    Hang(),
    Reset(),
    Answer(b"<html>Bad gateway</html>", 502),
    Answer(b"", 500),
    Answer({"error": "bad gateway"}, 502),
    Answer(b"", 408),
    Answer(b"<html>", 200),
    Answer([ACCEPTED], 200),
    Answer({"error": {"message": "no code"}}, 200),
    Answer(b"half", 200, {"Content-Length": "400"}),
]


@pytest.mark.parametrize("answer", LOST, ids=range(len(LOST)))
def test_a_send_that_got_no_clear_answer_has_an_unknown_outcome(graph, answer):
    graph.answers.append(answer)
    with pytest.raises(OutcomeUnknown) as caught:
        send(graph)
    assert len(graph.requests) == 1
    assert TOKEN not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize("answer", LOST, ids=range(len(LOST)))
def test_a_question_that_got_no_clear_answer_can_be_asked_later(graph, answer):
    graph.answers.append(answer)
    with pytest.raises(TryLater):
        templates(graph)
    assert len(graph.requests) == 1


@pytest.mark.parametrize(
    "accepted", [{}, {"messages": []}, {"messages": [{}]}, {"messages": [{"id": ""}]}, {"messages": None}]
)
def test_an_accepted_send_without_an_id_has_an_unknown_outcome(graph, accepted):
    graph.answers.append(Answer(accepted))
    with pytest.raises(OutcomeUnknown, match="without giving its id"):
        send(graph)


def test_a_gateway_that_is_too_busy_has_sent_nothing(graph):
    graph.answers.append(Answer(b"slow down", 429, {"Retry-After": "9"}))
    with pytest.raises(TryLater) as caught:
        send(graph)
    assert caught.value.after == 9


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_without_reasons_is_final(graph, status):
    graph.answers.append(Answer(b"<html>no</html>", status))
    with pytest.raises(GraphError, match=f"HTTP {status}") as caught:
        send(graph)
    assert (caught.value.remedy, caught.value.code) == (Remedy.NEVER, None)


def test_the_token_follows_no_redirect(graph):
    with ScriptedGraph() as elsewhere:
        graph.answers.append(Answer(b"", 302, {"Location": elsewhere.url}))
        with pytest.raises(GraphError, match="HTTP 302"):
            send(graph)
        assert elsewhere.requests == []


def test_a_netrc_file_does_not_replace_the_token(graph, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    graph.answers.append(Answer(ACCEPTED))
    send(graph)
    assert graph.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["EAA\nX-Evil: 1", "EAAé"])
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token):
    with pytest.raises(Misconfigured) as caught:
        GraphClient("https://graph.example", "v25.0", token)
    assert token not in str(caught.value)


def test_an_id_cannot_lead_to_another_address(graph):
    client_of(graph).phone_number("1/../2?x=1")
    assert graph.requests[0].path == "/v25.0/1%2F..%2F2%3Fx%3D1"


def test_a_thread_keeps_its_connection_and_shares_it_with_nobody(graph):
    client = client_of(graph)

    def ask_twice():
        client.phone_number(NUMBER)
        client.phone_number(NUMBER)

    threads = [threading.Thread(target=ask_twice) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join(5)
    peers = [request.peer for request in graph.requests]
    assert peers[0] == peers[1] != peers[2] == peers[3]


def test_threads_that_send_share_what_was_connected(graph):
    client = client_of(graph)
    graph.answers += [Answer(ACCEPTED)] * 3
    for _ in range(3):
        thread = threading.Thread(
            target=client.send, args=(NUMBER,), kwargs={"to": ANA, "content": CONTENT, "callback": "notice-1"}
        )
        thread.start()
        thread.join(5)
    assert len({request.peer for request in graph.requests}) == 1


def test_a_number_is_asked_for_what_a_person_recognizes_it_by(graph):
    graph.answers.append(Answer({"id": NUMBER, "display_phone_number": "+1 555-000-9999", "verified_name": "Shop"}))
    assert client_of(graph).phone_number(NUMBER)["verified_name"] == "Shop"
    assert graph.requests[0].path == f"/v25.0/{NUMBER}"
    assert {"display_phone_number", "verified_name", "throughput"} <= set(graph.requests[0].query["fields"].split(","))


def test_an_error_without_a_code_is_no_answer(graph):
    graph.answers.append(Answer({"error": "busy"}))
    with pytest.raises(TryLater):
        client_of(graph).phone_number(NUMBER)
    assert graph.answers == []


def row(**changes):
    """A template as Meta lists it (reference §5)."""
    return {
        "id": "900000000000001",
        "name": "order_shipped",
        "language": "pt_BR",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "quality_score": {"score": "GREEN", "date": 1763000000},
        "components": [{"type": "BODY", "text": "Hi {{first_name}}."}],
    } | changes


def page(*rows, **paging):
    return Answer({"data": list(rows), "paging": paging})


def test_a_template_is_listed_with_all_that_sending_needs(graph):
    graph.answers.append(page(row()))
    (template,) = templates(graph)
    assert template == TemplateInfo(
        id="900000000000001",
        name="order_shipped",
        language="pt_BR",
        status="APPROVED",
        category="UTILITY",
        parameter_format="NAMED",
        components=[{"type": "BODY", "text": "Hi {{first_name}}."}],
        quality="GREEN",
    )
    assert graph.requests[0].path == f"/v25.0/{WABA}/message_templates"
    assert {"parameter_format", "components", "quality_score"} <= set(graph.requests[0].query["fields"].split(","))


def test_what_meta_leaves_out_of_a_template_is_positional_and_without_quality(graph):
    graph.answers.append(page(row(id=7, parameter_format=None, quality_score=None, components=None)))
    (template,) = templates(graph)
    assert (template.id, template.parameter_format, template.quality, template.components) == (
        "7",
        "POSITIONAL",
        None,
        [],
    )


def test_all_pages_are_read_and_the_token_stays_at_our_own_address(graph):
    with ScriptedGraph() as elsewhere:
        graph.answers += [
            page(row(name="a"), row(name="b"), cursors={"after": "A=="}, next=f"{elsewhere.url}/more"),
            page(row(name="c"), cursors={"after": "B"}, next=f"{elsewhere.url}/more"),
            page(row(name="d"), cursors={"after": "C"}),
        ]
        assert [template.name for template in templates(graph)] == ["a", "b", "c", "d"]
        assert elsewhere.requests == []
    assert [request.query.get("after") for request in graph.requests] == [None, "A==", "B"]


@pytest.mark.parametrize("second", [{"cursors": {"after": "A"}, "next": "https://x"}, {"next": "https://x"}])
def test_a_list_that_breaks_off_is_never_taken_for_a_whole_one(graph, second):
    graph.answers += [page(row(), cursors={"after": "A"}, next="https://x"), page(row(), **second)]
    with pytest.raises(TryLater, match="cannot be read to its end"):
        templates(graph)


def test_an_answer_without_a_list_is_not_an_empty_list(graph):
    graph.answers.append(Answer({"success": True}))
    with pytest.raises(TryLater, match="without a list"):
        templates(graph)
    assert graph.answers == []
