"""What people type who mean harm, or type anything."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MANY = settings(
    max_examples=int(os.environ.get("FUZZ_INPUTS", "100")),  # of each test; more of them for an attack at leisure
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

WORDS = [
    "",
    " ",
    "<!channel>",
    "<!here|nobody> <!subteam^S1>",
    "<@U1RUI>",
    "<https://evil.example|shop.com>",
    "&lt;!channel&gt;",
    "*bold* _it_ `code` ```\n> quoted",
    "=cmd|' /C calc'!A0",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b2J",
    "a\r\n2026-11-25 [error] forged line",
    '{"level": "error"}\n{"event": "forged"}',
    "\u202eevil\u2066",
    "\x00",
    "\ud800",
    "%s %n {0} {{1}} ${HOME} $(id)",
    "'; DROP TABLE orders; --",
    "../../etc/passwd",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "9999-99-99",
    "0001-01-01",
    "javascript:alert(1)",
    "http://169.254.169.254/latest/meta-data",
    "👩‍👩‍👧‍👦" * 500,
    "x" * 10_000,
    "٣",
    "²",
]

words = st.sampled_from(WORDS) | st.text(max_size=30) | st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
