"""Running `wapto`: within this process, which is fast; `tests/cli/processes.py` has the real ones."""

import json
import logging
import sys
from dataclasses import dataclass, fields

import structlog
from click.testing import CliRunner

from cli.main import main
from wapto.config import Settings
from wapto.store.database import db

_NONE = {f"{spec.name.upper()}{suffix}": None for spec in fields(Settings) for suffix in ("", "_FILE")}

ENOUGH = {
    "META_APP_SECRET": "app-secret",
    "META_VERIFY_TOKEN": "verify-token",
    "META_ACCESS_TOKEN": "access-token",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing-secret",
    "WAPTO_SECRET_KEY": "secret-key",
}


@dataclass(frozen=True)
class Done:
    """What came of a command: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """What a program reads."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)

    @property
    def sentence(self):
        """Why it was refused or failed: one line on stderr, nothing on stdout."""
        assert (self.code, self.out) == (1, "")
        [line] = self.err.splitlines()
        return line


class Terminal:
    """A person who types `wapto …`, with these settings and no others."""

    def __init__(self, **settings):
        self._settings = _NONE | settings

    def __call__(self, *words, typing=None, **settings):
        """Runs `wapto WORDS`; `typing` answers its questions."""
        if db.obj is not None:
            db.close()
        try:
            with CliRunner(env=self._settings | settings).isolation(input=typing) as (out, err, _):
                code = _code_of(words)
                sys.stdout.flush()
                sys.stderr.flush()
                return Done(code, out.getvalue().decode(), err.getvalue().decode())
        finally:
            _forget_logs()

    def json(self, *words):
        """What `wapto WORDS --json` prints."""
        return self(*words, "--json").json


def _code_of(words):
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        return end.code


def _forget_logs():
    """They would go on writing to the stderr of a command that has ended."""
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)
