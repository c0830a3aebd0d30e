"""How good extraction is, measured on saved pages with known answers."""
