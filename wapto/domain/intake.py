"""What became of a stored webhook and of each thing that it says (CONTRACT, JSON shapes)."""

NEW, DONE, KEPT, PARTIAL, FAILED = "new", "done", "kept", "partial", "failed"
STATES = (NEW, DONE, KEPT, PARTIAL, FAILED)
TROUBLED = (PARTIAL, FAILED)  # in part, in whole

SEEN = "seen"  # of a thing that it says: it had been taken in before
