"""After the delivery: asking, understanding answers, caring about low scores."""
