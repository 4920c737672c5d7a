"""The doctor: looks at one thing after the other, and says of each what was found, and exactly what to do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wapto.errors import TryLater, WaptoError

PASS, WARN, FAIL, SKIPPED = "pass", "warn", "fail", "skipped"

Fix = Callable[[], object]


@dataclass(frozen=True)
class Check:
    """What was found: `evidence` is what was seen, `advice` the next step, `fix` that step where it is a safe one."""

    name: str
    state: str
    evidence: str
    advice: str = ""
    fix: Fix | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Look:
    """One thing to look at; whatever `see` raises is a failure of `name`. Without `needs` there is nothing to see."""

    name: str
    see: Callable[[datetime], Iterable[Check]]
    needs: tuple[str, ...] = ()


def well(name: str, evidence: str) -> Check:
    """All is as it should be."""
    return Check(name, PASS, evidence)


def worse(name: str, evidence: str, advice: str, fix: Fix | None = None) -> Check:
    """It works, but will not for long, or not as well as it could."""
    return Check(name, WARN, evidence, advice, fix)


def bad(name: str, evidence: str, advice: str, fix: Fix | None = None) -> Check:
    """It does not work until somebody does something."""
    return Check(name, FAIL, evidence, advice, fix)


def unseen(name: str, why: str, advice: str = "") -> Check:
    """It could not be looked at."""
    return Check(name, SKIPPED, why, advice)


def examine(looks: Sequence[Look], now: datetime) -> list[Check]:
    """Looks at everything in this order; what cannot be seen because of an earlier failure is skipped."""
    found: list[Check] = []
    lost: set[str] = set()
    for look in looks:
        missing = next((name for name in look.needs if name in lost), None)
        checks = [unseen(look.name, f"“{missing}” has to be mended first.")] if missing else _seen(look, now)
        lost |= {check.name for check in checks if check.state == FAIL} | ({look.name} if missing else set())
        found += checks
    return found


def mend(looks: Sequence[Look], now: datetime) -> tuple[list[Check], list[str]]:
    """Does what is safe about what is wrong, then looks again; the checks, and the names of those worked on."""
    done = []
    for check in examine(looks, now):
        if check.state in (WARN, FAIL) and check.fix is not None:
            try:
                check.fix()
            except WaptoError:
                continue  # the second look says what is still wrong
            done.append(check.name)
    return examine(looks, now), done


def shape(check: Check) -> dict[str, Any]:
    """A check in the contract's shape."""
    return {"name": check.name, "state": check.state, "evidence": check.evidence, "advice": check.advice}


def _seen(look: Look, now: datetime) -> list[Check]:
    try:
        return list(look.see(now))
    except TryLater as fault:
        return [bad(look.name, str(fault), "Run `wapto doctor` again in a minute; if it stays, look at the network.")]
    except WaptoError as fault:
        return [bad(look.name, str(fault), "Do what the sentence says, then run `wapto doctor` again.")]
