"""`wapto up`, `web`, `worker`, `scheduler`: the processes."""

import rich_click as click

from cli import serve


@click.command()
def up() -> None:
    """Run everything on this machine: web, worker, scheduler, and a Redis if REDIS_URL names none.

    Example: wapto up
    """
    serve.up()


@click.command()
def web() -> None:
    """Run the web process: Meta's webhook and Slack's requests.

    Example: PORT=8000 wapto web
    """
    serve.web()


@click.command()
def worker() -> None:
    """Run the worker process: it turns carts into orders, sends messages, keeps the cards fresh.

    Example: wapto worker
    """
    serve.worker()


@click.command()
def scheduler() -> None:
    """Run the scheduler process: calendar duties.

    Example: wapto scheduler
    """
    serve.scheduler()
