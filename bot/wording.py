"""All that Wapto says to agents in Slack, kept together for proof-reading."""

from collections.abc import Sequence

from wapto.domain import lifecycle
from wapto.domain.identity import mask_phone

# Flags of carts and their lines (wapto.desk.carts, wapto.desk.catalog), as agents read them.
FLAGS = {
    "empty_cart": "The cart came without items; ask the customer what they want.",
    "several_currencies": "The items are priced in several currencies; no sum was made.",
    "no_total": "Something is missing in the items, so the sum is not certain.",
    "no_sku": "no SKU",
    "quantity_unclear": "quantity unclear",
    "quantity_zero": "quantity is zero",
    "quantity_large": "unusually many",
    "price_unclear": "price unclear",
    "currency_unclear": "currency unclear",
    "price_zero": "price is zero",
    "other_currency": "not the shop's currency",
    "unknown_sku": "not in the catalog",
    "other_catalog": "of another catalog",
    "item_gone": "gone from the catalog",
    "item_hidden": "hidden in the catalog",
    "item_rejected": "rejected by WhatsApp",
    "price_differs": "the catalog has another price",
    "out_of_stock": "out of stock",
    "short_stock": "more than there are",
    "stock_refused": "Meta refuses the new stock of an item; the thread says why.",
}

FULFILLMENTS = {lifecycle.DELIVERY: "Delivery", lifecycle.PICKUP: "Pickup"}
PAYMENTS = {"unpaid": "Not paid yet", "paid": "Paid", "refunded": "Refunded"}

# How far a message to the customer came (wapto.domain.delivery).
TOLD = {
    "held": "held back",
    "queued": "waiting to be sent",
    "sending": "being sent",
    "accepted": "taken by WhatsApp",
    "sent": "sent, not delivered yet",
    "delivered": "delivered",
    "read": "read",
    "failed": "not delivered",
    "unknown": "may have arrived or not",
    "skipped": "not sent",
}

# What can be done about a message that is not proven to have arrived: the button.
HELD_UNTIL = "held until"
WINDOW = "Free replies until "
OUTDATED = "tracking was corrected since"
REMEDIES = {"undo": "Undo", "tell_again": "Tell again", "told_by_phone": "Told by phone", "it_arrived": "It arrived"}
BY_PHONE = "Told by phone."
_NOT_REACHED = {
    "failed": "the customer was not told of {status}.",
    "held": "the notice of {status} is held back.",
    "unknown": "it is not known whether the customer was told of {status}.",
}
_REPLY_NOT_REACHED = {
    "failed": "the customer did not get the reply.",
    "held": "the reply is held back.",
    "unknown": "it is not known whether the customer got the reply.",
}

# The choices for a second cart (wapto.desk.second_carts): the button, and what is asked before.
SECOND_CART = {
    "merge": ("Merge", "Add these items to {earlier}? This order is closed; the customer is told nothing."),
    "replace": (
        "Replace",
        "Put these items in place of those of {earlier}? This order is closed; the customer is told nothing.",
    ),
    "apart": ("Keep apart", ""),
}
_JOINED = {
    "merge": "Merged into {earlier}; go on there.",
    "replace": "Its items replaced those of {earlier}; go on there.",
}
SETTLED = "The customer's order is {number}."
SAME_ITEMS = "Both list the same items."

CLAIM = "Claim"
CONFIRM_NUMBER, MERGE_CUSTOMERS, HANDED_ON = "Confirm new number", "Same person: merge", "Number was handed on"
NEW_KEYS = "WhatsApp renewed the customer's security keys on {when}: a new phone, or somebody else at it."
MORE = "Change status…"
OPEN = "Open the card"
ASK_ADDRESS, USE_ADDRESS, SHIPS_TO = "Ask for address", "Use as address", "Ships to: "
REPLY_MENU = "Reply to customer…"
REPLY, REPLY_TEXT, SEND = "Reply to customer", "What the customer reads", "Send"
REPLY_BUTTON, CREATE_ORDER, CLOSE_INQUIRY = "Reply", "Create order", "Close"
ASKS_ABOUT = "Asks about the product "
INQUIRY_CLOSED = "Closed; the customer's next message opens a new one."
ITEMS, ITEMS_HINT = "Items", "A line for each: SKU=QUANTITY@PRICE, such as MUG=2@19.90"
NOTE = "Note"
TEMPLATE = "Template"
QUICK = "Quick reply"
WINDOW_CLOSED = "The customer has not written for 24 hours, so WhatsApp takes only approved templates: choose one."
NO_THREAD = "That message stands in no thread under a card; reply from the card's menu instead."
EDIT_STAYS = "Your edit stays in Slack: the customer has this message as it was sent."
NOT_YOURS = "That is Wapto's own message; choose one that a person wrote in the thread."
NOBODY_ON_DUTY = "Nobody yet, and nobody is on duty"
TOTAL_UNCERTAIN = "no total can be trusted"
NO_NAME = "No name"
NO_PHONE = "no phone number"
NO_LINES = "No items"
PLAIN_CARD = "Slack did not take the full card; /wapto show {number} has the order's facts."

