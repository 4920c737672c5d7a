"""Files that customers sent (reference §2.4): asked for by their id, read from an address that lives five minutes."""

import base64
import binascii
import hashlib

from wapto.errors import InvalidInput, NotFound, TryLater
from wapto.meta.client import GraphClient
from wapto.meta.values import integer_of, text_of


class TooLarge(InvalidInput):
    """The file has more bytes than are taken."""


class Damaged(TryLater):
    """What came is not what was announced."""


class Gone(NotFound):
    """The address leads to nothing; a fresh one may."""


def fetch(graph: GraphClient, media_id: str, sha256: str | None, limit: int) -> bytes:
    """The file, whole and as announced; `sha256` is what the webhook told, in base64.

    GraphError when Meta does not know the file any more, else the errors of this module and those of the client.
    """
    told = graph.get(media_id)
    if (integer_of(told.get("file_size")) or 0) > limit:
        raise TooLarge(_too_large(limit))
    content = graph.download(text_of(told.get("url")), limit)
    if content is None:
        raise Gone("WhatsApp's address of the file leads to nothing.")
    if len(content) > limit:
        raise TooLarge(_too_large(limit))
    digest = hashlib.sha256(content).digest()
    if any(digest != _bytes_of(each) for each in (sha256, text_of(told.get("sha256"))) if each):
        raise Damaged("The file that came is not the one that was announced.")
    return content


def _bytes_of(digest: str) -> bytes:
    """Webhooks write it in base64, the Graph API in hex."""
    try:
        return bytes.fromhex(digest) if len(digest) == 64 else base64.b64decode(digest)
    except (ValueError, binascii.Error):
        return b""


def _too_large(limit: int) -> str:
    return f"The file has more than {limit // 1_000_000} MB."
