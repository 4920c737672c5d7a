"""What the Home tab says, kept together for proof-reading; the rest of our words: `bot.wording`."""

from collections.abc import Sequence

HOME = "Orders"
LISTS = {
    "open": "Open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "late": "Late",
    "waiting": "Waiting for customer",
    "untold": "Customer not told",
}
BY_STATUS, BY_NUMBER, BY_TEAM, BY_AGENT = "Status", "Shop", "Team", "Agent"
ANY, RESET, SEARCH = "All", "Reset", "Search: order number, name, phone, SKU or words of a note"
GO_AWAY, COME_BACK = "I am away", "I am back"
NO_ORDERS = "There are no such orders."
PREVIOUS, NEXT = "Previous", "Next"
PLAIN_HOME = "Slack did not take the list of orders; /wapto list has the newest ones."


def page(page: int, pages: int, total: int) -> str:
    """Below a page of a list."""
    return f"Page {page} of {pages} · {total} orders"


def today(orders: int, delivered: int, revenue: Sequence[str]) -> str:
    """How the day goes; `revenue` in words, one for each currency."""
    came_in = "1 order came in" if orders == 1 else f"{orders} orders came in"
    return " · ".join([f"Today: {came_in}", f"{delivered} delivered", *revenue])
