"""One RQ job for each message: the way that Wapto does not go, kept for comparison.

Run as a program it is an RQ worker without a fork, the fastest kind that RQ has.
"""

import os
from datetime import UTC, datetime

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from wapto.desk.notices.messages import move
from wapto.domain.template import send_payload
from wapto.meta.client import GraphClient, Recipient
from wapto.store.database import connect, transaction
from wapto.store.models import Message

QUEUE = "one-by-one"
_graph = GraphClient(os.environ.get("META_GRAPH_URL", ""), "v25.0", "token")


def send(message_id: int) -> None:
    """Marks the message before the call and writes down the answer after it, as the lane does."""
    message = Message.get_by_id(message_id)
    with transaction():
        Message.update(state="sending").where(Message.id == message_id, Message.state == "queued").execute()
    message.state = "sending"
    template = send_payload(message.template, message.language, message.components)
    content = {"type": "template", "template": template}
    to = Recipient(message.to_phone, message.to_user_id)
    sent = _graph.send("1100000000001", to=to, content=content, callback=message.callback)
    with transaction() as tx:
        move(tx, message, "accepted", datetime.now(UTC), wamid=sent.wamid)


def enqueue(redis_url: str, messages: list[int]) -> None:
    """All at once, long before they are worked on."""
    with Redis.from_url(redis_url) as redis:
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        queue.enqueue_many([Queue.prepare_data(send, (message,), result_ttl=0) for message in messages])


def _work() -> None:
    connect(os.environ["DATABASE_URL"])
    redis = Redis.from_url(os.environ["REDIS_URL"])
    SimpleWorker([QUEUE], connection=redis, serializer=JSONSerializer).work(logging_level="WARNING")


if __name__ == "__main__":
    _work()
