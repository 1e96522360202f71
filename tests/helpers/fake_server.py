"""`python -m tests.helpers.fake_server DELAY_S ...`: the whole server process around the tests' fake model.

A delay of `never` is a model that does not load.
"""

import sys
import time

from server.__main__ import leave, main
from server.process import serve as serving
from server.settings.settings import Settings
from tests.helpers.fakes import FakeChatModel

NEVER = "never"


def fake_load(_: Settings) -> FakeChatModel:
    if delay == NEVER:
        time.sleep(3600)
    return FakeChatModel(delay_s=float(delay))


if __name__ == "__main__":
    delay = sys.argv.pop(1)
    serving.load_model = fake_load  # type: ignore[assignment]
    leave(main())
