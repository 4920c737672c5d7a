"""Every error that Wapto raises on purpose, named by what the caller must do next.

The message of each is one sentence for a person. A door turns the class into an exit
code, a Slack reply or an HTTP status; nothing below a door does.
"""


class WaptoError(Exception):
    """The root: catching it catches all that was foreseen."""


class InvalidInput(WaptoError):
    """Change what was given; the sentence says how."""


class NotFound(WaptoError):
    """Name something that exists."""


class NotAllowed(WaptoError):
    """Ask a person who may do this."""


class Refused(WaptoError):
    """The rules forbid it in this state: choose another move."""


class Conflict(WaptoError):
    """Somebody was faster: look again, then decide again."""


class Misconfigured(WaptoError):
    """An admin has to change a setting or an account."""


class TryLater(WaptoError):
    """Nothing happened; repeat after `after` seconds."""

    def __init__(self, message: str, after: float = 1.0) -> None:
        super().__init__(message)
        self.after = after


class OutcomeUnknown(WaptoError):
    """It may have happened: find out before repeating."""
