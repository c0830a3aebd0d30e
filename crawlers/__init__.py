"""From an outlet to raw bytes."""
