"""`wapto templates`: fetched from the Graph API over HTTP, and listed."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.templates import template as definition
from sandbox.graph.world import Waba
from tests.cli.running import ENOUGH
from tests.desk.builders import NOTICE, a_template, a_trigger
from tests.desk.playing import WABA, a_shop


@pytest.fixture
def graph():
    with Graph([Waba(WABA, (), [NOTICE])], access_tokens=["access-token"], app_secret="app-secret") as graph:
        yield graph


def test_templates_are_fetched_and_listed_in_the_contracts_shape(wapto, graph):
    a_shop()
    settings = ENOUGH | {"META_GRAPH_URL": graph.url}
    assert wapto("templates", "sync", **settings).err == "1 added, 0 changed, 0 gone, 0 as they were.\n"
    assert wapto("templates", "sync", **settings).err == "0 added, 0 changed, 0 gone, 1 as they were.\n"
    [template] = wapto.json("templates", "list")
    assert template == {
        "waba": WABA, "name": "order_update", "language": "en", "status": "APPROVED", "category": "UTILITY",
        "parameter_format": "POSITIONAL", "placeholders": ["1", "2"], "quality": "UNKNOWN", "change": None,
        "unsupported": None,
    }  # fmt: skip


def test_a_sync_tells_what_changed(wapto, graph):
    a_shop()
    settings = ENOUGH | {"META_GRAPH_URL": graph.url}
    wapto("templates", "sync", **settings)
    graph.set_template_status(WABA, "order_update", "en", "PAUSED")
    assert wapto("templates", "sync", **settings).err.splitlines() == [
        "order_update (en): status approved became paused",
        "0 added, 1 changed, 0 gone, 0 as they were.",
    ]


def test_a_sync_names_the_triggers_that_do_not_fit_any_more(wapto, graph):
    a_trigger(a_shop(), bindings={"1": "order.number", "2": "order.status"})
    graph.add_template(WABA, definition("order_update", "en", "Order {{1}}: {{2}}, with {{3}}."))
    told = wapto("templates", "sync", **ENOUGH | {"META_GRAPH_URL": graph.url}).err.splitlines()
    assert told[0].startswith(
        "The trigger for Shipped of 100000000000001: The template “order_update” in en: Placeholder 3"
    )


def test_a_template_is_shown_with_its_parts(wapto):
    a_template()
    [shown] = wapto.json("templates", "show", "order_update", "--language", "en")
    assert shown["components"] == NOTICE["components"]
    assert wapto("templates", "show", "order_updates").sentence == (
        "There is no template “order_updates” here; `wapto templates sync` fetches what Meta has."
    )


def test_without_a_number_there_is_nothing_to_fetch(wapto):
    assert wapto("templates", "sync", **ENOUGH).sentence == (
        "There is no number yet; add one with `wapto numbers add`."
    )


def test_metas_refusal_is_one_sentence(wapto, graph):
    a_shop()
    done = wapto("templates", "sync", **ENOUGH | {"META_GRAPH_URL": graph.url, "META_ACCESS_TOKEN": "expired"})
    assert "token" in done.sentence


def test_meta_out_of_reach_is_one_sentence(wapto):
    a_shop()
    assert wapto("templates", "sync", **ENOUGH | {"META_GRAPH_URL": "http://127.0.0.1:9"}).sentence


def test_without_settings_meta_is_not_asked(wapto):
    a_shop()
    done = wapto("templates", "sync")
    assert (done.code, done.out) == (1, "")
    assert "META_ACCESS_TOKEN is missing." in done.err


def test_people_read_a_table(wapto):
    a_template()
    assert wapto("templates", "list").out.splitlines()[1].split()[:4] == [WABA, "order_update", "en", "APPROVED"]
