import json
import signal
import socket
import time

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from structlog.testing import capture_logs

from cli.embedded import EmbeddedRedis
from wapto.jobs.wake import QUEUE, Waker, bell


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def answer(redis):
    """Does what stands in the queue, as the worker process does it."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def answer():
        SimpleWorker([QUEUE], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")

    yield answer
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def nowhere():
    """An address that accepts connections and then says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}/0"


def jobs(redis):
    return Queue(QUEUE, connection=redis, serializer=JSONSerializer).jobs


def failures():
    return REGISTRY.get_sample_value("wapto_ring_failures_total")


def wait_until(true, seconds=2.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def test_a_ring_becomes_one_job_that_names_the_topic(redis, redis_url):
    Waker(redis_url).ring("inbox")
    assert wait_until(lambda: len(jobs(redis)) == 1)
    [job] = jobs(redis)
    assert (job.func_name, job.args) == ("wapto.jobs.wake.look", ["inbox"])
    assert json.loads(job.data) == ["wapto.jobs.wake.look", None, ["inbox"], {}]


def test_rings_of_all_processes_for_one_topic_are_one_until_somebody_looks(redis, redis_url, answer):
    for waker in (Waker(redis_url), Waker(redis_url)):
        for _ in range(3):
            waker.ring("inbox")
            time.sleep(0.02)
    Waker(redis_url).ring("desk")
    assert wait_until(lambda: len(jobs(redis)) == 2)
    answer()
    Waker(redis_url).ring("inbox")
    assert wait_until(lambda: [job.args for job in jobs(redis)] == [["inbox"]])


def test_looking_sets_the_bell_and_leaves_nothing_behind(redis, redis_url, answer):
    bell("outbox").clear()
    Waker(redis_url).ring("outbox")
    assert wait_until(lambda: jobs(redis))
    answer()
    assert bell("outbox").is_set()
    assert not [key for key in redis.scan_iter() if key.startswith((b"rq:job:", b"wake:"))]


def test_a_ring_that_was_never_answered_mutes_the_next_for_seconds_only(redis, redis_url):
    Waker(redis_url).ring("inbox")
    assert wait_until(lambda: redis.exists("wake:inbox"))
    assert 0 < redis.ttl("wake:inbox") <= 5


def test_ringing_waits_for_nobody_when_redis_says_nothing(nowhere):
    waker = Waker(nowhere)
    before, started = failures(), time.monotonic()
    for _ in range(100):
        waker.ring("inbox")
    assert time.monotonic() - started < 0.1
    assert wait_until(lambda: failures() > before)  # and that is told, but not to whoever rang


def test_an_outage_is_counted_each_time_and_told_once(nowhere):
    before = failures()
    with capture_logs() as logs:
        Waker(nowhere).ring("inbox")
        # The waker of another test may still be counting, so it is this one's word that is waited for.
        assert wait_until(lambda: logs and failures() >= before + 2, seconds=6)
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_a_ring_during_an_outage_is_made_up_for_when_redis_is_back(tmp_path):
    server = EmbeddedRedis(tmp_path)
    waker = Waker(server.url)
    waker.ring("inbox")
    time.sleep(0.3)
    with server, Redis.from_url(server.url) as client:
        assert wait_until(lambda: jobs(client), seconds=3)


def test_a_process_that_ends_at_once_lets_its_rings_out_first(redis, redis_url):
    waker = Waker(redis_url)
    for topic in ("desk", "outbox"):
        waker.ring(topic)
    waker.finish(5)
    assert {job.args[0] for job in Queue(QUEUE, connection=redis, serializer=JSONSerializer).jobs} == {"desk", "outbox"}


def test_a_process_that_ends_does_not_wait_for_a_redis_that_is_away(tmp_path):
    waker = Waker(f"unix://{tmp_path}/nobody.sock")
    waker.ring("desk")
    started = time.monotonic()
    waker.finish(30)
    assert time.monotonic() - started < 10
