"""What the team reads about surveys and recoveries, kept together for proof-reading."""

from wapto.desk.recoveries import OUTCOMES

CLOSE = "Close recovery"
OUTCOME, WORDS = "What came of it", "In a few words"
LOW = "The customer gave a low score"
CORRECTED = "The customer changed the score from {before} to {after}"
OUTCOME_LABELS = {name: words[0].upper() + words[1:] for name, words in OUTCOMES.items()}


def asked(actor: str, state: str) -> str:
    """In a thread: the customer was asked how it was, and how far that came."""
    return f"{actor} asked the customer how it was ({state}):"


def thanked(state: str) -> str:
    """In a thread: the customer was thanked for the answer."""
    return f"Wapto thanked the customer for the answer ({state}):"


def scored(before: str | None, after: str) -> str:
    """In a thread: what the customer answered."""
    return CORRECTED.format(before=before, after=after) if before else f"The customer gave a score of {after}"


def opened(score: str) -> str:
    """In a thread: somebody has to care."""
    return f"⚠️ Recovery: the score is {score}. Please talk to the customer, then close this with what came of it."


def closed(actor: str, outcome: str) -> str:
    """In a thread: how a recovery ended."""
    return f"{actor} closed the recovery: {OUTCOMES.get(outcome, outcome)}"
