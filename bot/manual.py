"""The manual of /wapto: how each subcommand is written, what it does, and an example."""

from wapto.domain import lifecycle

USAGE = {
    "list": ("list [STATUS]", "lists the newest open orders, or those of a status"),
    "mine": ("mine", "lists your open orders"),
    "unassigned": ("unassigned", "lists the open orders that nobody has"),
    "late": ("late", "lists the orders that are longer in their status than was promised, the most overdue first"),
    "waiting": ("waiting", "lists the open orders that wait for an answer of their customer"),
    "snooze": ("snooze N TIME reason", "puts off when an order is late, by 30m, 4h or 2d"),
    "find": ("find TEXT", "finds orders by number, customer's name, phone, SKU or words of a note"),
    "show": ("show N", "shows an order"),
    "why": ("why N", "says why an order is with whoever has it, and of a delivered one how it was liked"),
    "stats": ("stats", "counts orders by status and by person"),
    "claim": ("claim N", "takes an order"),
    "assign": ("assign N @agent", "gives an order to somebody"),
    "status": ("status N STATUS [reason]", "moves an order on, back, or cancels it; the customer is told"),
    "reply": ("reply N TEXT", "writes to the customer, who reads it at once"),
    "note": ("note N TEXT", "keeps an internal note; the customer does not see it"),
    "handover": ("handover [@agent]", "shows what you have open, due first on top, and hands it to others"),
    "away": ("away", "takes you off duty: you get no new orders"),
    "back": ("back", "puts you on duty again"),
    "help": ("help [COMMAND]", "shows this, or one command with an example"),
}
EXAMPLES = {
    "list": "list processing",
    "snooze": "snooze W-7KQ2 4h waits for the courier",
    "find": "find 98888",
    "show": "show W-7KQ2",
    "why": "why 7kq2",
    "claim": "claim W-7KQ2",
    "assign": "assign W-7KQ2 @ana",
    "status": "status W-7KQ2 cancelled out of stock",
    "reply": "reply W-7KQ2 it leaves today",
    "note": "note W-7KQ2 gift wrap it, please",
    "help": "help status",
}


def help_text() -> str:
    """The manual of /wapto."""
    lines = [f"`/wapto {usage}`  {what}" for usage, what in USAGE.values()]
    return "\n".join(["*What /wapto can do*", *lines, *_explained()])


def help_on(command: str) -> str:
    """One page of it."""
    usage, what = USAGE[command]
    example = [f"For example: `/wapto {EXAMPLES[command]}`"] if command in EXAMPLES else []
    told = [line for line in _explained() if line.split(" ")[0] in usage.split(" ")]
    return "\n".join([f"`/wapto {usage}`  {what}", *example, *told])


def _explained() -> list[str]:
    """What the capitals stand for; each line begins with the word that it explains."""
    statuses = ", ".join(status.label for status in lifecycle.STATUSES.values())
    return [
        "N is an order number, such as W-7KQ2, in any case, with or without the W.",
        f"STATUS is one of: {statuses}.",
        "[reason] is needed for going one step back, cancelling, returning and reopening.",
        "@agent is somebody on the roster, by mention or by name.",
    ]


def usage(command: str) -> str:
    """How a subcommand is written."""
    return f"Write it like this: /wapto {USAGE[command][0]}"
