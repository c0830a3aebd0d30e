"""From raw bytes to an article."""
