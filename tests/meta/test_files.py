"""Files are fetched from where Meta says, whole, and from nowhere that the token must not go."""

import pytest

from sandbox.graph import Graph
from sandbox.graph.world import Waba
from wapto.errors import TryLater
from wapto.meta.client import GraphClient
from wapto.meta.errors import GraphError
from wapto.meta.files import Damaged, Gone, TooLarge, fetch

CONTENT = b"a picture" * 1_000


@pytest.fixture
def graph():
    with Graph([Waba("2")], access_tokens=["good"], app_secret="secret") as graph:
        yield graph


def got(graph, told, limit=100_000, token="good"):
    return fetch(GraphClient(graph.url, "v25.0", token), told["id"], told["sha256"], limit)


def test_a_file_is_fetched_whole(graph):
    assert got(graph, graph.files.put(CONTENT, "image/jpeg")) == CONTENT


def test_a_digest_that_nobody_told_is_not_missed(graph):
    told = graph.files.put(CONTENT, "image/jpeg")
    assert fetch(GraphClient(graph.url, "v25.0", "good"), told["id"], None, 100_000) == CONTENT


@pytest.mark.parametrize("sha256", ["AAAA", "not base64!", "00" * 32])
def test_another_digest_is_a_damaged_file(graph, sha256):
    with pytest.raises(Damaged):
        got(graph, graph.files.put(CONTENT, "image/jpeg") | {"sha256": sha256})


def test_a_large_file_is_refused_before_it_is_fetched(graph):
    with pytest.raises(TooLarge):
        got(graph, graph.files.put(CONTENT, "image/jpeg"), limit=len(CONTENT) - 1)
    assert graph.files.reads == []


def test_a_file_that_is_not_there_any_more_is_refused_by_meta(graph):
    with pytest.raises(GraphError) as refusal:
        got(graph, {"id": "4711", "sha256": None})
    assert refusal.value.code == 100


@pytest.mark.parametrize(("status", "error"), [(404, Gone), (410, Gone), (403, Gone), (302, TryLater), (500, TryLater)])
def test_an_address_that_leads_to_nothing_is_told_from_a_bad_moment(graph, status, error):
    graph.html(status=status, call="file")
    with pytest.raises(error):
        got(graph, graph.files.put(CONTENT, "image/jpeg"))


def test_no_more_than_the_limit_is_read(graph):
    client = GraphClient(graph.url, "v25.0", "good")
    row = client.get(graph.files.put(CONTENT, "image/jpeg")["id"])
    assert len(client.download(row["url"], 100)) == 101


@pytest.mark.parametrize(
    "url", ["", "http://elsewhere.example/file", "file:///etc/passwd", "ftp://127.0.0.1/x", "//127.0.0.1/x"]
)
def test_the_token_goes_to_no_address_that_is_not_encrypted(graph, url):
    with pytest.raises(TryLater, match="an address that no file can be fetched from"):
        GraphClient(graph.url, "v25.0", "good").download(url, 100)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "localhost",
        "metadata",
        "metadata.google.internal",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "printer.local",
    ],
)
def test_the_token_goes_to_nobody_of_our_own_network(graph, host):
    with pytest.raises(TryLater, match="an address that no file can be fetched from"):
        GraphClient(graph.url, "v25.0", "good").download(f"https://{host}/file", 100)


def test_a_files_id_is_one_segment_of_the_address_whatever_it_holds(graph):
    with pytest.raises(GraphError):
        fetch(GraphClient(graph.url, "v25.0", "good"), "../../2/message_templates?x=", None, 100)
    assert graph.files.reads == []