NAME = "Wapto"
DOCTOR_ASKS = "Wapto's doctor looks whether it can write here."
DOCTOR_DONE = "Wapto's doctor looked whether it can write here, and it can."

# Working on an order: the menu of its card, the buttons of what it opens, and the forms.
ASSIGN_MENU, WORK_MENU = "Assign…", "More…"
WORK = {
    "work": "Work on the order",
    "assign_form": "Assign",
    "items_form": "Edit items",
    "prices_form": "Settle price or stock",
    "unknown_form": "Find unknown items",
    "flags_form": "Marked items are right",
    "fees_form": "Fee or discount",
    "snooze_form": "Put off",
    "tracking_form": "Correct tracking",
    "facts_form": "Handover and payment",
    "survey_form": "Ask how it was",
    "note_form": "Add a note",
    "customer_form": "Tags and notes",
    "contact_shown": "Show contact",
}
TAGS, TAGS_HINT = "Tags of the customer", "With commas between them, such as: vip, wholesale. Orders are found by them."
ADJUSTED = {"shipping": "Shipping fee", "discount": "Discount"}
WHO, QUEUE, AWAY, SLACK_AWAY = "Who gets the order", "Nobody: back to the queue", "away", "Slack: away"
ADD_ITEMS, ADD_HINT = (
    "Add or change by SKU",
    "One a line: SKU=QUANTITY@PRICE, such as MUG=2@19.90. 0 above takes an item out.",
)
PICK_ITEM, HOW_MANY, SEARCH_CATALOG = "Add from the catalog", "How many of it", "Type a part of its name or SKU"
PRICE_CHOICES = {
    "honor": "Keep what the customer saw",
    "change": "Take what the catalog has",
    "ask": "Ask the customer",
    "decline": "Take the item out",
}
FLAGS_HINT = "The marks go from these items; the order's timeline keeps who said so."
ITEM_HINT = "The item of the catalog that it is; from now on this SKU means that item, in other open orders too."
CATALOG_PRICE = "catalog: {price}"
HANDED_OVER, PAID = "Handed over by", "Payment"
SHELF = "Where it waits"
NOTE_LABEL, NOTE_HINT = "Note", "For the team; the customer does not see it."
NAME_OF, PHONE_OF, USERNAME_OF, USER_ID_OF = "Name", "Phone", "WhatsApp username", "WhatsApp user id"
NEW_PHONE_OF = "New phone, not confirmed"
CONTACT_LOGGED = "The order's timeline keeps that you looked."
NOT_NOW, CLOSE = "Not now", "Close"

# The roster from Slack.
ADD_PERSON, PERSON, ROLE, TEAM = "Add a person", "Person", "May", "Team"
ROLES = {"admin": "Everything (admin)", "agent": "Work on orders (agent)", "viewer": "Only look (viewer)"}
ADMINS_ONLY = "Only an admin can do that; `wapto agents list` shows who is one."

STRANGER = "Only people of the workspace that Wapto is installed in can use it."
VIEWER = "You may look at orders, but not change them; an admin can run `wapto agents set … role=agent` for you."
BROKEN = "Something went wrong; nothing was changed as far as Wapto knows. Look at the order, and tell an admin: {id}."
MALFORMED = "That button or form is of an older version of Wapto; use /wapto instead."


def flag(name: str) -> str:
    """A flag in words; one that has none yet, as it is."""
    return FLAGS.get(name, name.replace("_", " "))


def off_the_roster(user: str) -> str:
    """To somebody who is not on the roster: how to get there."""
    return (
        "You are not on Wapto's roster; an admin can add you: Wapto's Home → Add a person, or "
        f"`wapto agents add --slack {user} --name …`."
    )


def phone(number: str | None) -> str:
    """A customer's number as cards show it."""
    return mask_phone(number) if number else NO_PHONE


def pieces(count: int) -> str:
    """How many pieces an order has."""
    return f"{count} item" if count == 1 else f"{count} items"


def more(count: int) -> str:
    """The end of a list that was cut."""
    return f"and {count} more"


def more_in_thread(count: int) -> str:
    """The end of a card's items that were cut."""
    return f"and {count} more; the thread has them all"


def items_of(number: str, count: int, part: int, parts: int) -> str:
    """Above the whole list of a long cart, or a part of it."""
    return f"All {count} items of {number}{f', part {part} of {parts}' if parts > 1 else ''}:"


