"""What went wrong on the way, in words for people."""

from twisted.internet import error as twisted_errors

from crawlers.failures import name_trouble


def test_a_broken_connection_is_told_in_our_words() -> None:
    for error in (twisted_errors.ConnectionLost(), twisted_errors.ConnectionDone()):
        trouble = name_trouble(error, "https://v.example/", 10, is_last=False)
        assert trouble.reason == "reset"
        assert trouble.detail == "the outlet broke the connection off before its answer was whole"
