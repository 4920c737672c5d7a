"""`wapto completion`: what makes a shell finish words."""

import rich_click as click
from click.shell_completion import get_completion_class

_INSTALL = {
    "bash": "# In ~/.bashrc: source <(wapto completion bash)",
    "zsh": "# In ~/.zshrc, after compinit: source <(wapto completion zsh)",
    "fish": "# Once: wapto completion fish > ~/.config/fish/completions/wapto.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes Tab complete commands, options, order numbers, agents, templates and statuses.

    Example: wapto completion bash >> ~/.bashrc
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click knows all three"  # noqa: S101
    click.echo(_INSTALL[shell])
    click.echo(kind(ctx.find_root().command, {}, "wapto", "_WAPTO_COMPLETE").source())
