"""People and their handles: found, merged, confirmed, exported, forgotten."""
