"""Triggers: what cannot work is refused when it is set, with the placeholder and the reason."""

import pytest

from sandbox.graph.templates import template as definition
from tests.desk.builders import NOTICE, NOW, SHOP, a_customer, a_number, a_template, a_trigger, an_order
from wapto.desk.notices import notices
from wapto.desk.templates import triggers
from wapto.errors import Conflict, InvalidInput, NotFound, Refused
from wapto.store.models import Message, Number, Template, Trigger

BOUND = {"1": "order.number", "2": "order.status"}


def set_trigger(number=None, status="shipped", **changes):
    usual = {"template": "order_update", "bindings": BOUND, "defaults": {}, "now": NOW}
    return triggers.set_trigger(number or a_number(), status, **usual | changes)


def refusal(**changes):
    with pytest.raises(InvalidInput) as refused:
        set_trigger(**changes)
    assert Trigger.select().count() == 0
    return str(refused.value)


def test_a_trigger_is_kept_as_it_was_set(store):
    a_template()
    set_trigger(defaults={"1": "your\norder"}, hold=30, ttl=3600, fallback="order_update", language="en")
    trigger = Trigger.get()
    assert (trigger.template, trigger.language, trigger.bindings) == ("order_update", "en", BOUND)
    assert (trigger.hold, trigger.ttl, trigger.fallback, trigger.is_on) == (30, 3600, "order_update", True)
    assert trigger.defaults == {"1": "your order"}


def test_setting_again_replaces(store):
    number = a_number()
    a_template()
    set_trigger(number, hold=30)
    trigger = set_trigger(number, bindings={"1": "customer.name", "2": '"sent"'}, on=False)
    assert Trigger.select().count() == 1
    assert (trigger.bindings["1"], trigger.hold, trigger.is_on) == ("customer.name", 0, False)


def test_a_status_that_does_not_exist_is_refused(store):
    a_template()
    assert "There is no status “sent”" in refusal(status="sent")


def test_an_unknown_template_names_those_near_it(store):
    a_template()
    message = refusal(template="order_updates")
    assert message == (
        "The account has no template “order_updates” that Wapto knows (near it: order_update); "
        "`wapto templates sync` fetches what is new at Meta."
    )


def test_a_template_that_is_gone_is_unknown(store):
    a_template(gone_at=NOW)
    assert "has no template “order_update”" in refusal()


def test_a_template_of_another_account_is_unknown(store):
    a_template(waba="another")
    assert "has no template “order_update”" in refusal()


def test_a_fallback_has_to_be_there_too(store):
    a_template()
    assert "has no template “plain_update”" in refusal(fallback="plain_update")


def test_a_language_that_the_template_lacks_is_refused(store):
    a_template()
    a_template(NOTICE | {"language": "pt_BR"})
    assert refusal(language="es") == "The template “order_update” is not there in es, only in en, pt_BR."


