"""A customer with a phone: sends carts, reads what the shop writes, is online or not."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.graph.payloads import Item, inbound, order, system
from sandbox.graph.world import Sent, World, new_wamid


class Customer:
    """One person in the world of a `Graph`. `wa_id` are the digits of the phone, `user_id` the business-scoped id.

    `hides_phone`: has a username, so that the shop sees the business-scoped id only (reference §2.1).
    """

    def __init__(
        self, world: World, name: str, wa_id: str, user_id: str | None = None, *, hides_phone: bool = False
    ) -> None:
        if hides_phone and not user_id:
            raise ValueError(f"{name} needs a user_id to be known by, when the phone is hidden")
        self.name, self.wa_id, self.user_id, self.hides_phone = name, wa_id, user_id, hides_phone
        self._world = world
        self._changed = threading.Condition()
        self._online = True
        self._waiting: list[Sent] = []
        self._messages: list[Sent] = []
        self._unread: list[Sent] = []
        world.add_phone(self)

    @property
    def messages(self) -> list[Sent]:
        """What arrived on the phone, in order, with template, buttons and number."""
        with self._changed:
            return list(self._messages)

    @property
    def inbox(self) -> list[str]:
        """The texts that arrived, as the customer reads them."""
        return [message.text for message in self.messages]

    def send_cart(
        self,
        phone_number_id: str,
        items: Iterable[Item],
        note: str = "",
        *,
        catalog_id: str | None = None,
        times: int = 1,
        concurrently: bool = False,
    ) -> str:
        """Send a cart of (SKU, quantity, price in major units, currency); its wamid, at once.

        `times`: Meta delivers the same message so often, one after the other or `concurrently`.
        """
        number = self._world.number(phone_number_id)
        content = order(items, note, catalog_id or (number.catalog_id if number else ""))
        return self.send(phone_number_id, "order", content, times=times, concurrently=concurrently)

    def send_text(self, phone_number_id: str, text: str, *, times: int = 1, concurrently: bool = False) -> str:
        """Write to the shop; the wamid."""
        return self.send(phone_number_id, "text", {"body": text}, times=times, concurrently=concurrently)

    def tap(self, sent: Sent, words: str) -> str:
        """Tap a reply button of a free-form message; the wamid (§2.4)."""
        reply = next({"id": button.payload, "title": words} for button in sent.buttons if button.text == words)
        return self.send(sent.phone_number_id, "interactive", {"type": "button_reply", "button_reply": reply})

    def send(
        self, phone_number_id: str, kind: str, content: dict[str, Any], *, times: int = 1, concurrently: bool = False
    ) -> str:
        """Send a message of any type, `content` being the object named like it (§2); the wamid."""
        wamid = new_wamid()
        value = inbound(
            wamid,
            kind,
            content,
            at=self._world.clock(),
            name=self.name,
            wa_id=None if self.hides_phone else self.wa_id,
            user_id=self.user_id,
        )
        self._world.heard(phone_number_id, self)
        for turn in range(times):
            key = f"{wamid} {turn}" if concurrently else wamid
            self._world.tell_update(phone_number_id, wamid, kind, value, key)
        return wamid

    def change_number(self, phone_number_id: str, wa_id: str, user_id: str | None = None) -> str:
        """Move to another number, with a new business-scoped id; WhatsApp tells this shop (§2.5). The wamid of that."""
        wamid, old = new_wamid(), self.wa_id
        told = {
            "type": "user_changed_number",
            "body": f"User {self.name} changed from {old} to {wa_id}",
            "wa_id": None if self.hides_phone else wa_id,
            "user_id": user_id,
            "previous_user_id": self.user_id,
        }
        shown = None if self.hides_phone else old
        value = system(wamid, told, at=self._world.clock(), wa_id=shown, user_id=self.user_id)
        self._world.remove_phone(self)
        self.wa_id, self.user_id = wa_id, user_id
        self._world.add_phone(self)
        self._world.tell_update(phone_number_id, wamid, "system", value)
        return wamid

    def receive(self, sent: Sent) -> None:
        """Called by the world; kept back while the phone is offline."""
        with self._changed:
            self._waiting.append(sent)
            self._deliver()

    def go_offline(self) -> None:
        """Nothing is delivered until `come_online()`."""
        with self._changed:
            self._online = False

    def come_online(self) -> None:
        """All that waited is delivered, oldest first."""
        with self._changed:
            self._online = True
            self._deliver()

    def read(self) -> int:
        """Open the chats: read receipts for all that is unread; how many."""
        with self._changed:
            unread, self._unread = self._unread, []
            for message in unread:
                self._world.tell(message, "read")
            return len(unread)

    def wait_for(self, wanted: str | Callable[[Sent], bool], timeout: float = 10.0) -> Sent:
        """The first message on the phone that contains `wanted` (or satisfies it), new or not; else TimeoutError."""
        fits = (lambda sent: wanted in sent.text) if isinstance(wanted, str) else wanted
        with self._changed:
            found = self._changed.wait_for(lambda: next(filter(fits, self._messages), None), timeout)
        if found is None:
            what = f"“{wanted}”" if isinstance(wanted, str) else "such a message"
            raise TimeoutError(f"{self.name} waited {timeout:g} s for {what} and has {self.inbox}")
        return found

    def _deliver(self) -> None:
        if not self._online:
            return
        arrived, self._waiting = self._waiting, []
        for message in arrived:
            self._messages.append(message)
            self._unread.append(message)
            self._world.tell(message, "delivered")
        self._changed.notify_all()
