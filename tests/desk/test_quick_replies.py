import pytest

from wapto.desk.conversations import quick_replies
from wapto.desk.orders.timeline import Subject
from wapto.errors import InvalidInput, NotFound
from wapto.store.models import Inquiry

from .builders import NOW, a_customer, a_number, an_order

PIX = "Hi {customer.first_name}, our Pix key is pay@shop.example. Order {order.number}."


@pytest.fixture
def order(store):
    return an_order(a_number(name="Loja"), a_customer(name="Ana Lima"))


def names(subject):
    return [row.name for row in quick_replies.choices(subject)]


def an_inquiry(order):
    facts = {"number": order.number, "customer": order.customer, "thread_due_at": NOW, "created_at": NOW}
    return Subject(inquiry=Inquiry.create(is_open=True, **facts).id)


def test_what_is_known_of_the_order_is_filled_in(order):
    pix = quick_replies.put("Pix", PIX, now=NOW)
    subject = Subject(order.id)
    said = quick_replies.words(subject, pix.id)
    assert said.startswith("Hi Ana, our Pix key is pay@shop.example. Order W-")
    assert "{" not in said


def test_for_an_inquiry_only_what_needs_no_order_is_offered(order):
    quick_replies.put("Pix", PIX, now=NOW)
    hello = quick_replies.put("Hello", "Hi {customer.first_name}, {shop.name} here.", now=NOW)
    subject = an_inquiry(order)
    assert names(subject) == ["Hello"]
    assert quick_replies.words(subject, hello.id) == "Hi Ana, Loja here."


def test_each_number_has_its_own_beside_those_for_all(order):
    quick_replies.put("Here", "x", number=order.number, now=NOW)
    quick_replies.put("Elsewhere", "x", number=a_number(phone_number_id="2"), now=NOW)
    quick_replies.put("Everywhere", "x", now=NOW)
    assert names(Subject(order.id)) == ["Everywhere", "Here"]


def test_other_words_under_a_name_take_the_place_of_the_first(order):
    first = quick_replies.put("Pix", "one", now=NOW)
    again = quick_replies.put(" Pix ", "two", now=NOW)
    assert (again.id, again.text) == (first.id, "two")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("Pix", "Order {order.numbr}", "Did you mean order.number?"),
        ("Pix", " ", "has 1 to 1,000 characters"),
        ("Pix", "x" * 1001, "this one has 1,001"),
        ("", "x", "has 1 to 40 characters"),
    ],
)
def test_words_that_cannot_be_sent_are_refused(store, name, text, problem):
    with pytest.raises(InvalidInput, match=problem):
        quick_replies.put(name, text, now=NOW)


def test_what_was_removed_is_gone(order):
    pix = quick_replies.put("Pix", "x", now=NOW)
    quick_replies.remove("Pix")
    with pytest.raises(NotFound, match="not there any more"):
        quick_replies.words(Subject(order.id), pix.id)
    with pytest.raises(NotFound, match="There are: none yet"):
        quick_replies.remove("Pix")
