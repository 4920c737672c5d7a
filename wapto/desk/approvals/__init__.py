"""Acts that need a second person, where a shop says so."""
