"""Rehearsals: on real orders as they are, with samples only for what comes with the change itself."""

from sandbox.graph.templates import template as definition
from tests.desk.builders import NOTICE, NOW, a_customer, a_number, a_template, a_trigger, an_order
from wapto.desk.templates import rehearsal
from wapto.desk.templates.rehearsal import Failure, preview, rehearse
from wapto.domain.variables import VARIABLES

PARCEL = {"1": "order.number", "2": "tracking.number"}


def reasons(trigger):
    return [failure.reason for failure in rehearse(trigger).failures]


def test_without_orders_nothing_fails(store):
    a_template()
    assert rehearse(a_trigger(a_number())) == rehearsal.Rehearsal(0, [])


def test_what_comes_with_the_change_is_not_missed_before_it(store):
    order = an_order(status="received")
    a_template()
    assert reasons(a_trigger(order.number, bindings=PARCEL)) == []


def test_what_an_order_lacked_when_it_came_so_far_is_a_failure(store):
    order = an_order(status="shipped")
    a_template()
    assert rehearse(a_trigger(order.number, bindings=PARCEL)).failures == [
        Failure(
            "W-N8HX",
            "The template “order_update” (en) cannot be filled. "
            "Placeholder 2 has no value for this order; give it a default.",
        )
    ]


def test_a_language_that_is_missing_is_a_failure(store):
    order = an_order(a_number(language="de"))
    a_template()
    [reason] = reasons(a_trigger(order.number))
    assert reason.startswith("There is no template “order_update” in de")


def test_a_template_in_review_is_no_failure(store):
    order = an_order()
    a_template(status="PENDING")
    assert reasons(a_trigger(order.number)) == []


def test_only_the_latest_orders_of_the_number_count(store):
    number, other = a_number(), a_number(phone_number_id="1100000000002")
    for serial in range(rehearsal.ORDERS + 3):
        an_order(number, a_customer(phone=f"+551190000{serial:04}"))
    an_order(other, a_customer(phone="+5511911111111"))
    a_template()
    assert rehearse(a_trigger(number)).orders == rehearsal.ORDERS


def test_a_preview_without_an_order_is_made_of_samples(store):
    a_template()
    a_template(NOTICE | {"language": "de"})
    bindings = {"1": "order.total", "2": "order.status"}
    previews = preview(a_trigger(a_number(), bindings=bindings), None, NOW)
    assert [(one.language, one.text, one.is_chosen) for one in previews] == [
        ("de", "Order 99,70 R$ is now Versandt. Thank you.", False),
        ("en", "Order R$99.70 is now Shipped. Thank you.", False),
    ]


def test_a_preview_says_why_it_cannot_be(store):
    order = an_order(status="shipped")
    a_template()
    [one] = preview(a_trigger(order.number, bindings=PARCEL), order, NOW)
    assert (one.text, "Placeholder 2 has no value" in one.problem) == ("", True)


def test_a_preview_shows_where_the_buttons_lead(store):
    order = an_order(status="shipped")
    track = {"type": "URL", "text": "Track", "url": "https://x.example/{{1}}"}
    call = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1"}
    a_template(
        definition(
            "order_update",
            "en",
            "Hi.",
            buttons=[call, track, {"type": "URL", "text": "Us", "url": "https://y.example"}],
        )
    )
    [one] = preview(a_trigger(order.number, bindings={"button.1": "order.number"}), order, NOW)
    assert one.text == "Hi.\n[Call]\n[Track]\n[Us]"
    assert one.links == ("https://x.example/W-N8HX", "https://y.example")


def test_a_fixed_language_is_the_only_one_shown(store):
    a_template()
    a_template(NOTICE | {"language": "de"})
    [one] = preview(a_trigger(a_number(), language="de"), None, NOW)
    assert one.language == "de"


def test_samples_fill_every_variable(store):
    number = a_number()
    a_template()
    for variable in VARIABLES:
        trigger = a_trigger(number, bindings={"1": "order.number", "2": variable})
        assert [one.problem for one in preview(trigger, None, NOW)] == [None]
        trigger.delete_instance()
