"""What is said of many orders at once, kept together for proof-reading; the rest of our words: `bot.wording`."""

ADVANCE_ALL, PICK_LIST, SHOW_FIRST = "Advance all", "Pick list", "Show what happens"
BULK_TARGET, BULK_REASON = "New status", "Reason"
BULK_REASON_HINT = "Needed to cancel, return or step back."
WILL_READ_NOTHING = "the customer is told nothing"
NOTHING_TO_PICK = "These orders have no items."
LATE_PLAN = "That took too long to show; try again with fewer orders."


def bulk_of(total: int, most: int) -> str:
    """How many orders are meant, and how many of them at a time."""
    orders = "1 order is" if total == 1 else f"{total} orders are"
    return f"{orders} listed." + (f" The oldest {most} come first; do it again for the rest." if total > most else "")


def bulk_plan(possible: int, total: int, status: str) -> str:
    """Above what would happen."""
    return f"*{possible} of {total} would become {status}.* Nothing has happened yet."


def bulk_done(moved: int, total: int, status: str) -> str:
    """Above what happened."""
    return f"*{moved} of {total} are now {status}.*"


def late_results(moved: int, total: int) -> str:
    """The same, said later."""
    return f"{moved} of {total} orders were advanced; their cards show it."


def will_read(text: str) -> str:
    """What the customer would be told."""
    return f"reads: {text}"


def pick_orders(count: int) -> str:
    """For how many orders a SKU is needed."""
    return "for 1 order" if count == 1 else f"for {count} orders"


def pick_unclear(count: int) -> str:
    """In how many lines nobody knows how many."""
    return f"quantity unclear in {count}"


def pick_short(count: int) -> str:
    """How many there are too few."""
    return f"⚠️ {count} short"
