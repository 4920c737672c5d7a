"""Who does it, and is it late: the roster, duty, hours, rules, the queue, promises of time."""
