"""The way to Meta for what is sent often: a third of the processor time that a call through `requests` takes."""

import json
from collections.abc import Mapping
from ssl import SSLCertVerificationError
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError, SSLError

from wapto.errors import OutcomeUnknown, TryLater

_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "wapto"}
_KEPT = 256  # connections; more are made where more threads send at once, and not kept
_UNWRITTEN = (ConnectTimeoutError, NewConnectionError, ProxyError)


class Reply(NamedTuple):
    """An answer as it came."""

    status: int
    content: bytes
    headers: Mapping[str, str]


class Line:
    """Connections to one address, by the proxies and certificates that `requests` takes from the environment.

    `timeout` is seconds to connect, and seconds to wait between bytes of the answer. Safe to share: to read the
    certificates takes 17 ms of a processor and 0.7 MB, too much for each thread.
    """

    def __init__(self, root: str, token: str, timeout: tuple[float, float]) -> None:
        self._headers = {"Authorization": f"Bearer {token}", **_HEADERS}
        self._timeout = Timeout(*timeout)
        self._pool, self._address = _Adapter(pool_maxsize=_KEPT).way_to(root)

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Sends JSON once; TryLater when nothing was written, OutcomeUnknown when something may have been."""
        try:
            response = self._pool.urlopen(
                "POST",
                f"{self._address}/{path}",
                json.dumps(body).encode(),
                self._headers,
                timeout=self._timeout,
                retries=False,
                redirect=False,
                assert_same_host=False,  # a proxy's pool is given the whole address
            )
        # The causes are cut off: they hold the request, and the request holds the token.
        except HTTPError as error:
            if _never_written(error):
                raise TryLater("Meta cannot be reached; nothing was sent.") from None
            raise OutcomeUnknown(f"Meta did not answer ({type(error).__name__}).") from None
        return Reply(response.status, response.data, response.headers)


class _Adapter(HTTPAdapter):
    def way_to(self, root: str) -> tuple[Any, str]:
        """The pool of connections, and what every address begins with there."""
        with requests.Session() as session:
            chosen = session.merge_environment_settings(root, {}, None, None, None)
        request = requests.Request("POST", root).prepare()
        pool = self.get_connection_with_tls_context(request, chosen["verify"], proxies=chosen["proxies"])
        self.cert_verify(pool, root, chosen["verify"], None)  # type: ignore[no-untyped-call]  # left so by types-requests
        return pool, self.request_url(request, chosen["proxies"])


def _never_written(error: HTTPError) -> bool:
    untrusted = isinstance(error, SSLError) and isinstance(error.args[0], SSLCertVerificationError)
    return untrusted or isinstance(error, _UNWRITTEN)
