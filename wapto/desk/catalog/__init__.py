"""What a shop sells: read from Meta, tied to lines, compared with what carts say."""
