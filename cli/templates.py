"""`wapto templates`: WhatsApp templates as Meta has them, and new ones."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import rich_click as click

from cli import complete
from cli.context import StoreGroup, actor, graph, now
from cli.numbers import pairs
from cli.output import emit, format_options
from wapto import config
from wapto.desk import numbers
from wapto.desk.customers import portfolios
from wapto.desk.templates import starter, submission, triggers
from wapto.desk.templates import templates as desk
from wapto.desk.templates.submission import Answer
from wapto.domain.lint import Definition, check
from wapto.errors import InvalidInput, Refused, TryLater

COLUMNS = ("waba", "name", "language", "status", "category", "quality", "placeholders", "change", "unsupported")
ANSWER_COLUMNS = ("name", "language", "result", "category", "note")
FINDING_COLUMNS = ("name", "language", "rule", "finding")
_MOST_WAITS = 24  # each is an hour at most


@click.group(cls=StoreGroup)
def templates() -> None:
    """WhatsApp templates as Meta has them.

    Example: wapto templates sync
    """


@templates.command()
def sync() -> None:
    """Fetch the templates of all numbers from Meta; tell what changed since, and which triggers do not fit any more.

    Example: wapto templates sync
    """
    client, accounts = graph(), numbers.accounts()
    result = desk.sync(client, accounts, now())
    portfolios.learn(client, accounts, actor(), now())
    for note in (*result.notes, *triggers.faults(config.load_one("WAPTO_PUBLIC_URL"))):
        click.echo(note, err=True)
    click.echo(
        f"{result.added} added, {result.changed} changed, {result.gone} gone, {result.kept} as they were.", err=True
    )


@templates.command(name="list")
@format_options
def list_(fmt: str) -> None:
    """List the templates known here.

    Example: wapto templates list --json
    """
    emit(desk.listing(), COLUMNS, fmt)


@templates.command()
@click.argument("name", shell_complete=complete.template)
@click.option("--language", help="Code of one language.")
@click.option("--waba", help="Id of one account.")
@format_options
def show(name: str, language: str | None, waba: str | None, fmt: str) -> None:
    """Show a template with its parts, in each language.

    Example: wapto templates show wapto_shipped --language es
    """
    rows = [desk.shape(row) | {"components": row.components} for row in desk.show(waba, name, language)]
    emit(rows, (*COLUMNS[:6], "components"), fmt)


@templates.command()
@click.option("--starter", "is_starter", is_flag=True, help="The whole starter pack, with its triggers.")
@click.option("--languages", metavar="L,…", help="Languages of the starter pack.  [default: those of the numbers]")
@click.option("--wait/--no-wait", default=True, help="Wait when Meta takes no more for now.  [default: wait]")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="One template, in JSON.")
@click.option("--name", help="Name of one template.")
@click.option("--language", default="en", show_default=True, help="Its language.")
@click.option("--category", default="UTILITY", show_default=True, help="UTILITY or MARKETING.")
@click.option("--body", help="Its text, with variables in double braces.")
@click.option("--sample", "samples", multiple=True, metavar="VARIABLE=TEXT", help="A sample for each variable.")
@click.option("--waba", help="Id of the account.  [default: all of them]")
@format_options
def create(
    is_starter: bool,
    languages: str | None,
    wait: bool,
    file: Path | None,
    name: str | None,
    language: str,
    category: str,
    body: str | None,
    samples: tuple[str, ...],
    waba: str | None,
    fmt: str,
) -> None:
    """Submit new templates to Meta: the starter pack, or one from a file or from options.

    Example: wapto templates create --starter --languages es,pt_BR
    """
    accounts = _accounts(waba)
    if is_starter:
        _create_starter(accounts, languages, wait=wait, fmt=fmt)
        return
    if file:
        new = submission.definition_of(_read(file))
    elif name and body:
        new = submission.plain_definition(name, language, category, body, pairs(samples))
    else:
        raise click.UsageError("Name what to create: --starter, --file FILE, or --name NAME and --body TEXT.")
    _create_one(accounts, new, fmt)


@templates.command()
@click.option("--starter", "is_starter", is_flag=True, help="The texts of the starter pack.")
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="One template, in JSON.")
@format_options
def lint(is_starter: bool, file: Path | None, fmt: str) -> None:
    """Find what Meta would refuse or class as marketing: in the templates known here, in a file, in the pack.

    Example: wapto templates lint
    """
    if file:
        checked: Iterable[Definition] = [submission.definition_of(_read(file))]
    elif is_starter:
        checked = starter.whole_pack()
    else:
        checked = desk.definitions()
    rows = [
        {"name": one.name, "language": one.language, "rule": found.rule, "finding": found.sentence}
        for one in checked
        for found in check(one)
    ]
    emit(rows, FINDING_COLUMNS, fmt)
    if rows:
        raise Refused(f"{len(rows)} found.")
    click.echo("Nothing found.", err=True)


def _create_starter(accounts: Sequence[str], languages: str | None, *, wait: bool, fmt: str) -> None:
    client, public_url = graph(), config.load_one("WAPTO_PUBLIC_URL")
    asked = starter.chosen_languages(languages.split(",")) if languages else None
    answers: dict[tuple[str, str, str], Answer] = {}
    for waba in accounts:
        if missing := [] if asked else starter.unspoken(waba):
            click.echo(f"The starter pack has no {', '.join(missing)}; English is created instead.", err=True)

        def go_on(waba: str = waba) -> None:
            for answer in starter.create(client, waba, asked or starter.languages_of(waba), public_url, now()):
                key = (waba, answer.name, answer.language)
                if key not in answers:  # after a wait, what was created before it is there
                    answers[key] = answer
                    _tell(answer, fmt)

        until_done(go_on, waits=_MOST_WAITS if wait else 0)
        for wired in starter.wire(waba, public_url, now()):
            click.echo(f"trigger {wired.status} of {wired.number_id}: {wired.result}", err=True)
    if fmt != "table":
        emit([vars(answer) | {"waba": waba} for (waba, *_), answer in answers.items()], ANSWER_COLUMNS, fmt)
    _sum_up(list(answers.values()))


def until_done(go_on: Callable[[], None], *, waits: int, sleep: Callable[[float], None] = time.sleep) -> None:
    """Goes on after each of Meta's limits, at most so many times; says how long it waits. A rerun is always safe."""
    for left in range(waits, -1, -1):
        try:
            go_on()
        except TryLater as limit:
            if not left:
                raise
            again = now() + timedelta(seconds=limit.after)
            words = f"Meta takes no more for now; going on at {again:%H:%M} UTC. Ctrl-C stops, a rerun is safe."
            click.echo(words, err=True)
            sleep(limit.after)
        else:
            return


