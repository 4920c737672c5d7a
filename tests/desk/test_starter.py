"""The starter pack: correct in every language, taken by Meta, and put to use without touching what a shop has."""

import re
from datetime import timedelta

import pytest

from sandbox.graph import Graph
from sandbox.graph.creation import check_definition
from sandbox.graph.world import Waba
from tests.desk.builders import NOW, WABA, Clock, a_number, a_template, a_trigger, an_order
from wapto.desk.notices import notices
from wapto.desk.orders import tracking
from wapto.desk.templates import starter, submission, templates
from wapto.domain.lint import check
from wapto.errors import InvalidInput, OutcomeUnknown, TryLater
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.store.models import Message, Number, Template, Trigger

LANGUAGES = ["en", "es", "pt_BR", "hi", "ar", "id", "fr", "de"]
STATUSES = set(starter.SLUGS) - {starter.REVIEW, starter.NPS}
DESK = "https://desk.example.com"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def graph(clock):
    with Graph([Waba(WABA)], access_tokens=["good"], app_secret="secret", clock=clock, page_size=7) as graph:
        yield graph


@pytest.fixture
def links():
    tracking.sign_with("key")
    yield
    tracking.sign_with(None)


def create(graph, *languages, public_url=None, now=NOW):
    client = GraphClient(graph.url, "v25.0", "good")
    return list(starter.create(client, WABA, languages or ["en"], public_url, now))


def results(answers):
    return {answer.result for answer in answers}


def test_the_pack_speaks_eight_languages():
    assert list(starter.texts()) == LANGUAGES


@pytest.mark.parametrize("template", starter.whole_pack(), ids=lambda one: f"{one.name}-{one.language}")
def test_lint_finds_nothing_in_the_pack(template):
    assert check(template) == []


@pytest.mark.parametrize("template", starter.whole_pack(), ids=lambda one: f"{one.name}-{one.language}")
def test_meta_takes_every_template_of_the_pack(template):
    assert check_definition(submission.body_of(template))["parameter_format"] == "NAMED"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_the_same_things_with_the_same_variables_as_english(language):
    ours, english = (starter.texts()[code]["body"] for code in (language, "en"))
    assert ours.keys() == english.keys() == set(starter.SLUGS)
    for slug, body in ours.items():
        assert set(re.findall(r"\{\{(\w+)\}\}", body)) == set(re.findall(r"\{\{(\w+)\}\}", english[slug]))
        assert body == body.strip()


def test_only_surveys_are_marketing():
    marketing = {one.name for one in starter.whole_pack() if one.category == "MARKETING"}
    assert marketing == {"wapto_review_request", "wapto_nps_request"}


def test_a_survey_that_no_number_asks_is_not_submitted(store, graph):
    a_number(survey="nps")
    names = {answer.name for answer in create(graph)}
    assert "wapto_nps_request" in names
    assert "wapto_review_request" not in names
    Number.update(survey="csat").execute()
    assert "wapto_review_request" in {answer.name for answer in create(graph)}


def test_out_for_delivery_is_not_delivered_when_it_is_no_longer_true(store, graph):
    a_number()
    create(graph)
    assert graph.template(WABA, "wapto_out_for_delivery", "en")["message_send_ttl_seconds"] == 21_600
    list(starter.wire(WABA, None, NOW))
    assert Trigger.get(Trigger.status == "out_for_delivery").ttl == 21_600


def test_the_pack_is_created_once(store, graph):
    a_number()
    first = create(graph, "en", "pt_BR")
    assert (len(first), results(first)) == (20, {"PENDING"})
    assert Template.select().where(Template.status == "PENDING").count() == 20
    second = create(graph, "en", "pt_BR", "de")
    assert [answer.language for answer in second if answer.result == "PENDING"] == ["de"] * 10
    assert len(graph.waba(WABA).templates) == 30


def test_what_exists_by_the_same_name_is_left_alone(store, graph):
    a_number()
    own = check_definition(submission.body_of(starter.whole_pack()[0]))
    graph.add_template(WABA, own | {"status": "APPROVED"})
    [kept] = [answer for answer in create(graph) if answer.result == "EXISTS"]
    assert (kept.name, kept.note) == ("wapto_received", "APPROVED at Meta")
    assert graph.template(WABA, "wapto_received", "en")["status"] == "APPROVED"


def test_what_exists_and_was_rejected_says_why(store):
    row = a_template(status="REJECTED", status_reason="promotional")
    assert submission.found(row).note == "REJECTED at Meta: promotional"


def test_a_changed_category_is_an_answer_of_its_own(store, graph):
    a_number()
    graph.expect_category("wapto_delivered", "MARKETING")
    [changed] = [answer for answer in create(graph) if answer.is_recategorized]
    assert (changed.name, changed.category) == ("wapto_delivered", "MARKETING")
    assert changed.note == "Meta changed the category: UTILITY became MARKETING"
    assert Template.get(Template.name == "wapto_delivered").category == "MARKETING"


def test_metas_limit_stops_it_and_going_on_later_completes_it(store, graph, clock):
    a_number()
    graph.creations_an_hour = 7
    with pytest.raises(TryLater, match="run the same command again in 60 minutes") as limit:
        create(graph)
    assert limit.value.after == 3600
    assert Template.select().count() == 7
    clock.skip(minutes=61)
    assert [answer.result for answer in create(graph)] == ["EXISTS"] * 7 + ["PENDING"] * 3


def test_a_refusal_of_one_template_does_not_stop_the_others(store, graph):
    a_number()
    graph.fail(100, details="The words are not allowed.", call="create")
    answers = create(graph)
    assert [answer.result for answer in answers] == ["REFUSED"] + ["PENDING"] * 9
    assert "The words are not allowed." in answers[0].note


