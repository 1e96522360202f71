"""Which requests are admitted when the server is full: those of owners that hold less than their share."""

from collections.abc import Mapping

RESERVE = 8
"""One place more for so many is kept for owners that hold little, and one at least."""


def has_room(held: Mapping[str, int], owner: str, max_requests: int) -> bool:
    """Return whether one request more of `owner` is admitted. `held` has the unfinished requests of each owner.

    One owner alone may use all of `max_requests`. Beyond these there is a reserve, of which each owner below an equal
    share may hold half of what is left, so that the next one finds some too.
    """
    num_requests = sum(held.values())
    if num_requests < max_requests:
        return True
    num_owners = len({*held, owner})
    num_left = max_requests + max(max_requests // RESERVE, 1) - num_requests
    return held.get(owner, 0) < min(max_requests / num_owners, num_left)