def _create_one(accounts: Sequence[str], new: Definition, fmt: str) -> None:
    if found := check(new):
        raise InvalidInput(f"{found[0].sentence} (`wapto templates lint` knows the rules: {found[0].rule}.)")
    client = graph()
    answers = [submission.submit(client, waba, new, now()) for waba in accounts]
    emit([vars(answer) for answer in answers], ANSWER_COLUMNS, fmt)
    _sum_up(answers)


def _tell(answer: Answer, fmt: str) -> None:
    """One line as soon as Meta has answered; for people it is the result, beside JSON it shows that it goes on."""
    note = f" ({answer.note})" if answer.note else ""
    click.echo(f"{answer.name} {answer.language}: {answer.result}, {answer.category}{note}", err=fmt != "table")


def _sum_up(answers: Sequence[Answer]) -> None:
    changed = [f"{answer.name} ({answer.language})" for answer in answers if answer.is_recategorized]
    if changed:
        click.secho(
            f"WARNING: Meta changed the category of {', '.join(changed)}. Marketing messages cost more, and customers "
            "may have stopped them; change the words and create the template under another name.",
            fg="red",
            bold=True,
            err=True,
        )
    refused = sum(answer.result == submission.REFUSED for answer in answers)
    if refused:
        raise Refused(f"Meta refused {refused} of {len(answers)} templates; the reasons stand beside them.")


def _accounts(waba: str | None) -> list[str]:
    known = numbers.accounts()
    if waba and waba not in known:
        raise InvalidInput(f"No number belongs to the account {waba}; there are: {', '.join(known)}.")
    return [waba] if waba else known


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise InvalidInput(f"{file} cannot be read as JSON ({fault}).") from None
