"""Numbers of things, in the words of reports."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Say how many there are: `1 page`, `1,234 pages`; a plural without an s is given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
