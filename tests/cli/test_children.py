import structlog

from cli.children import _words

READABLE = structlog.dev.ConsoleRenderer(colors=False)


def test_a_log_line_is_made_for_eyes_when_a_person_is_watching():
    line = '{"port": 8000, "event": "web started", "level": "info", "timestamp": "2026-11-25T02:59:18Z"}'
    assert _words(line, READABLE).split() == ["2026-11-25T02:59:18Z", "[info", "]", "web", "started", "port=8000"]


def test_a_log_line_stays_json_when_a_machine_is_reading():
    assert _words('{"event": "web started"}', None) == '{"event": "web started"}'


def test_other_lines_pass_as_they_are():
    assert [_words(line, READABLE) for line in ("Port 8000 cannot be used", "{not JSON")] == [
        "Port 8000 cannot be used",
        "{not JSON",
    ]
