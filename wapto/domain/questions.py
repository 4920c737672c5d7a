"""Understanding what a customer asks in words of their own, in any language that there are phrases for."""

import unicodedata
from collections.abc import Iterable

_LONGEST = 100  # characters: a longer message asks for more than one thing, which is for people


def asks(text: str, phrases: Iterable[str]) -> bool:
    """Whether a short message has one of the phrases in it, whatever its case, accents and punctuation."""
    words = f" {plain(text)} "
    return len(text) <= _LONGEST and any(f" {plain(phrase)} " in words for phrase in phrases)


def plain(text: str) -> str:
    """The words alone: lower case, a space between them, without accents and punctuation."""
    bare = (letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
    return " ".join("".join(letter if _is_word(letter) else " " for letter in bare).split())


def _is_word(letter: str) -> bool:
    """Vowel signs of Indian scripts are marks, and belong to their words."""
    return letter.isalnum() or unicodedata.category(letter) in ("Mc", "Mn")
