import json
import subprocess
import sys

import pytest

from wapto.logs import mask, mask_event


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("sent to +5511987654321", "sent to …4321"),
        ("sent to +55 11 98765-4321.", "sent to …4321."),
        ("from 5511987654321 to 15550001111", "from …4321 to …1111"),
        ("POST /v25.0/110000000000001/messages", "POST /v25.0/…0001/messages"),
        ("wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNB is late", "wamid.…IYFDNB is late"),
        ("Bearer EAAGm0PX4ZCpsBAK", "Bearer [token]"),
        ("xoxb-1234-5678-abc and xapp-1-A-2-b", "[token] and [token]"),
        ("redis://:pass@host:6379/0", "redis://[password]@host:6379/0"),
        ("postgresql://wapto:pass@host/wapto", "postgresql://[password]@host/wapto"),
    ],
)
def test_numbers_and_tokens_are_masked(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    ["order W-7KQ2 at 2026-11-25T02:29:00.123Z", "pid 4711, port 54321, 2026-11-25", "https://graph.facebook.com"],
)
def test_what_is_no_number_of_a_person_stays(text):
    assert mask(text) == text


def test_secrets_hide_by_their_name_however_deep():
    event = mask_event(None, "", {"body": b"{}", "request": {"token": "abc", "tries": 3}, "to": ["+5511987654321"]})
    assert event == {"body": "[hidden]", "request": {"token": "[hidden]", "tries": 3}, "to": ["…4321"]}


def test_a_process_logs_json_lines_to_stderr_with_tracebacks_masked_too():
    code = (
        "import logging, structlog; from wapto import logs; logs.configure(); logs.configure()\n"
        "structlog.get_logger().info('sent', to='+5511987654321')\n"
        "try: raise ValueError('no such customer: 5511987654321')\n"
        "except ValueError: logging.getLogger('other').exception('failed for %s', '+5511987654321')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    ours, others = map(json.loads, ended.stderr.splitlines())
    assert (ours["event"], ours["to"], ours["level"]) == ("sent", "…4321", "info")
    assert others["event"] == "failed for …4321"
    assert "ValueError: no such customer: …4321" in others["exception"]
    assert "5511987654321" not in ended.stderr + ended.stdout
