"""Taking a person out of a stored webhook, and leaving what it says of others."""

import json
from collections.abc import Collection, Iterator
from typing import Any

NOTHING = b"{}"


def without(body: bytes, names: Collection[str]) -> bytes:
    """The webhook without each message, status and contact in which one of `names` appears.

    What cannot be read as JSON, or names them in some other way, is emptied.
    """
    try:
        left = json.dumps(_pruned(json.loads(body), names), separators=(",", ":"))
    except (ValueError, RecursionError):
        return NOTHING
    return NOTHING if any(name in left for name in names) else left.encode()


def _pruned(node: Any, names: Collection[str]) -> Any:
    """The innermost lists first: what is left around them concerns the shop and others."""
    if isinstance(node, dict):
        return {key: _pruned(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [kept for kept in (_pruned(item, names) for item in node) if not _tells(kept, names)]
    return node


def _tells(node: Any, names: Collection[str]) -> bool:
    if isinstance(node, dict):
        return any(_tells(value, names) for value in node.values())
    if isinstance(node, list):
        return any(_tells(item, names) for item in node)
    return any(name in str(node) for name in names)


def about(body: bytes, names: Collection[str]) -> list[Any]:
    """Each message, status and contact of the webhook in which one of `names` appears; none if it is not JSON."""
    try:
        return list(_told(json.loads(body), names))
    except (ValueError, RecursionError):
        return []


def _told(node: Any, names: Collection[str]) -> Iterator[Any]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _told(value, names)
    elif isinstance(node, list):
        for item in node:
            inner = list(_told(item, names))
            yield from inner or ([item] if _tells(item, names) else [])
