"""A WSGI app served by threads on a port of 127.0.0.1, for the stand-ins."""

import threading
from typing import Any, Self
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server


class QuietHandler(WSGIRequestHandler):
    """Logs nothing: each stand-in keeps its own record of what came in."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Called by werkzeug for every request and every broken connection."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """An app that raises ConnectionError while answering means to hang up; HTTP/1.1 would wait for more."""
        self.close_connection = True


class Server:
    """One app over HTTP; `port=0` takes a free one. Answers from `start()` until `stop()`, or inside `with`."""

    def __init__(self, wsgi_app: WSGIApplication, port: int = 0) -> None:
        self._httpd = make_server("127.0.0.1", port, wsgi_app, threaded=True, request_handler=QuietHandler)
        self._thread = threading.Thread(target=self._serve, name=f"sandbox:{self.port}", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on: bound already before `start()`, when callers only wait."""
        return self._httpd.port

    @property
    def url(self) -> str:
        """Base address without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Begin to answer; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; requests in hand end by themselves. Calling it again does nothing."""
        if self._thread.is_alive():
            self._httpd.shutdown()
            self._thread.join(timeout=5)
        self._httpd.server_close()

    def _serve(self) -> None:
        self._httpd.serve_forever(poll_interval=0.05)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
