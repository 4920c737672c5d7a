"""The corpus of webhook deliveries; WEBHOOK_CORPUS may name another folder of cases in the same format."""

import json
import os
from pathlib import Path

from ..corpus.check import requests_of

FOLDER = Path(os.environ.get("WEBHOOK_CORPUS") or Path(__file__).parents[1] / "corpus" / "cases")
SECRET, VERIFY_TOKEN = "app-secret", "verify-token"

CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
POSTED = [name for name, case in CASES.items() if case.get("method") != "GET"]
ASKED = [name for name, case in CASES.items() if case.get("method") == "GET"]


def deliveries(name):
    """The requests of a case: dicts with query, headers and body."""
    return requests_of(CASES[name], SECRET, VERIFY_TOKEN)


def first_body(name):
    """The bytes of a case's first request."""
    return deliveries(name)[0]["body"]
