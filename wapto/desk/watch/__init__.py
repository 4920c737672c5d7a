"""What admins have to hear of though nobody asks, and the signs of life behind it."""
