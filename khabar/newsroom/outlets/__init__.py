"""Seven outlets, each another kind of site."""
