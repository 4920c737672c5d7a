"""What customers are told: promised, drafted, sent, and what came of it."""
