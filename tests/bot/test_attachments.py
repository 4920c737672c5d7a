"""Files that customers send are fetched once and stand in the thread where their message stands."""

from datetime import timedelta

import pytest

from bot import attachments
from bot.attachments import Attachments
from sandbox.graph import Graph
from sandbox.graph.world import Number as MetaNumber
from sandbox.graph.world import Waba
from wapto.desk.conversations import media as bookkeeping
from wapto.meta.client import GraphClient
from wapto.meta.payloads import message_of
from wapto.store.models import Media

from ..desk.builders import SHOP, WABA, a_customer
from .scene import CHANNEL

PICTURE = b"\xff\xd8" + bytes(range(256)) * 50


@pytest.fixture
def graph(lane_scene):
    shop = MetaNumber(SHOP, "+55 11 4000-0001", "Loja")
    with Graph(
        [Waba(WABA, [shop])], access_tokens=["good"], app_secret="secret", clock=lambda: lane_scene.clock()
    ) as graph:
        yield graph


@pytest.fixture
def scene(lane_scene, graph):
    lane_scene.slow = Attachments(lane_scene.api(), GraphClient(graph.url, "v25.0", "good"), lane_scene.clock)
    return lane_scene


def send(scene, graph, order=None, kind="image", content=PICTURE, mime="image/jpeg", **more):
    """The customer sends a file; returns what WhatsApp says of it."""
    told = graph.files.put(content, mime, **more)
    raw = {"type": kind, kind: told}
    message = message_of(f"wamid.{told['id']}", raw)
    customer = order.customer if order else a_customer()
    facts = {name: getattr(message, name) for name in ("id", "type", "media", "raw")}
    scene.hear("", customer=customer, **facts)
    scene.later()
    scene.later()
    return told


def work(scene, **later):
    """Lets the slow lane work, now and after some time."""
    while scene.slow.work_on_one():
        pass
    if later:
        scene.later(**later)
        while scene.slow.work_on_one():
            pass


def files(scene, card):
    return [file for post in scene.slack.channel(CHANNEL).thread(card.ts) for file in post.files]


def state():
    return (Media.get().state, Media.get().attempts)


def test_a_photo_stands_in_the_thread_as_it_was_sent(scene, graph):
    order, card = scene.card()
    send(scene, graph, order, caption="this one?")
    assert "[photo] this one?" in scene.thread(card)[0]
    work(scene)
    [file] = files(scene, card)
    assert (file["title"], file["size"]) == ("image.jpg", len(PICTURE))
    assert scene.slack.files.uploads[file["id"]].content == PICTURE
    assert (state()[0], graph.files.reads) == ("posted", [Media.get().media_id])
    work(scene)
    assert len(files(scene, card)) == 1


@pytest.mark.parametrize(
    ("kind", "mime", "more", "name"),
    [
        ("document", "application/pdf", {"filename": "<b>bill</b>.pdf"}, "<b>bill</b>.pdf"),
        ("audio", "audio/mpeg", {"voice": True}, "voice.mp3"),
        ("video", "video/mp4", {}, "video.mp4"),
        ("sticker", "image/webp; codecs=x", {}, "sticker.webp"),
        ("audio", "who/knows", {}, "audio"),
    ],
)
def test_files_of_all_kinds_have_a_name(scene, graph, kind, mime, more, name):
    order, card = scene.card()
    send(scene, graph, order, kind=kind, mime=mime, **more)
    work(scene)
    assert [file["title"] for file in files(scene, card)] == [name]


def test_a_file_without_an_order_stands_under_the_inquiry(scene, graph):
    send(scene, graph)
    work(scene)
    assert len(files(scene, scene.cards[0])) == 1


def test_a_file_waits_for_its_card(scene, graph):
    order = scene.order()
    told = graph.files.put(PICTURE, "image/jpeg")
    message = message_of("wamid.P", {"type": "image", "image": told})
    scene.hear("", order, id="wamid.P", type="image", media=message.media, raw=message.raw)
    assert not scene.slow.work_on_one()
    scene.later()
    work(scene)
    assert len(files(scene, scene.cards[0])) == 1


@pytest.mark.parametrize("bad", ["lost", "html", "status"])
def test_a_file_without_a_clear_answer_stands_there_once_and_is_fetched_once(scene, graph, bad):
    order, card = scene.card()
    send(scene, graph, order)
    getattr(scene.slack.faults, bad)("files.completeUploadExternal")
    work(scene)
    assert state()[0] == "posting"
    work(scene, seconds=20)
    assert len(files(scene, card)) == 1
    assert (state()[0], len(graph.files.reads)) == ("posted", 1)


