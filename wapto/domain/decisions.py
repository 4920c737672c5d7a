"""What agents can decide about what is not clear in a cart."""

HONOR, ASK, CHANGE, DECLINE = "honor", "ask", "change", "decline"
OF_PRICES = (HONOR, ASK, CHANGE, DECLINE)
"""About a price that is not the catalog's."""

MERGE, REPLACE, APART = "merge", "replace", "apart"
OF_CARTS = (MERGE, REPLACE, APART)
"""About a second cart beside an order that has not been begun."""
