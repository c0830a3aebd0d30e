"""Backups: a home's files beside their digests, in a folder that can be proven and brought back."""
