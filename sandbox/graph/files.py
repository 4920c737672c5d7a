"""Files that customers sent: known by an id, read from an address that lives five minutes (reference §2.4)."""

import base64
import hashlib
import itertools
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LIVES = timedelta(minutes=5)


@dataclass(frozen=True)
class File:
    """One file as WhatsApp keeps it."""

    id: str
    content: bytes
    mime_type: str


class Drawer:
    """Files by id, and the addresses that were given out for them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ids = itertools.count(710_000_000_000_001)
        self._files: dict[str, File] = {}
        self._addresses: dict[str, tuple[str, datetime]] = {}
        self.reads: list[str] = []

    def put(self, content: bytes, mime_type: str, **more: Any) -> dict[str, Any]:
        """Keep a file; what a message says about it, with `more` such as caption, filename or voice."""
        with self._lock:
            file = File(str(next(self._ids)), content, mime_type)
            self._files[file.id] = file
        sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return {"id": file.id, "mime_type": mime_type, "sha256": sha256, **more}

    def drop(self, file_id: str) -> None:
        """Forget a file, as WhatsApp does after seven days."""
        with self._lock:
            self._files.pop(file_id, None)

    def find(self, file_id: str) -> File | None:
        """The file with this id."""
        with self._lock:
            return self._files.get(file_id)

    def row(self, file: File, base_url: str) -> dict[str, Any]:
        """What GET /{id} answers, with a fresh address."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._addresses[key] = (file.id, self._clock() + LIVES)
        return {
            "messaging_product": "whatsapp",
            "url": f"{base_url}file/{key}",
            "mime_type": file.mime_type,
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "file_size": len(file.content),
            "id": file.id,
        }

    def read(self, key: str) -> File | None:
        """What stands at an address, while it lives."""
        file_id, until = self._addresses.get(key, ("", self._clock()))
        if self._clock() >= until:
            return None
        self.reads.append(file_id)
        return self.find(file_id)
