"""Batches as Meta takes them: strictly, a moment later, and with rows that were refused."""

import pytest
import requests

from sandbox.graph import Graph
from sandbox.graph.catalogs import item
from sandbox.graph.world import Number, Waba

CATALOG = "300000000000001"
UPDATE = {"id": "S1", "quantity_to_sell_on_facebook": 4}


@pytest.fixture
def graph():
    number = Number("100000000000001", "+55 11 4000-0001", "Loja", catalog_id=CATALOG)
    with Graph([Waba("200000000000001", [number])], access_tokens=["good"], app_secret="secret") as graph:
        graph.shelf.put(CATALOG, item("S1", "Shirt", "R$ 10,00", "BRL", inventory=5))
        yield graph


def call(graph, method, path, **how):
    with requests.Session() as session:
        session.trust_env = False
        url, headers = f"{graph.url}/v25.0/{path}", {"Authorization": "Bearer good"}
        return session.request(method, url, headers=headers, timeout=5, **how)


def post(graph, *rows, **changes):
    requests_ = [{"method": "UPDATE", "data": row} for row in rows]
    body = {"item_type": "PRODUCT_ITEM", "allow_upsert": False, "requests": requests_} | changes
    return call(graph, "POST", f"{CATALOG}/items_batch", json=body)


def status(graph, handle, **query):
    answer = call(graph, "GET", f"{CATALOG}/check_batch_request_status", params={"handle": handle} | query)
    return answer.json().get("data", [{}])[0] | {"http": answer.status_code}


def test_a_batch_is_done_a_moment_later_and_both_names_of_the_pieces_are_one_figure(graph):
    graph.batches.looks = 2
    [handle] = post(graph, UPDATE | {"availability": "out of stock"}).json()["handles"]
    assert status(graph, handle)["status"] == "started"
    assert graph.shelf.rows(CATALOG)[0]["inventory"] == 5
    assert status(graph, handle)["status"] == "finished"
    [row] = graph.shelf.rows(CATALOG)
    assert (row["inventory"], row["quantity_to_sell_on_facebook"], row["availability"]) == (4, 4, "out of stock")
    shown = call(graph, "GET", row["id"], params={"fields": "inventory,availability"}).json()
    assert (shown["inventory"], shown["availability"]) == (4, "out of stock")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "S9", "quantity_to_sell_on_facebook": 4}, "does not exist"),
        (UPDATE | {"quantity_to_sell_on_facebook": -1}, "not below zero"),
        (UPDATE | {"quantity_to_sell_on_facebook": "4"}, "whole number"),
        ({"id": "S1", "inventory": 4}, "Only quantity_to_sell_on_facebook"),
        ({"id": "S1", "availability": "sold out"}, "availability must be"),
    ],
)
def test_a_bad_row_is_told_of_at_once_and_the_others_are_taken(graph, row, words):
    graph.shelf.put(CATALOG, item("S2", "Mug", "R$ 10,00", "BRL", inventory=5))
    answer = post(graph, row, {"id": "S2", "quantity_to_sell_on_facebook": 1}).json()
    [told] = answer["validation_status"]
    assert words in told["errors"][0]["message"]
    assert list(graph.batches.taken[0]) == ["S2"]


def test_rows_that_fail_later_are_named_only_to_whoever_asks(graph):
    graph.batches.refuse["S1"] = "The item is archived."
    [handle] = post(graph, UPDATE).json()["handles"]
    fields = "status,errors,ids_of_invalid_requests"
    assert status(graph, handle, fields=fields)["ids_of_invalid_requests"] == []
    told = status(graph, handle, fields=fields, load_ids_of_invalid_requests="true")
    assert told["ids_of_invalid_requests"] == ["S1"]
    assert told["errors"] == [{"line": 0, "id": "S1", "message": "The item is archived."}]
    assert graph.shelf.rows(CATALOG)[0]["inventory"] == 5


@pytest.mark.parametrize(
    "changes", [{"item_type": "HOTEL"}, {"allow_upsert": True}, {"requests": []}, {"requests": [{"method": "DELETE"}]}]
)
def test_what_is_no_batch_is_refused_whole(graph, changes):
    assert post(graph, UPDATE, **changes).status_code == 400
    assert graph.batches.taken == []


def test_an_unknown_handle_and_an_unknown_catalog_are_refused(graph):
    assert status(graph, "nothing")["http"] == 400
    assert call(graph, "POST", "300000000000009/items_batch", json={}).status_code == 400