def test_a_language_that_does_not_exist_is_refused(store):
    a_template()
    assert "is not a language" in refusal(language="xx")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bindings": {"1": "order.number"}}, "Placeholder 2 is not bound"),
        ({"bindings": BOUND | {"3": "order.total"}}, "There is no placeholder “3”"),
        ({"bindings": BOUND | {"first_name": "customer.name"}}, "This template numbers its variables"),
        ({"bindings": BOUND | {"2": "order.state"}}, "Did you mean order.status?"),
        ({"defaults": {"2": " "}}, "The default of placeholder 2 is empty"),
        ({"hold": -1}, "seconds"),
        ({"ttl": 0}, "seconds"),
        ({"hold": 60, "ttl": 60}, "longer than the hold"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(store, changes, reason):
    a_template()
    assert reason in refusal(**changes)


def test_every_language_that_may_be_chosen_is_looked_at(store):
    a_template()
    a_template(definition("order_update", "pt_BR", "Pedido {{1}}."))
    assert refusal() == (
        "The template “order_update” in pt_BR: There is no placeholder “2”. "
        "This template numbers its variables; its placeholders are: 1."
    )
    assert set_trigger(Number.get(), language="en").language == "en"


def test_a_language_is_found_in_another_region(store):
    a_template(language="en_GB")
    assert set_trigger(language="en-us").language == "en_US"


def test_a_trigger_may_be_set_before_meta_approves_its_template(store):
    a_template(status="PENDING")
    assert set_trigger().is_on


def test_setting_a_trigger_releases_what_was_held_for_it(store):
    order = an_order(status="shipped")
    a_template()
    a_trigger(order.number, bindings={"1": "order.number", "2": "tracking.number"})
    notices.promise(order, "shipped", NOW)
    assert Message.get().state == "held"
    set_trigger(order.number)
    assert Message.get().state == "queued"
    assert Message.get().text == "Order W-N8HX is now Shipped. Thank you."


def test_the_list_follows_the_lifecycle_and_has_the_keys_of_the_contract(store):
    first, second = a_number(), a_number(phone_number_id="1100000000002", display="two")
    gone = a_number(phone_number_id="1100000000003", gone_at=NOW)
    for number, status in ((second, "received"), (first, "delivered"), (first, "confirmed"), (gone, "shipped")):
        a_trigger(number, status)
    rows = triggers.listing()
    assert [(row["number_id"], row["status"]) for row in rows] == [
        (SHOP, "confirmed"),
        (SHOP, "delivered"),
        ("1100000000002", "received"),
    ]
    assert rows[0] == {
        "status": "confirmed",
        "number_id": SHOP,
        "template": "order_update",
        "language": "auto",
        "bind": BOUND,
        "default": {},
        "hold": 0,
        "ttl": None,
        "fallback": None,
        "plain_text": False,
        "on": True,
    }


TRACKED = definition(
    "order_update",
    "en",
    "Order {{1}} is now {{2}}. Thank you.",
    buttons=[{"type": "URL", "text": "Track", "url": "https://desk.example.com/t/{{1}}", "example": ["x"]}],
)
LINKED = BOUND | {"button.0": "tracking.token"}


@pytest.mark.parametrize(
    ("public_url", "reason"),
    [
        (None, "Placeholder button.0: tracking.token needs the setting WAPTO_PUBLIC_URL."),
        (
            "https://new.example.com",
            "Placeholder button.0: the template in en was approved with the address https://desk.example.com/t/, but "
            "tracking pages are at https://new.example.com/t/; create it anew under another name, or change "
            "WAPTO_PUBLIC_URL.",
        ),
    ],
)
def test_a_tracking_link_that_leads_elsewhere_is_refused(store, public_url, reason):
    a_template(TRACKED)
    assert refusal(bindings=LINKED, public_url=public_url) == reason


def test_a_tracking_link_that_leads_here_is_taken(store):
    a_template(TRACKED)
    assert set_trigger(bindings=LINKED, public_url="https://desk.example.com").is_on


def test_the_link_of_a_fallback_has_to_lead_here_too(store):
    a_template(TRACKED)
    a_template(TRACKED | {"name": "old_update", "components": moved(TRACKED, "https://old.example.com/t/{{1}}")})
    reason = refusal(bindings=LINKED, fallback="old_update", public_url="https://desk.example.com")
    assert "was approved with the address https://old.example.com/t/" in reason


def moved(template, url):
    """The template's components, with its button leading elsewhere."""
    body, buttons = template["components"]
    return [body, buttons | {"buttons": [buttons["buttons"][0] | {"url": url}]}]


def test_a_link_to_another_page_is_nobodys_business(store):
    a_template(TRACKED)
    assert set_trigger(bindings=BOUND | {"button.0": "tracking.number"}).is_on


@pytest.mark.parametrize(
    ("header", "changes", "reason"),
    [
        (
            "Order {{1}}",
            {"bindings": BOUND | {"header": f'"{"x" * 60}"'}},
            "the header has 66 characters; Meta allows 60",
        ),
        (None, {"bindings": BOUND | {"2": f'"{"x" * 1024}"'}}, "Meta allows 1024."),
        (None, {"defaults": {"2": "x" * 1024}}, "Placeholder 2: with “xxx"),
        ("IMAGE", {}, "Placeholder header is not bound"),
        ("DOCUMENT", {"bindings": BOUND | {"header": "order.number"}}, "bind it to a link in quotes"),
        (None, {"bindings": BOUND | {"header": "order.number"}}, "There is no placeholder “header”."),
        (None, {"bindings": BOUND | {"button.0": "order.number"}}, "There is no placeholder “button.0”."),
    ],
)
def test_what_does_not_fit_its_component_is_refused(store, header, changes, reason):
    a_template(definition("order_update", "en", "Order {{1}} is now {{2}}. Thank you.", header=header))
    assert reason in refusal(**changes)


def test_a_trigger_that_would_fail_for_real_orders_is_not_switched_on(store):
    number = a_number()
    an_order(number, note="gift-wrap")
    an_order(number, a_customer(phone="+5511988887771"))
    a_template()
    bindings = {"1": "order.number", "2": "order.note"}
    with pytest.raises(Refused) as refused:
        set_trigger(number, bindings=bindings)
    assert str(refused.value) == (
        "It would fail for 1 of the last 2 orders; W-XBF6: The template “order_update” (en) cannot be filled. "
        "Placeholder 2 has no value for this order; give it a default. "
        "Set it --off or with --force; `wapto triggers rehearse` then lists all."
    )
    assert Trigger.select().count() == 0
    assert set_trigger(number, bindings=bindings, defaults={"2": "-"}).is_on
    assert set_trigger(number, bindings=bindings, force=True).is_on
    assert not set_trigger(number, bindings=bindings, on=False).is_on


def test_a_trigger_that_does_not_fit_its_template_any_more_is_named(store):
    number = a_number()
    a_template()
    set_trigger(number)
    a_trigger(number, "delivered", bindings={}, is_on=False)
    assert triggers.faults(None) == []
    Template.update(components=[{"type": "BODY", "text": "Order {{1}} is here."}]).execute()
    assert triggers.faults(None) == [
        f"The trigger for Shipped of {SHOP}: The template “order_update” in en: There is no placeholder “2”. "
        "This template numbers its variables; its placeholders are: 1."
    ]
    Template.update(gone_at=NOW).execute()
    [fault] = triggers.faults(None)
    assert "The account has no template “order_update”" in fault


def test_a_fallback_that_is_gone_is_named_too(store):
    a_template()
    a_template(NOTICE | {"name": "plain_update"})
    set_trigger(fallback="plain_update")
    Template.update(gone_at=NOW).where(Template.name == "plain_update").execute()
    [fault] = triggers.faults(None)
    assert "has no template “plain_update”" in fault


def test_a_trigger_may_be_kept_from_being_replaced(store):
    number = a_number()
    a_template()
    set_trigger(number, hold=30)
    with pytest.raises(Conflict, match="has a trigger for Shipped already"):
        set_trigger(number, replace=False)
    assert Trigger.get().hold == 30


def test_a_removed_trigger_is_gone(store):
    number = a_number()
    a_trigger(number)
    triggers.remove(number, "shipped")
    assert triggers.listing() == []
    with pytest.raises(NotFound, match=f"The number {SHOP} has no trigger for Shipped"):
        triggers.remove(number, "shipped")


def test_a_template_may_change_after_its_trigger_was_set(store):
    a_template()
    set_trigger()
    Template.update(gone_at=NOW).execute()
    assert triggers.listing()[0]["template"] == "order_update"
