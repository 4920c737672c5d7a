"""Meta's error codes: what each means and what to do about it, in one table (reference §8).

The same codes come as the answer to a request and later in a `failed` receipt.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

from wapto.errors import WaptoError


class Remedy(Enum):
    """What the caller does next with the message, and with the number that it would go out from."""

    RETRY = "retry"
    SLOW_NUMBER = "slow_number"
    SLOW_PAIR = "slow_pair"
    CONFIGURE = "configure"
    TOKEN_DEAD = "token_dead"  # noqa: S105  the name of a remedy, not a secret
    NEVER = "never"
    UNREACHABLE = "unreachable"
    WINDOW_CLOSED = "window_closed"
    TEMPLATE_UNUSABLE = "template_unusable"


RETRY, SLOW_NUMBER, SLOW_PAIR, CONFIGURE = Remedy.RETRY, Remedy.SLOW_NUMBER, Remedy.SLOW_PAIR, Remedy.CONFIGURE
TOKEN_DEAD, NEVER, UNREACHABLE = Remedy.TOKEN_DEAD, Remedy.NEVER, Remedy.UNREACHABLE
WINDOW_CLOSED, TEMPLATE_UNUSABLE = Remedy.WINDOW_CLOSED, Remedy.TEMPLATE_UNUSABLE


class Reach(Enum):
    """Whom a refusal keeps from sending besides the number that it came back to."""

    NUMBER = "number"
    ACCOUNT = "account"
    PORTFOLIO = "portfolio"


ACCOUNT, PORTFOLIO = Reach.ACCOUNT, Reach.PORTFOLIO

ADVICE = {
    RETRY: "Wapto tries again by itself.",
    SLOW_NUMBER: "Wapto slows this number down and tries again by itself.",
    SLOW_PAIR: "Wapto waits a little for this customer and tries again by itself.",
    CONFIGURE: "An admin has to change this in the Meta account; messages wait until then.",
    TOKEN_DEAD: "An admin has to put a new access token in place; messages wait until then.",
    NEVER: "Repeating will not help; contact the customer another way, and show this to an admin.",
    UNREACHABLE: "Contact the customer another way.",
    WINDOW_CLOSED: "Only an approved template can reach the customer until they write again.",
    TEMPLATE_UNUSABLE: "An admin has to look at the template; its messages wait until then.",
}


@dataclass(frozen=True, slots=True)
class Code:
    """A clause about what happened, the remedy, how many seconds to leave it alone at least, and whom it concerns."""

    meaning: str
    remedy: Remedy
    after: int = 0
    reach: Reach = Reach.NUMBER
    known: bool = True


CODES = {
    0: Code("the access token is invalid or has expired", TOKEN_DEAD, reach=ACCOUNT),
    1: Code("Meta had an unknown problem", RETRY),
    2: Code("Meta's service is down for a moment", RETRY),
    3: Code("the app lacks a capability or permission", CONFIGURE, reach=ACCOUNT),
    4: Code("the app has made too many calls", SLOW_NUMBER, 60, PORTFOLIO),
    10: Code("a permission was not granted or was taken away", CONFIGURE, reach=ACCOUNT),
    33: Code("the number or account is not there, or the token may not see it", CONFIGURE),
    100: Code("Meta does not accept a parameter", NEVER),
    190: Code("the access token has expired, was revoked or is wrong", TOKEN_DEAD, reach=ACCOUNT),
    368: Code("the account is blocked for a time for breaking a policy", CONFIGURE, reach=PORTFOLIO),
    506: Code("Meta takes it for a repeated message", NEVER),
    613: Code("too many calls were made in a short time", SLOW_NUMBER, 60),
    2040: Code("the customer's WhatsApp cannot show order messages", UNREACHABLE),
    2046: Code("the order's payment message cannot change in this way", NEVER),
    2047: Code("a paid order's payment message cannot be cancelled", NEVER),
    80007: Code("the WhatsApp account has made too many calls", SLOW_NUMBER, 60, ACCOUNT),
    80009: Code("the catalog was read or changed too often in a short time", SLOW_NUMBER, 60),
    80014: Code("the catalog was read or changed too often in a short time", SLOW_NUMBER, 60),
    130429: Code("the number sends faster than it may", SLOW_NUMBER),
    130472: Code("Meta keeps marketing messages from this customer for an experiment", UNREACHABLE),
    130497: Code("the account may not write to customers in that country", UNREACHABLE),
    131000: Code("something went wrong at Meta", RETRY),
    131005: Code("access was denied", CONFIGURE),
    131008: Code("a required parameter is missing", NEVER),
    131009: Code("a parameter has a value that Meta does not accept", NEVER),
    131016: Code("Meta's service is unavailable", RETRY),
    131020: Code("the group cannot be written to", NEVER),
    131021: Code("the recipient is the shop's own number", NEVER),
    131026: Code("the message cannot be delivered: the customer may not be on WhatsApp or has an old app", UNREACHABLE),
    131030: Code("the test number may only write to the recipients on its list", CONFIGURE),
    131031: Code("the account is locked", CONFIGURE, reach=PORTFOLIO),
    131037: Code("the number's display name is not approved", CONFIGURE),
    131041: Code("the group cannot be written to", NEVER),
    131042: Code("there is a problem with the payment method of the WhatsApp account", CONFIGURE, reach=ACCOUNT),
    131043: Code("the message expired before it was delivered", UNREACHABLE),
    131045: Code("the number's registration has a problem", CONFIGURE),
    131047: Code("the customer has not written for more than 24 hours", WINDOW_CLOSED),
    131048: Code("Meta limits the number because customers blocked it or reported spam", SLOW_NUMBER, 3600),
    131049: Code("Meta chose not to deliver another marketing message to this customer", UNREACHABLE),
    131050: Code("the customer does not want marketing messages", UNREACHABLE),
    131051: Code("this type of message is not supported", NEVER),
    131052: Code("the customer's file could not be downloaded; ask for it again", NEVER),
    131053: Code("the picture or document could not be uploaded", NEVER),
    131055: Code("this kind of sending is not allowed for this message", NEVER),
    131056: Code("too many messages went to this customer in a short time", SLOW_PAIR, 6),
    131057: Code("the number is in maintenance", RETRY, 60),
    131062: Code("this message needs the customer's phone number, which is not known", UNREACHABLE),
    131063: Code("marketing templates are switched off for this account", CONFIGURE, reach=ACCOUNT),
    131064: Code("the account is limited because templates were put in a wrong category", CONFIGURE, reach=PORTFOLIO),
    132000: Code("the template has another number of placeholders by now", TEMPLATE_UNUSABLE),
    132001: Code("there is no approved template of that name in that language", TEMPLATE_UNUSABLE),
    132005: Code("the text is too long once the placeholders are filled", NEVER),
    132007: Code("the template breaks a content policy", TEMPLATE_UNUSABLE),
    132008: Code("a placeholder has a value that Meta does not accept", NEVER),
    132012: Code("a placeholder does not fit the template, or its picture or document is missing", TEMPLATE_UNUSABLE),
    132015: Code("the template is paused", TEMPLATE_UNUSABLE),
    132016: Code("the template is disabled for good", TEMPLATE_UNUSABLE),
    132018: Code("the template's parameters are invalid", NEVER),
    132068: Code("the flow is blocked", CONFIGURE),
    132069: Code("the flow is limited to a few messages an hour", SLOW_NUMBER, 600),
    133000: Code("an earlier deregistration of the number was not completed", CONFIGURE),
    133004: Code("Meta's server is unavailable", RETRY),
    133005: Code("the two-step PIN of the number is wrong", CONFIGURE),
    133006: Code("the number has to be verified first", CONFIGURE),
    133008: Code("the two-step PIN was tried too often", CONFIGURE),
    133009: Code("the two-step PIN was tried too fast", CONFIGURE),
    133010: Code("the number is not registered for the Cloud API", CONFIGURE),
    133015: Code("the number was deleted a moment ago", RETRY, 300),
    133016: Code("the number was registered too often", SLOW_NUMBER, 3600),
    134011: Code("the terms for payments were not accepted", CONFIGURE, reach=ACCOUNT),
    134100: Code("only marketing messages may be sent in this way", NEVER),
    134101: Code("the template is still being prepared", RETRY, 600),
    134102: Code("this template cannot be used for marketing in this way", CONFIGURE),
    135000: Code("Meta does not accept a parameter", NEVER),
    137000: Code("the customer's identity may have changed and has to be confirmed", UNREACHABLE),
    2388019: Code("the account has as many templates as it may have", NEVER),
    2388024: Code("the account has a template of that name in that language already", NEVER),
    2388040: Code("a part of the template is too long", NEVER),
    2388047: Code("the template's header is not accepted", NEVER),
    2388072: Code("the template's body is not accepted", NEVER),
    2388073: Code("the template's footer is not accepted", NEVER),
    2388273: Code("an example for the template's header is missing", NEVER),
    2388293: Code("the template has too many placeholders for its length", NEVER),
    2388299: Code("a placeholder stands at the start or the end of the template", NEVER),
    2494100: Code("the number is in maintenance", RETRY, 60),
}
RANGES = (
    (range(200, 300), Code("a permission is missing", CONFIGURE, reach=ACCOUNT)),
    (range(131200, 131300), Code("the group cannot be written to", NEVER)),
    (range(138000, 138100), Code("the call was refused", NEVER)),
    (range(139000, 139200), Code("the flow or the list of blocked customers was refused", NEVER)),
    (range(147000, 147100), Code("the shop's username has a problem", CONFIGURE)),
)
UNKNOWN = Code("Meta refused it with a code that Wapto does not know", NEVER, known=False)


def lookup(code: int | None, subcode: int | None = None) -> Code:
    """What the table says about a code, UNKNOWN when it says nothing.

    Code 100 is so broad that a subcode which the table knows says more: 33 is a number that is not there.
    """
    for number in (subcode, code) if code == 100 else (code,):
        if number in CODES:
            return CODES[number]
    return next((meaning for numbers, meaning in RANGES if code in numbers), UNKNOWN)


def describe(code: int | None) -> str:
    """Two sentences for an agent: what happened, and what to do."""
    known = lookup(code)
    happened = known.meaning[0].upper() + known.meaning[1:]
    named = "" if code is None else f" (WhatsApp code {code})"
    return f"{happened}{named}. {ADVICE[known.remedy]}"


class GraphError(WaptoError):
    """Meta understood the request and refused it: act by `remedy`.

    The sentence and `details` are Meta's English with tokens and long numbers blotted out. `code` is None when the
    answer was no Graph error at all; `retry_after` is in seconds, None when nothing asks to wait.
    """

    def __init__(
        self,
        code: int | None,
        *,
        http_status: int,
        subcode: int | None = None,
        details: str = "",
        fbtrace_id: str | None = None,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        entry = lookup(code, subcode)
        if transient and not entry.known:
            entry = replace(entry, remedy=RETRY)
        self.code, self.subcode, self.http_status, self.fbtrace_id = code, subcode, http_status, fbtrace_id
        self.known, self.remedy, self.reach = entry.known, entry.remedy, entry.reach
        self.retry_after = retry_after or entry.after or None
        self.details = blot(details)
        super().__init__(self._sentence(entry.meaning))

    def _sentence(self, meaning: str) -> str:
        if self.code is None:
            return f"Meta answered HTTP {self.http_status} without saying why."
        because = f": {self.details.rstrip('.')}" if self.details else ""
        return f"{meaning[0].upper()}{meaning[1:]} (WhatsApp code {self.code}){because}."


def blot(text: str) -> str:
    """The text without access tokens and without numbers long enough to be somebody's phone."""
    text = re.sub(r"\bEAA\w{10,}", "…", text)
    return re.sub(r"\+?\d[\d\s().-]{5,}\d", "…", text)
