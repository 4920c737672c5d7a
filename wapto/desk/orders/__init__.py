"""Orders: made from carts, changed by verbs, found, shown, told by their timelines."""
