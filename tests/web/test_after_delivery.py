"""What customers do by themselves, as it comes in: signed webhooks over HTTP, and the page that they are led to."""

import re
from datetime import timedelta

import pytest
import requests

from tests.desk.asked import ANA, an_asking_shop, delivered, messages, survey_of
from tests.desk.playing import ADMIN, buy, drain, step
from tests.meta.builders import body, change, notification
from tests.web.builders import NOW, serving, signed
from wapto.desk.customers import forgetting
from wapto.desk.orders import timeline, tracking
from wapto.desk.surveys import surveys
from wapto.domain.identity import order_number
from wapto.store.models import Message, Order

PUBLIC = "https://desk.example.com"
BEFORE = NOW - timedelta(days=1)


@pytest.fixture
def shop(store):
    return an_asking_shop(where_is_it=True, cancel_until="confirmed", survey_delay_minutes=60)


@pytest.fixture
def desk(shop):
    with serving(WAPTO_PUBLIC_URL=PUBLIC) as server:
        yield server.url
    tracking.sign_with(None)


def post(desk, wamid, **content):
    message = {"from": ANA, "id": wamid, "timestamp": str(int(NOW.timestamp())), **content}
    raw = body(notification(change(messages=[message])))
    answer = requests.post(f"{desk}/webhooks/whatsapp", data=raw, headers=signed(raw), timeout=10)
    assert answer.status_code == 200
    drain(NOW)


def writes(desk, text, wamid="wamid.text"):
    post(desk, wamid, type="text", text={"body": text})


def taps(desk, button, wamid="wamid.tap"):
    reply = {"type": "button_reply", "button_reply": {"id": button, "title": "…"}}
    post(desk, wamid, type="interactive", interactive=reply)


def asked():
    order = delivered(BEFORE)
    surveys.ask_due(BEFORE + timedelta(hours=2))
    return order


def kinds(order):
    return [entry.kind for entry in timeline.entries(order.id)]


def test_a_quick_reply_is_the_answer_to_the_survey_and_words_are_its_comment(desk):
    order = asked()
    [message] = messages(order)
    payload = message.components[-1]["parameters"][0]["payload"]
    post(desk, "wamid.quick", type="button", button={"payload": payload, "text": "1"})
    writes(desk, "It came broken", "wamid.words")
    survey = survey_of(order)
    assert (survey.score, survey.comment, survey.recovery) == (1, "It came broken", "open")
    assert kinds(order)[-5:] == ["wrote", "survey_score", "survey_thanks", "recovery", "wrote"]


def test_a_row_of_the_list_is_the_answer_and_a_later_one_corrects_it(desk):
    order = asked()
    for score in (2, 4):
        row = {"type": "list_reply", "list_reply": {"id": f"wapto:survey:{survey_of(order).id}:{score}", "title": "…"}}
        post(desk, f"wamid.{score}", type="interactive", interactive=row)
    assert survey_of(order).score == 4


@pytest.mark.parametrize("words", ["5", "⭐⭐⭐⭐⭐", "muito boa"])
def test_digits_and_words_are_answers_too(desk, words):
    order = asked()
    writes(desk, words)
    assert survey_of(order).score == 5


def test_where_is_my_order_is_answered_with_the_page_which_opens_until_the_customer_is_forgotten(desk):
    order = step(buy(), "confirmed", now=BEFORE)
    writes(desk, "Where is my order?")
    [answer] = Message.select().where(Message.trigger == "reply")
    [token] = re.findall(rf"{PUBLIC}/t/(\S+)", answer.text)
    page = requests.get(f"{desk}/t/{token}", timeout=10)
    assert (page.status_code, order_number(order.id) in page.text) == (200, True)
    forgetting.forget(order.customer_id, actor=ADMIN, now=NOW)
    gone, wrong = (requests.get(f"{desk}/t/{each}", timeout=10) for each in (token, "wrong"))
    assert (gone.status_code, gone.text) == (404, wrong.text)


def test_a_customer_cancels_by_button_and_later_asks_for_it(desk):
    first = buy()
    writes(desk, "where is my order")
    taps(desk, f"wapto:cancel:{first.id}")
    assert Order.get_by_id(first.id).status == "cancelled"
    second = step(buy(), "confirmed", "shipped", now=BEFORE)
    taps(desk, f"wapto:cancel:{second.id}", "wamid.late")
    assert Order.get_by_id(second.id).status == "shipped"
    assert kinds(second).count("cancel_wish") == 1


def test_who_wants_a_person_is_heard(desk):
    order = buy()
    taps(desk, f"wapto:person:{order.id}")
    assert "person_wish" in kinds(order)