def open_orders(count: int) -> str:
    """How many orders somebody has in their hands."""
    return f"{count} open"


def bought(orders: int, spent: Sequence[str]) -> str:
    """How many orders a customer has, and what they come to."""
    count = "1 order" if orders == 1 else f"{orders} orders"
    return " · ".join([count, *spent])


def lines_left(count: int) -> str:
    """Below the items of a form that could not hold them all."""
    return f"{count} more items stay as they are; `wapto orders edit` changes them."


def not_told(status: str) -> str:
    """A status that has no message to the customer."""
    return f"{status}: nothing, no template is set for this status"


def second_cart(earlier: str, status: str) -> str:
    """Above the comparison of a second cart with the first."""
    return f"🛒 *A second cart:* this customer's {earlier} is still {status}. Compared with it:"


def joined(choice: str, earlier: str) -> str:
    """What became of a second cart that belonged to an earlier order."""
    return _JOINED[choice].format(earlier=earlier)


def newer_cart(number: str) -> str:
    """On the card of the earlier order."""
    return f"🛒 This customer sent another cart, {number}: decide on its card whether it belongs here."


def not_reached(trigger: str, state: str) -> str:
    """A notice or reply to the customer that is not proven to have arrived."""
    if trigger not in lifecycle.STATUSES:
        return _REPLY_NOT_REACHED[state]
    return _NOT_REACHED[state].format(status=lifecycle.label(trigger))


def doubted(address: str, owner: int | None) -> str:
    """A number that WhatsApp says is the customer's now, and that nothing is sent to yet."""
    news = f"WhatsApp says that this customer moved to {address}"
    if owner is None:
        return f"{news}. Messages wait until somebody who knows that it is them confirms it."
    return (
        f"{news}, which belongs to another customer here, number {owner}. "
        "Messages wait until somebody says whether both are one person."
    )


def sure_of_number(name: str, address: str) -> str:
    """Asks before order details go to a new number."""
    return f"Do you know that {address} is {name}? Order details go there from now on, also those that waited."


def sure_they_are_one(name: str, owner: int) -> str:
    """Asks before two customers become one."""
    return (
        f"Do you know that {name} and customer {owner} are one person? All orders and messages of both come together; "
        f"`wapto customers unmerge {owner}` takes them apart again."
    )


def sure_of_handing_on(name: str, address: str, owner: int) -> str:
    """Asks before a number is taken from whoever had it."""
    return f"Do you know that {address} is {name}'s now, and no longer customer {owner}'s? Order details go there."


def take_over(name: str) -> str:
    """Asks before an order is taken from somebody."""
    return f"{name} has this order. Take it over?"


def now_has(number: str, status: str) -> str:
    """A change of status that was made."""
    return f"{number} is now {status}."


def now_yours(number: str) -> str:
    """An order that was claimed."""
    return f"{number} is yours now."


def burst(count: int, what: str) -> str:
    """Above several orders of one direct message."""
    return f"{count} orders are {what}" if count > 1 else f"1 order is {what}"


def given(number: str, mention: str) -> str:
    """An order that was assigned."""
    return f"{number} now belongs to {mention}."


# What a customer asked for by a button of WhatsApp, in the thread and to the agent.
WISHES = {
    "person_wish": "The customer asks to talk to a person",
    "cancel_wish": "The customer asks to cancel the order, which is too far along to be cancelled by a button",
}


# Shortcuts on messages, by their id: the words in the menu, and what they do.
SHORTCUTS = {"send_to_customer": ("Send to customer", "Sends this message of a card's thread to the customer")}


def inquiry_of(shop: str) -> str:
    """The name of an inquiry's card."""
    return f"Inquiry · {shop}"


def became(order: str) -> str:
    """On an inquiry's card: how it ended."""
    return f"It became the order {order}."


def since(at: str, messages: int) -> str:
    """On an inquiry's card: since when it is open, and how much was written."""
    return f"since {at} · {messages} message{'' if messages == 1 else 's'}, all in the thread"


def window(until: str) -> str:
    """Under the field of a reply: how long the customer can be written to."""
    return f"Free replies are possible until {until}; afterwards WhatsApp takes only approved templates."


def on_its_way(number: str) -> str:
    """A reply that will be sent."""
    return f"It goes to the customer of {number}; the thread under its card shows how far it comes."


def unknown(typed: str, nearest: Sequence[str], what: str, choices: Sequence[str]) -> str:
    """A word that is not known: the nearest one, or all."""
    hint = f"Did you mean {nearest[0]}?" if nearest else f"There are: {', '.join(choices)}."
    return f"There is no {what} {typed}. {hint} Nothing was changed."
