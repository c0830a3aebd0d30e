"""What can be reached along links, in one pass however long the chains are."""

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


def reach(ones: Ids, others: Ids, begun: Ids) -> Ids:
    """List all ids that links lead to from those begun with, and these; a link leads one way."""
    names, places = np.unique(np.concatenate([begun, ones, others]), return_inverse=True)
    last, left, right = np.split(places, [len(begun), len(begun) + len(ones)])
    order = np.argsort(left, kind="stable")
    ends = right[order]
    starts = np.searchsorted(left[order], np.arange(len(names) + 1))
    is_reached = np.zeros(len(names), dtype=np.bool_)
    is_reached[last] = True
    while len(last):
        counts = starts[last + 1] - starts[last]
        skipped = np.repeat(starts[last] - (np.cumsum(counts) - counts), counts)
        found = ends[skipped + np.arange(counts.sum())]
        last = np.unique(found[~is_reached[found]])
        is_reached[last] = True
    return names[is_reached]
