"""The story that `wapto sandbox` plays: one order from the cart to Delivered, and read.

It is played only with the hands of the people in it: the customer's phone and the agents' clicks. What comes of that
is seen on the phone and in Slack, or it did not happen.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep
from typing import TypeVar

from sandbox.graph.world import Sent
from sandbox.shops import AURORA
from sandbox.slack import BadAnswer, Message, NotPossible, SlackUser
from sandbox.watch import HANDS, Scene, Tell, Watcher, words
from sandbox.world import World

CART = (("CAFE-250G", 2, 32.9, "BRL"), ("CANECA-AZUL", 1, 39.5, "BRL"))
NOTE = "É presente, pode embrulhar?"

Found = TypeVar("Found")


class StepFailed(Exception):
    """One sentence: which step, and what was waited for in vain."""


class _Missed(Exception):
    """What should have been seen was not."""


class Story:
    """Maria buys at Casa Aurora. `patience` is how many seconds each thing may take to be seen."""

    _card: Message
    _number: str
    _agent: SlackUser

    def __init__(self, world: World, tell: Tell, *, patience: float = 10.0) -> None:
        self._world, self._tell, self._patience = world, tell, patience
        self._watcher = Watcher(world, tell)

    def play(self) -> str:
        """Play it to the end; the number of the order. StepFailed at the first step that does not work."""
        self._step("Maria sends a cart", self._send_cart)
        self._step("the order is claimed", self._claim)
        self._step("the order is confirmed", lambda: self._advance("Confirm", "Confirmed"))
        self._step("the order is processed", lambda: self._advance("Start processing", "Processing"))
        self._step("the order is shipped", self._ship)
        self._step("the order goes out for delivery", lambda: self._advance("Out for delivery", "Out for delivery"))
        self._step("the order is delivered", lambda: self._advance("Mark delivered", "Delivered"))
        self._step("Maria reads her messages", self._read)
        self._step("all was said once, and rightly", self._count)
        return self._number

    def watch(self) -> None:
        """Tell what happened since."""
        self._watcher.look()

    def _step(self, name: str, act: Callable[[], None]) -> None:
        try:
            act()
        except (_Missed, TimeoutError, NotPossible, BadAnswer) as fault:
            self.watch()
            raise StepFailed(f"The step “{name}” failed: {fault}") from fault

    def _send_cart(self) -> None:
        items = " and ".join(f"{quantity} × {sku}" for sku, quantity, _, _ in CART)
        self._tell(Scene(HANDS, "Maria", (f"sends a cart: {items}. “{NOTE}”",)))
        self._world.maria.send_cart(AURORA.number.id, CART, NOTE)
        self._card = self._until("no card came into Slack", self._find_card)
        self._number = self._until("the card bears no number", lambda: re.search(r"W-\w+", self._card_text()))[0]
        self._until("nobody was told that the order is theirs", self._find_assignee)
        self._told("received")

    def _claim(self) -> None:
        assignee = self._find_assignee()
        self._agent = next(person for person in self._world.people.values() if person is not assignee)
        self._click("Claim")
        name = self._agent.user.name
        self._until(f"the card does not say that it is {name}’s", lambda: f"Agent: @{name}" in self._card_text())

    def _advance(self, button: str, label: str) -> None:
        self._click(button)
        self._arrived(label)

    def _ship(self) -> None:
        self._click("Mark shipped")
        form = self._agent.wait_for_modal(self._patience)
        values = {
            "Carrier": "Correios",
            "Tracking number": "BR123456789",
            "Tracking link": "https://rastreio.example/BR123456789",
            "Expected delivery": f"{self._world.graph.clock() + timedelta(days=2):%Y-%m-%d}",
        }
        self._hands("fills in: " + ", ".join(f"{label} {value}" for label, value in values.items()))
        self._agent.submit(form, values)
        self._arrived("Shipped")

    def _read(self) -> None:
        self._tell(Scene(HANDS, "Maria", ("opens the chat and reads",)))
        self._world.maria.read()
        self._until("the card does not say that she read", lambda: "Delivered: read" in self._card_text())

    def _count(self) -> None:
        """Each message once, one card, and no call that Meta or Slack had to refuse."""
        told = [sent.template for sent in self._mine()]
        if len(told) != len(set(told)):
            raise _Missed(f"Maria was told something twice: {', '.join(map(str, told))}.")
        if refused := self._world.graph.refused:
            raise _Missed(f"Meta refused a call: {refused[0].details}")
        if complaints := self._world.slack.complaints:
            raise _Missed(f"Slack was answered wrongly: {complaints[0]}")

    def _arrived(self, label: str) -> None:
        self._told(label.lower().replace(" ", "_"))
        self._until(f"the card does not show {label}", lambda: f"◉ {label}" in self._card_text())

    def _told(self, status: str) -> None:
        self._until(f"Maria was not told “{status}”", lambda: f"order_{status}" in [m.template for m in self._mine()])

    def _mine(self) -> list[Sent]:
        return [sent for sent in self._world.maria.messages if self._number in sent.text]

    def _click(self, button: str) -> None:
        self._hands(f"clicks [{button}]")
        self._agent.click(self._card, button)

    def _hands(self, act: str) -> None:
        self._tell(Scene(HANDS, self._agent.user.name, (act,)))

    def _find_card(self) -> Message | None:
        return next(iter(self._world.slack.channel(AURORA.channel).messages), None)

    def _card_text(self) -> str:
        return words(self._world, self._card)

    def _find_assignee(self) -> SlackUser | None:
        return next((person for person in self._world.people.values() if person.dms), None)

    def _until(self, complaint: str, seen: Callable[[], Found | None]) -> Found:
        """What `seen` answers once it is truthy; meanwhile all that happens is told."""
        end = monotonic() + self._patience
        while not (found := seen()):
            self.watch()
            if monotonic() > end:
                raise _Missed(f"{complaint} within {self._patience:g} s.")
            sleep(0.02)
        self.watch()
        return found
