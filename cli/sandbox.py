"""`wapto sandbox`: the whole product on this machine, with stand-ins for Meta and Slack and the people around it."""

import random
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn

import rich_click as click

from bot.manifest import manifest
from cli.installation import Installation
from cli.transcript import Transcript
from sandbox.shops import AURORA, SHOPS, Shop
from sandbox.story import CART, StepFailed, Story
from sandbox.world import Command, NotConnected, World
from wapto.errors import WaptoError

_LOOK_SECONDS = 0.3
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_WELCOME = """\
Two shops sell on WhatsApp; Ana, Bruno and Clara work their orders in Slack; Maria has a phone and wants coffee.
Meta, Slack and these people are stand-ins on this machine. Everything else is the real Wapto.
"""

_WAYS_TO_PLAY = """
All this stays up until you press Ctrl-C, and what happens is shown here. To play with it:

  Meta’s stand-in       {graph}
  Slack’s stand-in      {slack}
  Wapto                 {wapto}/readyz

  Send another cart     curl {graph}/sandbox/cart -d '{{"from": "5511977776666",
                          "phone_number_id": "{shop}", "note": "hello",
                          "items": [{{"sku": "{sku}", "quantity": 1, "price": {price}, "currency": "{currency}"}}]}}'

  Work on it            cd {directory}
  (another terminal)    {command} orders list
                        {command} orders status NUMBER confirmed
                        {command} orders timeline {number}
"""


@click.command()
@click.option("--once", is_flag=True, help="End after the story instead of staying up.")
def sandbox(once: bool) -> None:
    """Try the whole product against stand-ins for Meta and Slack: a first order, from the cart to Delivered.

    Example: wapto sandbox --once
    """
    for number in _ENDINGS:
        signal.signal(number, _interrupt)
    try:
        play(once=once)
    except KeyboardInterrupt:
        sys.exit(130)


def _interrupt(*_: object) -> NoReturn:
    """The first signal ends the sandbox; while all is brought down, impatience changes nothing."""
    for number in _ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def play(shops: Sequence[Shop] = SHOPS, *, once: bool, patience: float = 10.0) -> None:
    """Plays the story and, unless `once`, stays up until interrupted. Leaves nothing behind.

    WaptoError, after the ends of the logs, when a step takes longer than `patience` seconds or fails.
    """
    transcript = Transcript()
    transcript.say(_WELCOME)
    with ExitStack() as stack:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="wapto-sandbox-", ignore_cleanup_errors=True)
        )
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        world = stack.enter_context(World(url, manifest(url), shops=shops))
        wapto = Installation(Path(directory), {**world.settings(), "PORT": str(port)})
        stack.callback(wapto.stop)
        story = Story(world, transcript.scene, patience=patience)
        try:
            _set_up(wapto, world, transcript)
            number = story.play()
            transcript.say(f"\n{number} is Delivered, and Maria has read it.")
            if not once:
                transcript.say(_ways_to_play(wapto, world, number))
                _stay_up(story, wapto)
        except (StepFailed, NotConnected, WaptoError) as fault:
            transcript.say(wapto.last_words())
            raise WaptoError(str(fault)) from fault


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Below those that systems take for outgoing connections: one of these could take it before Wapto does.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 (nobody has to be kept from guessing it)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port


def _set_up(wapto: Installation, world: World, transcript: Transcript) -> None:
    transcript.terminal("wapto init --yes --no-check")
    wapto.run("init", "--yes", "--no-check")
    transcript.terminal("wapto up")
    wapto.start("up")
    for commands in world.set_up():
        _show(commands, transcript)
        wapto.run_all(commands)
    wapto.wait_until_ready("database", "worker", "scheduler")
    world.connect()
    transcript.say("Meta and Slack know where Wapto answers. It is ready.\n")


def _show(commands: Sequence[Command], transcript: Transcript) -> None:
    """The first of them, and how many there are like it."""
    transcript.terminal(shlex.join(("wapto", *commands[0])))
    if len(commands) > 1:
        transcript.say(f"{'':28}… and {len(commands) - 1} more like it")


def _ways_to_play(wapto: Installation, world: World, number: str) -> str:
    sku, _, price, currency = CART[0]
    known = shutil.which("wapto")
    return _WAYS_TO_PLAY.format(
        number=number,
        graph=world.graph.url,
        slack=world.slack.url,
        wapto=wapto.url,
        shop=AURORA.number.id,
        sku=sku,
        price=price,
        currency=currency,
        directory=shlex.quote(str(wapto.directory)),
        command="wapto" if known else shlex.quote(str(Path(sys.executable).with_name("wapto"))),
    )


def _stay_up(story: Story, wapto: Installation) -> None:
    """Shows what happens until Ctrl-C, which is how this is meant to end."""
    with suppress(KeyboardInterrupt):
        while True:
            wapto.check()
            story.watch()
            time.sleep(_LOOK_SECONDS)
