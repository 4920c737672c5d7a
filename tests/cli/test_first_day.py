"""docs/first-day.md names commands that there are, checks that the doctor makes, and words that it says."""

import re
from pathlib import Path

from tests.cli.clinic import Clinic
from tests.cli.test_main import every_command
from wapto.desk.doctor import meta as doctor_meta
from wapto.desk.doctor import shop as doctor_shop

PAGE = (Path(__file__).parents[2] / "docs" / "first-day.md").read_text()


def test_every_command_of_the_page_is_there():
    there = dict(every_command())
    for words in re.findall(r"`wapto ([a-z][^`]*)`", PAGE):
        name = next((name for name in (" ".join(words.split()[:2]), words.split()[0]) if name in there), None)
        assert name, words
        options = {option for one in there[name].params for option in (*one.opts, *one.secondary_opts)}
        assert set(re.findall(r"--[a-z-]+", words)) <= options, words


def test_every_check_of_the_page_is_one_of_the_doctors(sqlite_store, redis_url):
    with Clinic(sqlite_store, redis_url) as clinic:
        names = {re.sub(r"[ ][A-Z0-9]{4,}.*", " …", name) for name in clinic.checks()}
    rows = re.findall(r"^\| \d\. .* \| (.*?)(?:: .*)? \|$", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-zA-Z …]+)`", row) if not name.startswith("wapto")}
    assert len(rows) == 9
    assert named <= names


def test_what_the_doctor_says_of_the_classic_troubles_is_what_the_page_looks_for():
    said = "".join(Path(module.__file__).read_text() for module in (doctor_meta, doctor_shop))
    for words in ("Orders do not appear because", "Customers are not told that"):
        assert words in PAGE
        assert words in said