def test_when_meta_does_not_answer_going_on_finds_what_it_took(store, graph):
    a_number()
    graph.reset(accepted=True, call="create")
    with pytest.raises(OutcomeUnknown, match="Run the same command again: what Meta has by then is skipped"):
        create(graph)
    assert [answer.result for answer in create(graph)] == ["EXISTS"] + ["PENDING"] * 9


def test_a_dead_token_stops_it(store, graph):
    a_number()
    graph.fail(190, call="create")
    with pytest.raises(GraphError):
        create(graph)


def test_a_template_that_meta_has_and_did_not_list_is_there(store, graph):
    a_number()
    new = starter.whole_pack()[0]
    client = GraphClient(graph.url, "v25.0", "good")
    graph.create_template(WABA, check_definition(submission.body_of(new)))
    assert submission.submit(client, WABA, new, NOW).result == "EXISTS"


def test_every_status_without_a_trigger_gets_one(store, graph):
    number, other = a_number(), a_number(phone_number_id="1100000000002")
    foreign = a_number(phone_number_id="1100000000003", waba="another")
    a_trigger(number, "shipped", template="our_own")
    create(graph, "en", "de")
    wired = {(one.number_id, one.status): one.result for one in starter.wire(WABA, None, NOW)}
    assert wired.pop((number.phone_number_id, "shipped")) == "kept as it was"
    assert set(wired.values()) == {"set"}
    assert Trigger.get(Trigger.number == number, Trigger.status == "shipped").template == "our_own"
    assert {row.status for row in Trigger.select().where(Trigger.number == other)} == STATUSES
    assert Trigger.select().where(Trigger.number == foreign).count() == 0


def test_a_customer_is_told_as_soon_as_meta_has_approved(store, graph):
    order = an_order(status="received")
    create(graph)
    list(starter.wire(WABA, None, NOW))
    notices.promise(order, "received", NOW)
    assert Message.get().state == "held"
    graph.set_template_status(WABA, "wapto_received", "en", "APPROVED")
    templates.sync(GraphClient(graph.url, "v25.0", "good"), [WABA], NOW)
    assert Message.get().state == "queued"
    assert Message.get().text.startswith(
        "Hello! We have received your order W-N8HX: 2 × Red shirt. The total is R$99.70."
    )


@pytest.mark.parametrize("status", sorted(STATUSES))
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_order_that_lacks_much_is_told_of_each_status(sqlite_store, graph, status, language):
    order = an_order(a_number(language=language), status=status, total_minor=None)
    create(graph, language)
    list(starter.wire(WABA, None, NOW))
    Template.update(status="APPROVED").execute()
    notices.promise(order, status, NOW)
    assert (Message.get().state, Message.get().reason) == ("queued", None)
    assert "W-N8HX" in Message.get().text
    assert "{{" not in Message.get().text


def test_with_a_public_address_the_parcel_can_be_followed(store, graph):
    a_number()
    create(graph, public_url=DESK)
    buttons = [part for part in graph.template(WABA, "wapto_shipped", "en")["components"] if part["type"] == "BUTTONS"]
    assert buttons[0]["buttons"][0]["url"] == f"{DESK}/t/{{{{1}}}}"
    list(starter.wire(WABA, DESK, NOW))
    assert Trigger.get(Trigger.status == "shipped").bindings["button.0"] == "tracking.token"


def test_the_button_leads_to_the_page_of_the_order(store, graph, links):
    order = an_order(status="shipped", carrier="Correios", tracking_number="BR1")
    create(graph, public_url=DESK)
    list(starter.wire(WABA, DESK, NOW))
    Template.update(status="APPROVED").execute()
    notices.promise(order, "shipped", NOW)
    button = Message.get().components[-1]
    assert (Message.get().state, button["sub_type"]) == ("queued", "url")
    assert tracking.open_page(button["parameters"][0]["text"], NOW, timedelta(days=1)).number == "W-N8HX"


@pytest.mark.parametrize(("first", "then"), [(None, DESK), (DESK, None)])
def test_a_language_that_comes_later_is_like_those_that_are_there(store, graph, first, then):
    a_number()
    create(graph, "en", public_url=first)
    create(graph, "de", public_url=then)
    kinds = [
        [part["type"] for part in graph.template(WABA, "wapto_shipped", language)["components"]]
        for language in ("en", "de")
    ]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize(("created", "told"), [(["en", "es"], "Hello!"), (["es"], "Hola.")])
def test_a_number_whose_language_is_missing_tells_in_another(store, graph, created, told):
    order = an_order(a_number(language="nl"), status="received")
    create(graph, *created)
    assert {one.result for one in starter.wire(WABA, None, NOW)} == {f"set, in {created[0]} for all"}
    Template.update(status="APPROVED").execute()
    notices.promise(order, "received", NOW)
    assert (Message.get().state, Message.get().text[: len(told)]) == ("queued", told)


def test_languages_are_those_of_the_numbers(store):
    for serial, language in enumerate(("pt", "es_MX", "en_US", "nl", "es")):
        a_number(phone_number_id=f"110000000000{serial}", language=language)
    assert starter.languages_of(WABA) == ["pt_BR", "es", "en"]


def test_languages_may_be_chosen():
    assert starter.chosen_languages(["PT-br", "es", "es_AR"]) == ["pt_BR", "es"]
    with pytest.raises(InvalidInput, match="The starter pack has no “nl”; it has en, es, pt_BR"):
        starter.chosen_languages(["nl"])
