"""Use cases: one verb, whichever door it is called through."""
