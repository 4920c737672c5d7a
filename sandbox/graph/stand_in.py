"""A stand-in for Meta: the Graph API of WhatsApp over HTTP, and the webhooks that follow.

It takes what Wapto sends only if the real one should take it, and refuses the rest with Meta's codes. The rules
cite sections of the reference on the WhatsApp Cloud API that the project's engineers share. Not checked here:
rates and messaging limits (130429, 131056, 80007: order them with `fail`), quality and pacing, prices, whether media
and links can be fetched, that a version is still alive (only its shape), which token may see which account, the
Brazilian, Mexican and Argentine ways to write a phone, filters of lists, promotional words in new templates. Refused
though Meta takes them: messages other than template, text, reply buttons and requests for a location, numbers
without +, template parts that `templates` does not know.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Self, Unpack

import requests

from sandbox.graph.accounts import Registry
from sandbox.graph.batches import Batches
from sandbox.graph.catalogs import Shelf
from sandbox.graph.faults import Aim, Fail, Faults, Hang, Html, Reset
from sandbox.graph.http import GraphApi
from sandbox.graph.phone import Customer
from sandbox.graph.play import play
from sandbox.graph.webhooks import BACKOFF, Delivery, Webhooks
from sandbox.graph.world import Waba, World
from sandbox.server import Server


class Graph(World):
    """The world of `World`, served from `start()` until `stop()` or inside `with`.

    `callback_url` is where webhooks go; it may be set later. `backoff`: seconds before each new attempt to deliver one.
    `page_size`: the most that a page of a list holds, small so that callers have to follow the pages.
    `shelf` has the catalogs; there is none at first. `batches` has how those fare that change it. `registry` has the
    app, and how the accounts are.
    Faults hit calls that pass the rules, first ordered first: `graph.fail(131056, next=2, customer="5511988887777")`.
    """

    def __init__(
        self,
        wabas: Iterable[Waba],
        *,
        access_tokens: Iterable[str],
        app_secret: str,
        callback_url: str | None = None,
        port: int = 0,
        page_size: int = 2,
        backoff: Sequence[float] = BACKOFF,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(wabas, access_tokens, Webhooks(app_secret, callback_url, backoff=backoff), clock)
        self._faults = Faults()
        self.shelf = Shelf()
        self.batches = Batches(self.shelf)
        self.registry = Registry(app_secret, lambda: self.callback_url)
        self._api = GraphApi(self, self._faults, page_size, self.shelf, self.batches, self.registry)
        app = self._api.app()
        app.register_blueprint(play(self, self.customer))
        self._server = Server(app, port)

    @property
    def url(self) -> str:
        """What META_GRAPH_URL has to be."""
        return self._server.url

    @property
    def callback_url(self) -> str | None:
        """Where webhooks go; None drops them."""
        return self.webhooks.callback_url

    @callback_url.setter
    def callback_url(self, url: str | None) -> None:
        self.webhooks.callback_url = url

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver a webhook."""
        return self.webhooks.deliveries

    def start(self) -> Self:
        """Answer calls and deliver webhooks; returns itself."""
        self.webhooks.start()
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop both within seconds; what hangs is let go."""
        self._api.closing.set()
        self._server.stop()
        self.webhooks.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def customer(self, wa_id: str) -> Customer:
        """The customer with this phone, made on first use."""
        known = self.phone(wa_id)
        return known if isinstance(known, Customer) else Customer(self, f"Customer {wa_id}", wa_id)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until every webhook was taken or given up; False if `timeout` seconds did not do."""
        return self.webhooks.settle(timeout)

    def one_post(self) -> AbstractContextManager[None]:
        """All webhooks told inside the block go out in a single POST (§1.4)."""
        return self.webhooks.one_post()

    def verify_callback(self, verify_token: str) -> bool:
        """The GET handshake: whether the callback answers 200 with the bare challenge (§1.1)."""
        challenge = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands between a stand-in and 127.0.0.1
                answer = session.get(str(self.callback_url), params=query, timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 200 and answer.text == challenge

    def fail(
        self,
        code: int,
        *,
        http: int | None = None,
        details: str = "Ordered by the sandbox.",
        later: bool = False,
        **aim: Unpack[Aim],
    ) -> None:
        """Refuse with this code (HTTP status as in §8, unless given); `later`: accept, then tell a `failed` status."""
        self._faults.order(Fail(code, details, http, later), **aim)

    def hang(self, *, seconds: float = 30.0, **aim: Unpack[Aim]) -> None:
        """Accept, and close the connection without an answer after `seconds`."""
        self._faults.order(Hang(seconds), **aim)

    def reset(self, *, accepted: bool = False, **aim: Unpack[Aim]) -> None:
        """Close the connection without an answer; the caller cannot know whether it was `accepted`."""
        self._faults.order(Reset(accepted), **aim)

    def html(self, *, status: int = 502, **aim: Unpack[Aim]) -> None:
        """Answer with a gateway's HTML page; nothing is accepted."""
        self._faults.order(Html(status), **aim)

    def clear_faults(self) -> None:
        """All is well again."""
        self._faults.clear()
