"""One request and its answer."""

import asyncio
import time

import httpx

from scripts.traffic.asking import Asking
from scripts.traffic.outcome import Ending, Outcome
from scripts.traffic.reading import Broken, Reading

HANG_S = 120.0
GOOD = 200
BUSY = 429


class Unexpected(Exception):
    """The status is not the expected one."""


class Exchange:
    """A request that should be answered with the status `expected`."""

    def __init__(self, asking: Asking, expected: int = GOOD) -> None:
        self.asking = asking
        self.expected = expected
        self.reading = Reading()
        self._first_s: float | None = None

    async def send(self, http: httpx.AsyncClient, patience_s: float | None = None) -> Outcome:
        """Send the request and read the answer. Leave after `patience_s`; without it, a long wait counts as a hang."""
        began_s, fault = time.perf_counter(), ""
        try:
            async with asyncio.timeout(HANG_S if patience_s is None else patience_s):
                ending = await self._exchange(http, began_s)
        except TimeoutError:
            ending, fault = ("fault", "it hangs") if patience_s is None else ("left", "")
        except (httpx.HTTPError, Broken, Unexpected, ValueError) as error:
            ending, fault = "fault", repr(error)
        whole_s = time.perf_counter() - began_s
        message = f"{self.asking.path}: {fault}" if fault else ""
        return Outcome(self.asking.kind, ending, whole_s, self._first_s, self.reading.num_tokens, message)

    async def _exchange(self, http: httpx.AsyncClient, began_s: float) -> Ending:
        async with http.stream("POST", self.asking.path, content=self.asking.body) as response:
            if response.status_code != self.expected and response.status_code != BUSY:
                raise Unexpected(f"{response.status_code}, not {self.expected}: {(await response.aread())[:200]!r}")
            if response.status_code != GOOD:
                await response.aread()
                return "busy" if response.status_code == BUSY else "refused"
            async for line in response.aiter_lines():
                self.reading.take(line)
                if self._first_s is None and self.reading.text and not self.reading.is_ended:
                    self._first_s = time.perf_counter() - began_s
        if not self.reading.is_ended:
            raise Broken("it has no end")
        return "answered"
