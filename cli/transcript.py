"""The transcript of the sandbox: what each party sees, one after the other, colored where there is a terminal."""

import time
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from sandbox.watch import CHANNEL, DIRECT, HANDS, PHONE, Scene

TERMINAL = "terminal"
_STYLES = {PHONE: "green", CHANNEL: "magenta", DIRECT: "cyan", HANDS: "yellow", TERMINAL: "blue"}
_WHERE_WIDTH = 17


class Transcript:
    """Prints to stdout, with the seconds since it began."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    def scene(self, scene: Scene) -> None:
        """When, who, and what they see or do."""
        style = _STYLES[scene.party]
        since = f"+{time.monotonic() - self._began:.1f} s"
        margin = Text.assemble((f"{since:>8}  ", "dim"), (f"{scene.where:<{_WHERE_WIDTH}} ", f"bold {style}"))
        for line in self._wrapped(scene.lines, len(margin)):
            line.style = style if scene.party == HANDS else ""
            self._console.print(Text.assemble(margin, line))
            margin = Text(" " * len(margin))

    def _wrapped(self, lines: Iterable[str], margin: int) -> Iterator[Text]:
        """The lines, on a terminal broken where its edge is."""
        for line in lines:
            if self._console.is_terminal:
                yield from Text(line).wrap(self._console, max(self._console.width - margin, 30))
            else:
                yield Text(line)

    def terminal(self, command: str) -> None:
        """A command as somebody types it."""
        self.scene(Scene(TERMINAL, "Terminal", (f"$ {command}",)))

    def say(self, words: str = "") -> None:
        """The narrator."""
        self._console.print(Text(words))
