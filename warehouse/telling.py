"""Tells by two texts alone whether one is a form filled in anew, or goes on with the other's event.

Reasons, not examples: what is measured (rates, prices, temperatures) is measured anew each day;
what is counted (the dead, the arrested) is counted on. A form names the day of its numbers; the day
of a dateline, or on which somebody said it, is no such day.
"""

from transforms.number_places import Comparison
from warehouse.vocabulary import Vocabulary, has_same_words, share_of_names

FORM_NUMBERS = 3
"""A form filled in anew has at least so many other numbers, and at least as many as it kept."""
SHARED_NAMES = 0.75
"""Reports of two events in one set of words have the lead's places, persons or teams apart."""


def is_form(compared: Comparison) -> bool:
    """Judge whether so much changed that this is a form, filled in twice.

    One that names its day tells by that: tomorrow's temperatures are mostly today's.
    """
    least = 0 if _is_of_another_day(compared) else compared.agree
    return compared.differ >= max(FORM_NUMBERS, least) or _is_short_form(compared)


def _is_short_form(compared: Comparison) -> bool:
    """Judge whether one or two numbers are all that a report is about: a rate, a day's cases."""
    if compared.agree >= FORM_NUMBERS or not compared.counts_differ:
        return False
    return _is_of_another_day(compared) or _is_measured_anew(compared)


def is_written_on(compared: Comparison, left: Vocabulary, right: Vocabulary) -> bool:
    """Judge whether one report goes on telling of the other's event, with other counts."""
    is_of_one_event = share_of_names(left, right) >= SHARED_NAMES
    return compared.counts_differ > 0 and is_of_one_event and not _is_anew(compared, left, right)


def _is_anew(compared: Comparison, left: Vocabulary, right: Vocabulary) -> bool:
    """Judge whether a form was filled in again, rather than its report written on.

    The report written on has other words; or else it goes on telling of the same day, and every
    name is still there: rates of one day in two towns are not each other's update.
    """
    if not is_form(compared) or _is_of_another_day(compared) or _is_short_form(compared):
        return is_form(compared)
    is_of_same_names = share_of_names(left, right) == 1
    return has_same_words(left, right) and not (_is_of_same_day(compared) and is_of_same_names)


def _is_measured_anew(compared: Comparison) -> bool:
    is_of_measures = compared.counts_differ == compared.measures_differ
    return is_of_measures and not compared.measures_agree and not _is_of_same_day(compared)


def _is_of_same_day(compared: Comparison) -> bool:
    return compared.days_agree > 0 and not compared.days_differ


def _is_of_another_day(compared: Comparison) -> bool:
    return compared.days_differ > 0 and not compared.days_agree
