"""Errors in Graph's words: code, title, HTTP status and body (reference §8)."""

import json
import secrets
from typing import Any

# Code: (HTTP status, title), from the table of §8; rate limits are 400 there, not 429.
KNOWN = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "Display name is not approved"),
    131042: (400, "Business eligibility payment issue"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Business account is in maintenance mode"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    133004: (503, "Server temporarily unavailable"),
    133010: (400, "Phone number not registered"),
}
_OTHER = (400, "Unknown error")


class GraphError(Exception):
    """A refusal; `details` is the sentence that real answers carry in `error_data.details`.

    `minutes`: when the account may call again, told in the header of the usage.
    """

    def __init__(
        self, code: int, details: str, *, http: int | None = None, subcode: int | None = None, minutes: int = 0
    ) -> None:
        super().__init__(f"{code}: {details}")
        known_http, self.title = KNOWN.get(code, _OTHER)
        self.code, self.details, self.subcode, self.minutes = code, details, subcode, minutes
        self.http = http or known_http

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "is_transient": self.http >= 500,
            "fbtrace_id": _trace(),
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": error}

    def headers(self) -> dict[str, str]:
        """The usage of a business use case (§9), for limits that end."""
        if not self.minutes:
            return {}
        row = {"type": "messages", "call_count": 100, "estimated_time_to_regain_access": self.minutes}
        return {"X-Business-Use-Case-Usage": json.dumps({"account": [row]})}

    def in_status(self) -> dict[str, Any]:
        """The same as an element of `errors` in a `failed` status (§3)."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


class Unsupported(GraphError):
    """No such object or call: one answer for both, so that nobody learns which ids exist (§8, code 33)."""

    def __init__(self, method: str, node: str) -> None:
        super().__init__(
            100,
            f"Unsupported {method.lower()} request. Object with ID '{node}' does not exist, cannot be loaded due to "
            "missing permissions, or does not support this operation.",
            subcode=33,
        )

    def body(self) -> dict[str, Any]:
        """Graph's own errors carry the sentence as their message, and no `error_data`."""
        return {
            "error": {
                "message": self.details,
                "type": "GraphMethodException",
                "code": self.code,
                "error_subcode": self.subcode,
                "fbtrace_id": _trace(),
            }
        }


def _trace() -> str:
    return "A" + secrets.token_urlsafe(16)