def test_whoever_died_while_posting_leaves_one_file_behind(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    due = bookkeeping.claim(scene.clock())
    file_id = scene.api().upload("image.jpg", PICTURE)
    assert bookkeeping.begin(due, file_id, scene.clock())
    assert not bookkeeping.begin(due, file_id, scene.clock())
    scene.api().attach(due.channel, due.thread, file_id, "image.jpg")
    work(scene, minutes=3)
    assert (len(files(scene, card)), state()[0], graph.files.reads) == (1, "posted", [])


def told_why(scene, card):
    scene.later()
    scene.later()
    return scene.thread(card)[-1]


def test_a_file_that_whatsapp_has_dropped_is_told_with_what_to_do(scene, graph):
    order, card = scene.card()
    told = send(scene, graph, order)
    graph.files.drop(told["id"])
    work(scene)
    assert state()[0] == "failed"
    said = "⚠️ The image is not shown: WhatsApp does not have it any more; ask the customer to send it again."
    assert said in told_why(scene, card)
    work(scene, minutes=30)
    assert len([words for words in scene.thread(card) if "not shown" in words]) == 1


def test_an_address_that_ran_out_is_asked_for_anew(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    graph.html(status=404, call="file")
    work(scene)
    assert state() == ("due", 1)
    work(scene, seconds=5)
    assert len(files(scene, card)) == 1


def test_an_address_that_always_leads_to_nothing_is_given_up(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    graph.html(status=404, call="file", next=9)
    for _ in range(4):
        work(scene, minutes=1)
    assert state()[0] == "failed"
    assert "does not have it any more" in told_why(scene, card)


def test_a_file_that_is_too_large_is_not_fetched(scene, graph, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", 1_000)
    order, card = scene.card()
    send(scene, graph, order)
    work(scene)
    assert graph.files.reads == []
    assert "larger than 50 MB; ask the customer to send it in another way" in told_why(scene, card)


def test_a_file_that_is_not_what_was_announced_is_not_shown(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    Media.update(sha256="AAAA").execute()
    for _ in range(4):
        work(scene, minutes=1)
    assert (state()[0], files(scene, card)) == ("failed", [])
    assert "arrives damaged" in told_why(scene, card)


@pytest.mark.parametrize("bad", [{"status": 503}, {"status": 429}])
def test_while_meta_is_away_a_file_waits(scene, graph, bad):
    order, card = scene.card()
    send(scene, graph, order)
    graph.html(call="media", next=2, **bad)
    for _ in range(4):
        work(scene, minutes=6)
    assert len(files(scene, card)) == 1


def test_a_dead_token_keeps_files_until_it_is_replaced(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    graph.access_tokens.clear()
    work(scene)
    assert state() == ("due", 0)
    graph.access_tokens.add("good")
    work(scene, minutes=6)
    assert len(files(scene, card)) == 1


def test_what_cannot_be_fetched_for_too_long_is_given_up_in_words(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    graph.html(call="file", next=99)
    for _ in range(20):
        work(scene, minutes=11)
    assert state()[0] == "failed"
    assert "could not be fetched for too long" in told_why(scene, card)


def test_slack_that_is_limited_or_lacks_a_scope_is_tried_later(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    scene.slack.faults.ratelimited("files.getUploadURLExternal", retry_after=30)
    work(scene)
    assert state() == ("due", 0)
    scene.slack.faults.error("files.completeUploadExternal", "is_archived")
    work(scene, seconds=31)
    assert state() == ("due", 1)
    work(scene, seconds=5)
    assert len(files(scene, card)) == 1


def test_under_a_card_that_somebody_deleted_the_file_waits_for_the_new_one(scene, graph):
    order, card = scene.card()
    send(scene, graph, order)
    del scene.slack.channel(CHANNEL).all[card.ts]
    work(scene)
    assert state() == ("due", 1)
    scene.step(order, "confirmed")
    scene.later(seconds=5)
    scene.later(seconds=5)
    work(scene, minutes=1)
    assert len(files(scene, scene.cards[0])) == 1


def test_a_message_that_comes_twice_owes_one_file(scene, graph):
    order, _ = scene.card()
    told = graph.files.put(PICTURE, "image/jpeg")
    message = message_of("wamid.P", {"type": "image", "image": told})
    for _ in range(2):
        scene.hear("", order, id="wamid.P", type="image", media=message.media, raw=message.raw)
    assert Media.select().count() == 1
    assert timedelta(0) <= scene.clock() - Media.get().created_at < timedelta(minutes=1)
