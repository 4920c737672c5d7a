"""Templates as Meta has them, and the triggers that use them."""
