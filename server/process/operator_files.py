"""The files that an operator edits while the server runs, read again when SIGHUP asks for it."""

import asyncio
import logging
from typing import TYPE_CHECKING

from server.keys.keyring import KeyRing
from server.process.signals import Signals

if TYPE_CHECKING:
    from server.pipeline.build import PipelineFiles  # brings the engine, and that torch

logger = logging.getLogger("server")


class OperatorFiles:
    """The keys, and the pipeline's files once they are open. Each is also read again soon after an edit."""

    def __init__(self, keys: KeyRing | None) -> None:
        self._keys = keys
        self.pipeline: PipelineFiles | None = None

    async def reload_on_hangups(self, signals: Signals) -> None:
        """Read all files again at each SIGHUP, until cancelled."""
        while True:
            await signals.hangup.wait()
            signals.hangup.clear()
            await asyncio.to_thread(self.reload)
            logger.info("SIGHUP: the keys, profiles and words were read again")

    def reload(self) -> None:
        for files in (self._keys, self.pipeline):
            if files is not None:
                files.reload()
