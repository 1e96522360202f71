"""A budget that requests share, such as bytes of memory: what does not fit waits, the owner who holds least goes first.

lease = await budget.acquire(num_bytes, owner, timeout_s=30)
try: ...
finally: lease.release()
"""

import asyncio
import math
from collections import Counter, deque
from dataclasses import dataclass, field


class BudgetExceeded(Exception):
    """More was asked for than there is at all."""


class BudgetTimeout(Exception):
    """There was no room in time."""


@dataclass(eq=False)
class Lease:
    """A part of a budget, which has to be released. Releasing twice is allowed."""

    budget: "FairBudget"
    owner: str
    amount: int

    def shrink(self, amount: int) -> None:
        """Give back what is over `amount`."""
        excess = self.amount - amount
        if excess > 0:
            self.amount = amount
            self.budget._give_back(self.owner, excess)

    def release(self) -> None:
        self.shrink(0)

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@dataclass(eq=False)
class _Waiter:
    amount: int
    number: int
    granted: "asyncio.Future[Lease]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FairBudget:
    """A budget of `total`, for one event loop.

    Of those who wait, the owner who holds least is served first, of several whoever was not served for longest, and
    each owner's requests in the order in which they came. Nobody overtakes whoever is next, so that large amounts get
    their turn too.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.num_free = total
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiter]] = {}
        self._num_asked = 0
        self._last_served: dict[str, int] = {}
        self._num_served = 0

    @property
    def num_waiting(self) -> int:
        """The number of requests that wait for room."""
        return sum(map(len, self._waiting.values()))

    async def acquire(self, amount: int, owner: str = "", timeout_s: float = math.inf) -> Lease:
        """Wait for a part of the budget. Raises `BudgetExceeded` at once, and `BudgetTimeout` after `timeout_s`."""
        if amount > self.total:
            raise BudgetExceeded
        self._num_asked += 1
        waiter = _Waiter(amount, self._num_asked)
        self._waiting.setdefault(owner, deque()).append(waiter)
        self._serve()
        try:
            async with asyncio.timeout(None if timeout_s == math.inf else timeout_s):
                return await waiter.granted
        except TimeoutError as error:
            self._forget(owner, waiter)
            raise BudgetTimeout from error
        except BaseException:
            self._forget(owner, waiter)
            raise

    def _forget(self, owner: str, waiter: _Waiter) -> None:
        """Take back what was asked for, even where it was granted at that very moment."""
        if waiter.granted.done() and not waiter.granted.cancelled():
            waiter.granted.result().release()
            return
        queue = self._waiting.get(owner)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            if not queue:
                del self._waiting[owner]
                self._forget_turns(owner)
        self._serve()

    def _forget_turns(self, owner: str) -> None:
        """Forget when an owner was served who neither holds anything nor waits."""
        if owner not in self._held and owner not in self._waiting:
            self._last_served.pop(owner, None)

    def _give_back(self, owner: str, amount: int) -> None:
        self.num_free += amount
        self._held[owner] -= amount
        if not self._held[owner]:
            del self._held[owner]
            self._forget_turns(owner)
        self._serve()

    def _rank(self, owner: str) -> tuple[int, int, int]:
        return self._held[owner], self._last_served.get(owner, 0), self._waiting[owner][0].number

    def _serve(self) -> None:
        """Grant what fits."""
        while self._waiting:
            owner = min(self._waiting, key=self._rank)
            waiter = self._waiting[owner][0]
            if waiter.amount > self.num_free:
                return
            self._waiting[owner].popleft()
            if not self._waiting[owner]:
                del self._waiting[owner]
            self.num_free -= waiter.amount
            self._held[owner] += waiter.amount
            self._num_served += 1
            self._last_served[owner] = self._num_served
            if not waiter.granted.cancelled():
                waiter.granted.set_result(Lease(self, owner, waiter.amount))
