"""The nearest of the words that are possible, for whoever mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(typed: str, choices: Iterable[str]) -> str:
    """What to put behind a sentence: “ Did you mean shipped?”, or nothing where no choice is near what was typed."""
    by_lower = {choice.casefold(): choice for choice in choices}
    near = get_close_matches(typed.casefold(), by_lower, n=1)
    return f" Did you mean {by_lower[near[0]]}?" if near else ""
