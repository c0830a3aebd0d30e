"""Timed figures, ours beside the bare counterpart in one run: `make bench`."""
