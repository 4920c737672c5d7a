"""What is said of handing work over, kept together for proof-reading; the rest of our words: `bot.wording`."""

HAND_OVER, HAND_OVER_ALL, ORDERS, TO = "Hand over", "Hand over all", "Orders", "To (several share them evenly)"
UNREAD, UNTOLD = "💬 the customer wrote, and nobody answered", "⚠️ the customer was not told"
NOTHING = "Nothing that is listed is open, so there is nothing to hand over."
NOBODY_ELSE = "There is nobody else on the roster who takes orders; an admin can add them: Home → Add a person."
LATE_FORM = "That took too long to show; try it again."


def head(name: str, total: int) -> str:
    """Above what somebody has open."""
    orders = "1 open order" if total == 1 else f"{total} open orders"
    return f"{name}: {orders}"


def nothing(name: str) -> str:
    """Where there is nothing."""
    return f"{name} has no open orders."


def shift_over(total: int, unread: int, untold: int) -> str:
    """The notification at the end of a shift."""
    left = "1 open order" if total == 1 else f"{total} open orders"
    return f"Your shift is over. You leave {left} · {unread} with unread replies · {untold} with unsent notices."


def first_of(shown: int, total: int) -> str:
    """In a form that cannot hold them all."""
    return f"These are the {shown} that are due first of {total}; do it again for the rest."


def given(moved: int, total: int) -> str:
    """Above what became of each."""
    return f"{moved} of {total} handed over."
