"""A clock that tests set."""

LEASE_S = 30.0
"""Leases for stores with such a clock, which seems to run while a test waits."""


class Clock:
    """A clock that advances a second whenever it is read, so that no two events have the same time."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        self.now_s += 1
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
