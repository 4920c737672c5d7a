"""Background work: the doorbell, the lanes, the calendar duties."""
