"""Templates are taken over from Meta as they are there, all pages or nothing."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.templates import template as definition
from sandbox.graph.world import Waba
from tests.desk.builders import NOTICE, NOW, WABA, a_template, a_trigger, an_order
from wapto.desk.notices import notices
from wapto.desk.templates import templates
from wapto.desk.templates.templates import SyncResult
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.store.models import Message, Template

OTHER = "200000000000002"
LATER = NOW.replace(hour=10)


@pytest.fixture
def graph():
    with Graph([Waba(WABA), Waba(OTHER)], access_tokens=["good"], app_secret="secret", page_size=2) as graph:
        yield graph


def sync(graph, *wabas, now=NOW):
    return templates.sync(GraphClient(graph.url, "v25.0", "good"), wabas or [WABA], now)


def known():
    rows = Template.select().order_by(Template.waba, Template.name, Template.language)
    return [(row.waba, row.name, row.language, row.status, row.gone_at) for row in rows]


def test_each_account_is_read_with_its_own_token(store, graph):
    graph.add_template(OTHER, definition("theirs", "en", "Hello."))
    client = GraphClient(graph.url, "v25.0", "revoked", account_tokens={OTHER: "good"})
    assert templates.sync(client, [OTHER], NOW) == SyncResult(added=1)
    with pytest.raises(GraphError):
        templates.sync(client, [WABA], NOW)


def test_all_pages_are_read(store, graph):
    for place in range(5):
        graph.add_template(WABA, definition(f"step_{place}", "en", "Hello."))
    assert sync(graph) == SyncResult(added=5)
    assert [name for _, name, *_ in known()] == [f"step_{place}" for place in range(5)]


def test_each_account_and_language_is_a_template_of_its_own(store, graph):
    graph.add_template(WABA, NOTICE)
    graph.add_template(WABA, NOTICE | {"language": "pt_BR"})
    graph.add_template(OTHER, NOTICE)
    assert sync(graph, WABA, OTHER) == SyncResult(added=3)
    assert [row[:3] for row in known()] == [
        (WABA, "order_update", "en"),
        (WABA, "order_update", "pt_BR"),
        (OTHER, "order_update", "en"),
    ]


def test_a_second_sync_tells_what_changed(store, graph):
    for name in ("stays", "pauses", "rewords"):
        graph.add_template(WABA, definition(name, "en", "Hello."))
    sync(graph)
    graph.set_template_status(WABA, "pauses", "en", "PAUSED")
    graph.add_template(WABA, definition("rewords", "en", "Good day."))
    graph.add_template(WABA, definition("comes", "en", "Hello."))
    assert sync(graph, now=LATER) == SyncResult(added=1, changed=2, kept=1)
    rows = {row.name: row for row in Template.select()}
    assert rows["pauses"].status == "PAUSED"
    assert rows["rewords"].components == [{"type": "BODY", "text": "Good day."}]
    assert {row.synced_at for row in rows.values()} == {LATER}


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"status": "PAUSED"}, "status approved became paused"),
        ({"category": "MARKETING"}, "category utility became marketing"),
        ({"quality_score": {"score": "RED"}}, "quality unknown became red"),
        ({"components": [{"type": "BODY", "text": "Your order {{1}}: {{2}}."}]}, "its words changed"),
        (
            {"components": [{"type": "BODY", "text": "Your order {{1}} is here."}]},
            "its placeholders changed from 1, 2 to 1",
        ),
        (
            {"status": "PAUSED", "category": "MARKETING"},
            "status approved became paused; category utility became marketing",
        ),
    ],
)
def test_a_sync_says_what_is_different_and_keeps_it(store, graph, changes, note):
    graph.add_template(WABA, NOTICE)
    assert sync(graph).notes == ()
    graph.add_template(WABA, NOTICE | changes)
    assert sync(graph, now=LATER).notes == (f"order_update (en): {note}",)
    assert (Template.get().change, Template.get().changed_at) == (note, LATER)
    assert sync(graph).notes == ()
    assert Template.get().change == note


def test_a_category_that_changed_is_known_with_the_one_before(store, graph):
    a_template(coming_category="MARKETING")
    graph.add_template(WABA, NOTICE | {"category": "MARKETING"})
    sync(graph)
    row = Template.get()
    assert (row.category, row.previous_category, row.coming_category) == ("MARKETING", "UTILITY", None)


def test_a_sync_names_what_is_gone(store, graph):
    a_template()
    assert sync(graph).notes == ("order_update (en): Meta has it no more",)


def test_what_meta_lists_no_longer_is_gone(store, graph):
    a_template()
    assert sync(graph) == SyncResult(gone=1)
    assert known() == [(WABA, "order_update", "en", "APPROVED", NOW)]
    assert templates.listing() == []
    assert sync(graph) == SyncResult()


def test_what_was_gone_may_return_as_it_was(store, graph):
    graph.add_template(WABA, NOTICE)
    sync(graph)
    Template.update(gone_at=NOW).execute()
    assert sync(graph) == SyncResult(changed=1)
    assert known() == [(WABA, "order_update", "en", "APPROVED", None)]


def test_a_list_that_breaks_off_changes_nothing(store, graph):
    a_template(NOTICE | {"name": "before"})
    graph.add_template(WABA, NOTICE)
    with pytest.raises(GraphError):
        sync(graph, WABA, "an account that Meta does not know")
    assert known() == [(WABA, "before", "en", "APPROVED", None)]


def test_templates_that_cannot_be_sent_are_listed_too(store, graph):
    odd = NOTICE | {"components": [{"type": "BODY", "text": "Hi."}, {"type": "CAROUSEL"}], "status": "ARCHIVED"}
    graph.add_template(WABA, odd)
    sync(graph)
    [row] = templates.listing()
    assert (row["status"], row["placeholders"]) == ("ARCHIVED", [])
    assert row["unsupported"] == "The template has a component of type CAROUSEL, which Wapto cannot send."


def test_the_list_has_the_keys_of_the_contract(store):
    a_template(definition("order_update", "en", "Hi {{first_name}}.", header="Order {{number}}"))
    assert templates.listing() == [
        {
            "waba": WABA,
            "name": "order_update",
            "language": "en",
            "status": "APPROVED",
            "category": "UTILITY",
            "parameter_format": "NAMED",
            "placeholders": ["header", "first_name"],
            "quality": None,
            "change": None,
            "unsupported": None,
        }
    ]


def test_a_template_that_is_back_releases_what_waited_for_it(store, graph):
    order = an_order(status="shipped")
    a_template(status="PAUSED")
    a_trigger(order.number)
    notices.promise(order, "shipped", NOW)
    assert Message.get().state == "held"
    graph.add_template(WABA, NOTICE)
    sync(graph, now=LATER)
    assert (Message.get().state, Message.get().next_at) == ("queued", LATER)


@pytest.mark.parametrize(("status", "reason"), [("PAUSED", "abusive content"), ("REJECTED", None)])
def test_a_sync_keeps_why_a_template_was_stopped_for_as_long_as_that_holds(store, graph, status, reason):
    a_template(status="PAUSED", status_reason="abusive content")
    graph.add_template(WABA, NOTICE)
    graph.set_template_status(WABA, NOTICE["name"], "en", status)
    sync(graph)
    row = Template.get()
    assert (row.status, row.status_reason, row.quality) == (status, reason, "UNKNOWN")
