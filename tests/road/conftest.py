"""When a test on the road fails, what the processes had to say is worth more than where it failed."""

import pytest

from tests.road.harness import Road


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for thing in item.funcargs.values():
            if isinstance(thing, Road):
                report.sections.append(("the processes' last words", thing.wapto.last_words()))
    return report
