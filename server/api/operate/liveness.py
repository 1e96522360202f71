"""`GET /health/live`, and the answer of `GET /health/ready`: both are needed before the model is loaded."""

from typing import Self

import msgspec
from litestar import Response, get

from server.api.media_types import JSON
from server.api.openapi.operation import describe


class Liveness(msgspec.Struct):
    status: str = "ok"


class Readiness(msgspec.Struct, omit_defaults=True):
    """Whether the server takes work.

    `reason` says why it does not: `loading`, `draining`, `engine stopped`, `engine stuck`, `database unreachable`,
    `database full`, `database read-only`, `database file missing` or `database file replaced`.
    """

    status: str
    reason: str | None = None

    @classmethod
    def respond(cls, reason: str | None) -> Response[Self]:
        """Return status 200 without a reason, and 503 with one."""
        if reason is None:
            return Response(cls("ready"))
        return Response(cls("not ready", reason), status_code=503)


@get("/health/live", opt=describe("Check that the process is alive", answers={JSON: (Liveness,)}, is_open=True))
async def show_liveness() -> Liveness:
    return Liveness()
