"""The stories that the town knows to be true, for tests to hold those found against."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TypeVar

from khabar.newsroom.truth import Truth

Id = TypeVar("Id", int, str)


def true_stories(truths: Mapping[Id, Truth], found: Collection[Collection[Id]]) -> list[list[Id]]:
    """Say which texts are one story.

    A text found alone may stay so if it is an excerpt of less than half: so little in common can be
    overlooked, by its rule.
    """
    originals = {one.story_key: one for one in truths.values() if one.relation == "original"}
    alone = {id_ for ids in found if len(ids) == 1 for id_ in ids}
    stories: defaultdict[object, list[Id]] = defaultdict(list)
    for id_, truth in truths.items():
        may_stay = id_ in alone and _is_short(truth, originals[truth.story_key])
        stories[id_ if may_stay else truth.story_key].append(id_)
    return sorted(map(sorted, stories.values()))


def _is_short(truth: Truth, original: Truth) -> bool:
    return 2 * len(" ".join(truth.paragraphs)) < len(" ".join(original.paragraphs))
