"""The stand-in for Meta over HTTP: who may call, what is answered, and bad days on order."""

import time

import pytest
import requests

from sandbox.graph import Graph
from sandbox.graph.templates import template
from sandbox.graph.world import Number, Waba

SHOP, BRANCH = "1100000000001", "1100000000002"
ANA = "+5511988887777"


@pytest.fixture
def graph():
    first = Waba(
        "WABA1",
        [Number(SHOP, "+55 11 4000-0001", "Loja"), Number(BRANCH, "+55 11 4000-0002", "Loja Centro")],
        [template(f"step_{n}", "en", "Hello {{1}}.", footer="Loja") for n in range(5)],
    )
    second = Waba("WABA2", [Number("2200000000001", "+1 555 010 0001", "Shop")], [template("hi", "en", "Hi.")])
    with Graph([first, second], access_tokens=["good"], app_secret="secret") as graph:
        yield graph


def get(graph, path, token="good", **query):
    return requests.get(f"{graph.url}/{path}", params=query, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def post(graph, body, *, number=SHOP, token="good", version="v25.0", timeout=5):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{graph.url}/{version}/{number}/messages", json=body, headers=headers, timeout=timeout)


def message(name="step_0", to=ANA, value="Ana"):
    parameters = [{"type": "text", "text": value}]
    return {
        "messaging_product": "whatsapp",
        "to": to,
        "type": "template",
        "biz_opaque_callback_data": "notif:1",
        "template": {
            "name": name,
            "language": {"code": "en"},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


def code_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_an_accepted_message_gets_a_wamid_and_is_remembered(graph):
    answer = post(graph, message())
    assert answer.status_code == 200
    [sent] = graph.sent
    assert answer.json() == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": ANA, "wa_id": "5511988887777"}],
        "messages": [{"id": sent.wamid, "message_status": "accepted"}],
    }
    assert (sent.phone_number_id, sent.to, sent.template, sent.language) == (SHOP, ANA, "step_0", "en")
    assert (sent.text, sent.callback) == ("Hello Ana.\nLoja", "notif:1")
    assert time.monotonic() - 5 < sent.monotonic <= time.monotonic()


def test_a_recipient_known_by_id_is_answered_with_the_id(graph):
    graph.customer("5511988887777").user_id = "BR.150"
    graph.add_phone(graph.customer("5511988887777"))
    answer = post(graph, {**message(), "to": None, "recipient": "BR.150"})
    assert answer.json()["contacts"] == [{"input": "BR.150", "user_id": "BR.150"}]


def test_a_refusal_has_the_shape_of_graphs_errors_and_is_remembered(graph):
    error = post(graph, message(name="nothing")).json()["error"]
    assert error["fbtrace_id"].startswith("A")
    assert error | {"fbtrace_id": ""} == {
        "message": "(#132001) Template name does not exist in the translation",
        "type": "OAuthException",
        "code": 132001,
        "error_data": {
            "messaging_product": "whatsapp",
            "details": "template name (nothing) does not exist in en",
        },
        "is_transient": False,
        "fbtrace_id": "",
    }
    assert graph.sent == []
    assert [(call.method, call.code) for call in graph.refused] == [("POST", 132001)]


def test_it_refuses_a_call_without_a_token(graph):
    assert code_of(post(graph, message(), token=None)) == (401, 0)


@pytest.mark.parametrize("path", [f"v25.0/{SHOP}", "v25.0/WABA1/phone_numbers", "v25.0/WABA1/message_templates"])
def test_it_refuses_a_wrong_token_everywhere(graph, path):
    assert code_of(get(graph, path, token="stale")) == (401, 190)
    assert code_of(post(graph, message(), token="stale")) == (401, 190)


def test_a_token_can_die(graph):
    graph.access_tokens.discard("good")
    assert code_of(post(graph, message())) == (401, 190)


def test_it_refuses_a_body_that_is_not_json(graph):
    headers = {"Authorization": "Bearer good"}
    answer = requests.post(f"{graph.url}/v25.0/{SHOP}/messages", data="to=Ana", headers=headers, timeout=5)
    assert code_of(answer) == (400, 100)


@pytest.mark.parametrize("number", ["999", "WABA1"])
def test_it_does_not_know_other_numbers(graph, number):
    error = post(graph, message(), number=number).json()["error"]
    assert (error["code"], error["error_subcode"], error["type"]) == (100, 33, "GraphMethodException")


@pytest.mark.parametrize("version", ["25.0", "v25", "latest"])
def test_it_refuses_a_version_that_is_none(graph, version):
    assert code_of(post(graph, message(), version=version)) == (400, 100)


@pytest.mark.parametrize(
    "path", [f"v25.0/{SHOP}/messages", f"v25.0/{SHOP}/media", "v25.0/999/phone_numbers", "v25.0/me/a/b"]
)
def test_it_refuses_what_it_does_not_offer(graph, path):
    answer = get(graph, path)
    assert code_of(answer) == (400, 100)
    assert answer.json()["error"]["message"].startswith("Unsupported get request.")


def test_templates_come_in_pages_that_point_to_the_next(graph):
    pages = [get(graph, "v25.0/WABA1/message_templates", fields="name,status", limit="100").json()]
    for _ in range(2):
        following = pages[-1]["paging"]["next"].removeprefix(f"{graph.url}/")
        pages.append(get(graph, following).json())
    assert [len(page["data"]) for page in pages] == [2, 2, 1]
    assert "next" not in pages[-1]["paging"]
    rows = [row for page in pages for row in page["data"]]
    assert [(row["name"], row["status"]) for row in rows] == [(f"step_{n}", "APPROVED") for n in range(5)]
    assert {frozenset(row) for row in rows} == {frozenset({"id", "name", "status"})}


def test_a_page_can_be_asked_for_by_cursor_and_size(graph):
    first = get(graph, "v25.0/WABA1/message_templates", limit=1).json()
    after = first["paging"]["cursors"]["after"]
    second = get(graph, "v25.0/WABA1/message_templates", limit=1, after=after).json()
    assert [first["data"][0]["name"], second["data"][0]["name"]] == ["step_0", "step_1"]
    assert second["data"][0]["components"] == [
        {"type": "BODY", "text": "Hello {{1}}."},
        {"type": "FOOTER", "text": "Loja"},
    ]


def test_the_last_page_has_no_next_and_an_empty_list_no_paging(graph):
    assert "next" not in get(graph, "v25.0/WABA2/message_templates").json()["paging"]
    graph.waba("WABA2").templates.clear()
    assert get(graph, "v25.0/WABA2/message_templates").json() == {"data": []}


@pytest.mark.parametrize(
    "query",
    [{"fields": "name,colour"}, {"limit": "0"}, {"limit": "many"}, {"after": "nowhere"}, {"status": "APPROVED"}],
)
def test_it_refuses_a_list_asked_for_wrongly(graph, query):
    assert code_of(get(graph, "v25.0/WABA1/message_templates", **query)) == (400, 100)


def test_templates_can_be_added_and_change_their_status(graph):
    graph.add_template("WABA2", template("new", "pt_BR", "Oi."))
    graph.set_template_status("WABA2", "hi", "en", "PAUSED")
    rows = get(graph, "v25.0/WABA2/message_templates").json()["data"]
    assert [(row["name"], row["language"], row["status"]) for row in rows] == [
        ("hi", "en", "PAUSED"),
        ("new", "pt_BR", "APPROVED"),
    ]
    assert len({row["id"] for row in rows}) == 2


def test_an_account_that_is_not_there_has_no_templates(graph):
    error = get(graph, "v25.0/WABA9/message_templates").json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


def test_the_status_of_an_unknown_template_cannot_be_set(graph):
    with pytest.raises(KeyError, match="hi in fr"):
        graph.set_template_status("WABA2", "hi", "fr", "PAUSED")


def test_a_number_tells_the_fields_asked_for(graph):
    answer = get(graph, f"v25.0/{SHOP}", fields="display_phone_number,verified_name,status")
    assert answer.json() == {
        "id": SHOP,
        "display_phone_number": "+55 11 4000-0001",
        "verified_name": "Loja",
        "status": "CONNECTED",
    }


def test_an_account_lists_its_numbers(graph):
    rows = get(graph, "v25.0/WABA1/phone_numbers").json()["data"]
    assert [row["id"] for row in rows] == [SHOP, BRANCH]


def test_a_failure_on_order_hits_only_the_next_calls(graph):
    graph.fail(code=131056, next=2)
    assert [code_of(post(graph, message())) for _ in range(2)] == [(400, 131056)] * 2
    assert post(graph, message()).status_code == 200
    assert len(graph.sent) == 1


def test_a_failure_can_have_another_http_status(graph):
    graph.fail(131000, http=503)
    assert code_of(post(graph, message())) == (503, 131000)


def test_a_failure_can_be_meant_for_one_number_or_one_customer(graph):
    graph.fail(131057, number=BRANCH)
    graph.fail(131026, customer="5511900000000")
    assert post(graph, message()).status_code == 200
    assert code_of(post(graph, message(), number=BRANCH)) == (500, 131057)
    assert code_of(post(graph, message(to="+5511900000000"))) == (400, 131026)


def test_a_failure_can_hit_another_call(graph):
    graph.fail(80007, call="message_templates")
    assert post(graph, message()).status_code == 200
    assert code_of(get(graph, "v25.0/WABA1/message_templates")) == (400, 80007)


def test_a_failure_never_hides_a_broken_rule(graph):
    graph.fail(131056)
    assert code_of(post(graph, message(value=""))) == (400, 131008)


def test_ordered_faults_can_be_taken_back(graph):
    graph.fail(131056)
    graph.clear_faults()
    assert post(graph, message()).status_code == 200


def test_a_gateway_answers_with_html_and_nothing_is_sent(graph):
    graph.html()
    answer = post(graph, message())
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert graph.sent == []


@pytest.mark.parametrize("accepted", [False, True])
def test_a_reset_leaves_the_caller_in_the_dark(graph, accepted):
    graph.reset(accepted=accepted)
    with pytest.raises(requests.ConnectionError):
        post(graph, message())
    assert len(graph.sent) == accepted


def test_a_hanging_call_was_accepted(graph):
    graph.hang(seconds=30)
    ana = graph.customer("5511988887777")
    with pytest.raises(requests.ReadTimeout):
        post(graph, message(), timeout=0.2)
    assert ana.wait_for("Hello Ana.") == graph.sent[0]


def test_a_call_that_hung_never_gets_an_answer(graph):
    graph.hang(seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        post(graph, message())


def test_people_see_what_was_sent_with_its_text_escaped(graph):
    post(graph, message(value="<b>Ana</b>"))
    page = requests.get(graph.url, timeout=5).text
    assert "Hello &lt;b&gt;Ana&lt;/b&gt;." in page
    assert "<b>Ana" not in page
    assert "Meta has neither" in page
