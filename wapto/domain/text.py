"""The one place where text of the outside world is cleaned, shortened and encoded."""

import re
import unicodedata

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# A control character between two words becomes a space, so that the words stay apart.
_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
# Embeddings, overrides and isolates can make text read as something else; U+FEFF is a stray byte order mark.
_DISGUISES = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x2070), 0xFEFF))
_UNWANTED = _CONTROLS | _DISGUISES

# Soft hyphen, Arabic letter mark, Mongolian separator, zero-width ones and marks, word joiner and invisible operators.
_INVISIBLE = dict.fromkeys((0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2060, 0x2066)))
# The Hangul fillers and the empty Braille pattern: names that look empty are written with them.
_BLANK = dict.fromkeys((0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0), " ")
_UNSEEN = _INVISIBLE | _BLANK

_ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)


def clean(text: str) -> str:
    """Text that any database and Slack can hold: no controls but tab and line ends, no lone surrogates, no disguises.

    Letters of every script, emoji and the marks that right-to-left text needs stay as they are.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.translate(_UNWANTED)


def flatten(text: str) -> str:
    """One line without invisible characters, as a template parameter must be (reference §4.2, "Parameter values")."""
    return " ".join(clean(text).translate(_UNSEEN).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with "…" as the last one if anything was left out; emoji and accents stay whole."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    while end > 0 and _belong_together(text[end - 1], text[end]):
        end -= 1
    # A pile of marks with no end in sight is cut anywhere.
    return text[: end or limit - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """What somebody typed, in quotation marks, safe and short enough for a sentence about it."""
    return f"“{cut(flatten(text), 60)}”"


def percent_encoded(text: str) -> str:
    """The text as one segment of an address: everything but RFC 3986's unreserved characters as %XX of its UTF-8.

    Written here because the domain does not import urllib, which opens connections.
    """
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in clean(text).encode())


def _belong_together(left: str, right: str) -> bool:
    return (
        _ZERO_WIDTH_JOINER in (left, right)
        or unicodedata.category(right).startswith("M")
        or ord(right) in _SKIN_TONES
        or (ord(left) in _REGIONAL and ord(right) in _REGIONAL)
    )
