"""`wapto templates create` and `lint`: submitted over HTTP, with Meta's answers shown and nothing done twice."""

import json

import pytest

from cli.templates import until_done
from sandbox.graph import Graph
from sandbox.graph.world import Waba
from tests.cli.running import ENOUGH
from tests.desk.builders import a_template
from tests.desk.playing import WABA, a_shop
from wapto.errors import TryLater
from wapto.store.models import Number, Template, Trigger

ONE = ("--name", "our_update", "--body", "Your order {{number}} has been packed.", "--sample", "number=W-7KQ2")


@pytest.fixture
def graph():
    with Graph([Waba(WABA)], access_tokens=["access-token"], app_secret="app-secret") as graph:
        yield graph


@pytest.fixture
def create(wapto, graph):
    """Types `wapto templates create …` for a shop that speaks Portuguese."""
    a_shop(language="pt_BR")

    def create(*words, **settings):
        return wapto("templates", "create", *words, **ENOUGH | {"META_GRAPH_URL": graph.url} | settings)

    return create


def test_the_starter_pack_is_submitted_in_the_languages_of_the_numbers_and_put_to_use(create, wapto):
    done = create("--starter", "--json")
    answers = json.loads(done.out)
    assert done.code == 0
    assert {(answer["language"], answer["result"]) for answer in answers} == {("pt_BR", "PENDING")}
    assert len(answers) == 10
    assert "wapto_received pt_BR: PENDING, UTILITY" in done.err
    assert "trigger received of 100000000000001: set" in done.err
    assert len(wapto.json("triggers", "list")) == 9


def test_languages_may_be_named_and_a_rerun_changes_nothing(create):
    assert create("--starter", "--languages", "en,es").code == 0
    again = create("--starter", "--languages", "en,es", "--json")
    assert {answer["result"] for answer in json.loads(again.out)} == {"EXISTS"}
    assert "trigger received of 100000000000001: kept as it was" in again.err
    assert Template.select().count() == 20


def test_english_stands_in_for_a_language_that_the_pack_lacks(create):
    Number.update(language="nl").execute()
    done = create("--starter")
    assert done.err.splitlines()[0] == "The starter pack has no nl; English is created instead."
    assert "wapto_received en: PENDING, UTILITY" in done.out


def test_a_language_that_the_pack_lacks_is_refused(create, graph):
    assert create("--starter", "--languages", "en,nl").sentence.startswith("The starter pack has no “nl”")
    assert graph.waba(WABA).templates == []


def test_a_changed_category_is_said_loudly(create, graph):
    graph.expect_category("wapto_delivered", "MARKETING")
    done = create("--starter")
    assert "wapto_delivered pt_BR: PENDING, MARKETING (Meta changed the category: UTILITY became MARKETING)" in done.out
    assert "WARNING: Meta changed the category of wapto_delivered (pt_BR)." in done.err


def test_a_refusal_is_shown_with_its_reason_and_the_rest_goes_on(create, graph):
    graph.fail(100, details="The words are not allowed.", call="create")
    done = create("--starter")
    assert done.code == 1
    assert "wapto_received pt_BR: REFUSED" in done.out
    assert "The words are not allowed." in done.out
    assert done.err.splitlines()[-1].startswith("Meta refused 1 of 10 templates")
    assert Trigger.select().count() == 8


def test_at_metas_limit_it_says_when_to_run_again(create, graph):
    graph.creations_an_hour = 4
    done = create("--starter", "--no-wait")
    assert (done.code, Template.select().count()) == (1, 4)
    assert "run the same command again in 60 minutes" in done.err


def test_it_waits_as_long_as_meta_asks_and_goes_on(capsys):
    limits, waited = [TryLater("Later.", 1800.0), TryLater("Later.", 60.0)], []

    def go_on():
        if limits:
            raise limits.pop(0)

    until_done(go_on, waits=2, sleep=waited.append)
    assert waited == [1800.0, 60.0]
    assert capsys.readouterr().err.count("Meta takes no more for now; going on at") == 2


def test_it_does_not_wait_for_ever():
    def go_on():
        raise TryLater("Later.", 1.0)

    with pytest.raises(TryLater):
        until_done(go_on, waits=3, sleep=lambda _: None)


def test_one_template_is_made_from_options(create, graph):
    done = create(*ONE, "--json")
    [answer] = json.loads(done.out)
    assert (answer["name"], answer["result"]) == ("our_update", "PENDING")
    assert graph.template(WABA, "our_update", "en")["parameter_format"] == "NAMED"


def test_one_template_is_made_from_a_file(create, graph, tmp_path):
    file = tmp_path / "template.json"
    part = {"type": "BODY", "text": "Your order {{1}} has been packed.", "example": {"body_text": [["W-7KQ2"]]}}
    file.write_text(json.dumps({"name": "our_update", "language": "en", "components": [part]}))
    assert create("--file", file).code == 0
    assert graph.template(WABA, "our_update", "en")["category"] == "UTILITY"


def test_what_lint_finds_is_not_submitted(create, graph):
    words = ("--name", "our_update", "--body", "Your order {{number}}", "--sample", "number=W-7KQ2")
    assert create(*words).sentence.startswith("A variable stands at the start or the end of the text")
    assert graph.refused == []


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "x", "components": [1]}', '{"title": "x", "components": []}'])
def test_a_file_that_is_no_template_is_refused(create, tmp_path, text):
    file = tmp_path / "template.json"
    file.write_text(text)
    assert create("--file", file).sentence


def test_what_to_create_has_to_be_named(create):
    assert create("--name", "our_update").code == 2


def test_an_account_without_a_number_is_refused(create):
    assert create(*ONE, "--waba", "1").sentence.startswith("No number belongs to the account 1")


def test_lint_looks_at_what_is_known_here(wapto):
    a_template()
    done = wapto("templates", "lint", "--json")
    assert done.code == 1
    assert {row["rule"] for row in json.loads(done.out)} == {"order-number", "sample"}
    assert done.err.splitlines()[-1] == "3 found."


def test_lint_finds_nothing_in_the_starter_pack(wapto):
    done = wapto("templates", "lint", "--starter", "--json")
    assert (done.code, json.loads(done.out), done.err) == (0, [], "Nothing found.\n")
