"""From a stored webhook to what the desk does about each of its elements."""
