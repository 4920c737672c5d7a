"""The questions of `wapto init`: each answer is tried at once on the service that it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import rich_click as click

from wapto import config
from wapto.config import SettingsError
from wapto.errors import InvalidInput, Misconfigured, TryLater, WaptoError
from wapto.meta import health
from wapto.meta.client import GraphClient
from wapto.meta.values import list_of, object_of, text_of

Answers = Mapping[str, str]
"""Settings by name: what is known already and what has been answered."""

WABA, NUMBER, CHANNEL = "WABA", "NUMBER", "CHANNEL"  # not settings: they go into the store


def _nothing(_answers: Answers) -> str | None:
    """For what cannot be tried by itself."""
    return None


def _graph(answers: Answers, token: str) -> GraphClient:
    url, version = (config.load_one(name, answers) for name in ("META_GRAPH_URL", "META_GRAPH_VERSION"))
    return GraphClient(url, version, token, timeout=(3, 5))


def _token(answers: Answers) -> str | None:
    """Asked as the app, which tries its id and secret too."""
    if not answers.get("META_APP_ID"):
        return None
    secret = config.load_one("META_APP_SECRET", answers)[0]
    facts = health.token(_graph(answers, f"{answers['META_APP_ID']}|{secret}"), answers["META_ACCESS_TOKEN"])
    if not facts.is_valid:
        raise Misconfigured(f"Meta does not take this token: {facts.problem or 'no reason given'}.")
    return "Meta takes the token, the App ID and the App Secret."


def _waba(answers: Answers) -> str | None:
    found = _numbers(answers)
    if not found:
        raise InvalidInput("That account has no phone number.")
    return "Its numbers: " + ", ".join(f"{id} ({display})" for id, display in found.items())


def _numbers(answers: Answers) -> dict[str, str]:
    answer = _graph(answers, answers["META_ACCESS_TOKEN"]).get(answers[WABA], "phone_numbers")
    rows = map(object_of, list_of(answer.get("data")))
    return {text_of(row.get("id")): text_of(row.get("display_phone_number")) for row in rows}


def _number(answers: Answers) -> str | None:
    found = _numbers(answers)
    if answers[NUMBER] not in found:
        raise InvalidInput(f"That account's numbers are: {', '.join(found)}.")
    return f"It is {found[answers[NUMBER]]}."


def _bot_token(answers: Answers) -> str | None:
    from bot.slack import Slack

    url = Slack(answers["SLACK_BOT_TOKEN"], config.load_one("SLACK_API_URL", answers), timeout=5).workspace().url
    return f"It belongs to {url}."


def _channel(answers: Answers) -> str | None:
    from bot.slack import Slack

    Slack(answers["SLACK_BOT_TOKEN"], config.load_one("SLACK_API_URL", answers), timeout=5).look_into(answers[CHANNEL])
    return "Wapto is in it."


@dataclass(frozen=True)
class Question:
    """What is asked for a setting; `check` says what was found, None if nothing could be tried, or raises."""

    name: str
    words: str
    check: Callable[[Answers], str | None] = _nothing
    is_secret: bool = False
    is_needed: bool = True


QUESTIONS = (
    Question("META_APP_ID", "Meta: App ID (App settings → Basic), empty for none", is_needed=False),
    Question("META_APP_SECRET", "Meta: App Secret (App settings → Basic)", is_secret=True),
    Question("META_ACCESS_TOKEN", "Meta: access token of a system user", _token, is_secret=True),
    Question("SLACK_BOT_TOKEN", "Slack: Bot User OAuth Token (xoxb-…)", _bot_token, is_secret=True),
    Question("SLACK_SIGNING_SECRET", "Slack: Signing Secret (Basic Information)", is_secret=True),
    Question("WAPTO_PUBLIC_URL", "Public address of this machine (https://…), empty for none yet", is_needed=False),
)

# What the first number needs; the first answer that is empty leaves it for later.
FIRST_NUMBER = (
    Question(WABA, "Meta: id of the WhatsApp Business Account, empty for later", _waba, is_needed=False),
    Question(NUMBER, "Meta: id of the phone number", _number),
    Question(CHANNEL, "Slack: id of the channel for the cards (C…), after /invite @Wapto in it", _channel),
)


def ask(question: Question, known: Answers) -> str:
    """The answer, tried; one that a service refuses is asked again, and kept if it is given twice."""
    refused = ""
    while True:
        value = _prompt(question)
        if not value:
            return ""
        fault = _try(question, {**known, question.name: value})
        if fault is None or value == refused:
            return value
        click.echo(f"  ✗ {fault} Answer again; the same answer is kept all the same.")
        refused = value


def _prompt(question: Question) -> str:
    default = None if question.is_needed else ""
    said = click.prompt(question.words, hide_input=question.is_secret, default=default, show_default=False)
    return str(said).strip()


def _try(question: Question, answers: Answers) -> str | None:
    """Why the answer cannot be right, or None; says what was found."""
    try:
        if question not in FIRST_NUMBER:
            config.load_one(question.name, answers)
        found = question.check(answers)
    except TryLater as fault:
        click.echo(f"  ? Not tried: {fault}")
    except SettingsError as fault:
        return fault.faults[0]
    except WaptoError as fault:
        return str(fault)
    else:
        if found:
            click.echo(f"  ✓ {found}")
    return None
