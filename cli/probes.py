"""What the doctor looks at that belongs to no other room: Redis, and the address that Meta and Slack call."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from wapto.config import Settings
from wapto.desk.doctor.doctor import Check, Look, bad, unseen, well, worse
from wapto.errors import TryLater
from wapto.web.webhook import PATH as WEBHOOK_PATH

_SECONDS = 5
_NEVER_EVICT = "noeviction"
_ADDRESS = "public address"
_HERE = ("127.0.0.1", "localhost", "::1")


def looks(settings: Settings, slack_path: str) -> list[Look]:
    """What to look at with these settings."""
    return [
        Look("Redis", lambda _: [_redis(settings.redis_url)]),
        Look(_ADDRESS, lambda _: [_address(settings.wapto_public_url)]),
        Look("webhook address", lambda _: _handshake(settings), needs=(_ADDRESS,)),
        Look("Slack address", lambda _: _challenge(settings, slack_path), needs=(_ADDRESS,)),
    ]


def _redis(url: str | None) -> Check:
    if url is None:
        return unseen("Redis", "REDIS_URL is not set; `wapto up` brings a Redis of its own.")
    redis = Redis.from_url(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS, retry=Retry(NoBackoff(), 0))
    try:
        policy: Any = redis.config_get("maxmemory*")
    except RedisError as fault:
        advice = (
            "Start it, or set REDIS_URL to where it is. Nothing is lost meanwhile: Wapto looks every 2 s by itself."
        )
        return bad("Redis", f"It cannot be reached ({type(fault).__name__}).", advice)
    if policy.get("maxmemory") not in ("0", None) and policy.get("maxmemory-policy") != _NEVER_EVICT:
        evidence = f"It throws keys away when it is full ({policy['maxmemory-policy']}), and rings with them."
        fix = lambda: redis.config_set("maxmemory-policy", _NEVER_EVICT)  # noqa: E731
        return worse("Redis", evidence, "`wapto doctor --fix` sets maxmemory-policy to noeviction.", fix)
    return well("Redis", "It can be reached, and throws nothing away.")


def _address(url: str | None) -> Check:
    if url is None:
        why = "WAPTO_PUBLIC_URL is not set, so whether Meta and Slack reach Wapto cannot be seen from here."
        return unseen(_ADDRESS, why, "Set WAPTO_PUBLIC_URL in .env to the https address of this machine.")
    parts = urlsplit(url)
    advice = "See to the proxy or tunnel in front of it: it must end TLS for this name and pass on to Wapto's port."
    try:
        answer = _request("GET", f"{url}/healthz")
    except requests.exceptions.SSLError:
        return bad(_ADDRESS, f"{parts.hostname} has no certificate that is trusted, so Meta does not come.", advice)
    except requests.RequestException as fault:
        return bad(_ADDRESS, f"Nothing answers at {url} ({type(fault).__name__}); `wapto web` may not run.", advice)
    if (answer.status_code, answer.text.strip()) != (200, "ok"):
        return bad(_ADDRESS, f"What answers at {url} is not Wapto (HTTP {answer.status_code}).", advice)
    if parts.scheme != "https":
        judge = worse if parts.hostname in _HERE else bad
        return judge(_ADDRESS, f"{url} is not https, and Meta and Slack call nothing else.", advice)
    return well(_ADDRESS, f"Wapto answers at {url}, with a certificate that is trusted.")


def _handshake(settings: Settings) -> Iterator[Check]:
    """What Meta does when the callback address is set: wrong tokens are the usual cause of its refusal."""
    if settings.wapto_public_url is None:
        return
    challenge = secrets.token_hex(8)
    query = {"hub.mode": "subscribe", "hub.verify_token": settings.meta_verify_token, "hub.challenge": challenge}
    answer = _call("GET", f"{settings.wapto_public_url}{WEBHOOK_PATH}", params=query)
    if answer.text == challenge:
        yield well("webhook address", "It takes the verify token of these settings.")
    else:
        evidence = f"It refuses the verify token of these settings (HTTP {answer.status_code})."
        yield bad("webhook address", evidence, _RESTART.format("META_VERIFY_TOKEN"))


def _challenge(settings: Settings, path: str) -> Iterator[Check]:
    """What Slack does when a request URL is set, signed with the secret of these settings."""
    if settings.slack_app_token:
        yield unseen("Slack address", "Slack is reached by Socket Mode, which the worker holds.")
        return
    if settings.wapto_public_url is None:
        return
    challenge, at = secrets.token_hex(8), str(int(time.time()))
    body = json.dumps({"type": "url_verification", "challenge": challenge, "token": ""})
    digest = hmac.new(settings.slack_signing_secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }
    answer = _call("POST", f"{settings.wapto_public_url}{path}", data=body, headers=headers)
    if answer.status_code == 200 and challenge in answer.text:
        yield well(
            "Slack address", "It takes what is signed with the secret of these settings: clicks and /wapto arrive."
        )
    else:
        evidence = f"It refuses what is signed with the signing secret of these settings (HTTP {answer.status_code})."
        yield bad("Slack address", evidence, _RESTART.format("SLACK_SIGNING_SECRET"))


_RESTART = "The web process was started with another {}: restart it, and see that both have the same settings."


def _call(method: str, url: str, **more: Any) -> requests.Response:
    try:
        return _request(method, url, **more)
    except requests.RequestException as fault:
        raise TryLater(f"Nothing answers at {url} ({type(fault).__name__}).") from None


def _request(method: str, url: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        # A proxy of this machine's own would say nothing about how others reach the address.
        session.trust_env = False
        return session.request(method, url, timeout=_SECONDS, allow_redirects=False, **more)
