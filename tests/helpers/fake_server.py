"""`python -m tests.helpers.fake_server PAUSE ...`: the whole server process around the tests' fake model.

PAUSE is how many seconds a slow step takes, or the path of a file that ends its long steps, or `never` for a model that
does not load.
"""

import sys
import time
from functools import partial
from pathlib import Path

from server.__main__ import leave, main
from server.process import application
from server.settings.settings import Settings
from tests.helpers.fakes import FakeChatModel

NEVER = "never"


def fake_load(_: Settings) -> FakeChatModel:
    if pause == NEVER:
        time.sleep(3600)
    if pause.startswith("/"):
        return FakeChatModel(pause=partial(wait_without, Path(pause)))
    return FakeChatModel(delay_s=float(pause))


def wait_without(path: Path) -> None:
    """Take 0.1 s, but no time once the file is there."""
    if not path.exists():
        time.sleep(0.1)


if __name__ == "__main__":
    pause = sys.argv.pop(1)
    application.load_model = fake_load  # type: ignore[assignment]
    leave(main())
