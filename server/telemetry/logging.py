"""The format and the destinations of the log: structlog renders what any library logs through `logging`."""

import logging
import logging.handlers
import os
import stat
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, Processor

from server.request_record import current_record
from server.store.private_files import FILE_MODE, FOLDER_MODE

LOG_BYTES = 10 * 2**20
LOG_FILES = 5

logger = logging.getLogger("server")


class LogFile(logging.handlers.RotatingFileHandler):
    """A rotating log file for its owner alone. It may fail, as on a full disk: that is logged once, and once when it
    works again.

    Standard error has all lines meanwhile.
    """

    _num_lost = 0

    def _open(self) -> TextIOWrapper:
        """Open the file, which must not be a link: another user could have made it lead to a file of this one."""
        number = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, FILE_MODE)
        if stat.S_ISREG(os.fstat(number).st_mode):
            os.fchmod(number, FILE_MODE)  # it may be there already, open to all
        return os.fdopen(number, "a", encoding=self.encoding, errors=self.errors)

    def emit(self, record: logging.LogRecord) -> None:
        before = self._num_lost
        super().emit(record)
        if before and self._num_lost == before:
            self._num_lost = 0
            logger.info("%s can be written again; %d lines are missing from it", self.baseFilename, before)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._num_lost += 1
        if self._num_lost == 1:
            logger.warning("%s cannot be written: %s", self.baseFilename, error.strerror)


def open_log(folder: Path, form: str) -> None:
    """Log to standard error, and to `server.log` in `folder`. Raises `OSError`.

    `form` is text, json (an object per line) or auto: text on a terminal, JSON in the file and everywhere else.
    """
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    _narrow_old_files(folder)
    file = LogFile(folder / "server.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    file.setFormatter(build_formatter(is_text=form == "text"))
    is_terminal = sys.stderr.isatty()
    stream = logging.StreamHandler()
    stream.setFormatter(
        build_formatter(is_text=form == "text" or (form == "auto" and is_terminal), has_colours=is_terminal)
    )
    logging.basicConfig(level=logging.INFO, handlers=[stream, file])
    logging.getLogger("huggingface_hub").handlers.clear()  # its own would log everything a second time
    for name in ("httpx", "httpx2", "alembic"):  # they log a line for every request to the Hub, and for every start
        logging.getLogger(name).setLevel(logging.WARNING)


def _narrow_old_files(folder: Path) -> None:
    for old in folder.glob("server.log.*"):
        if old.is_file() and not old.is_symlink():
            old.chmod(FILE_MODE)


def build_formatter(*, is_text: bool, has_colours: bool = False) -> logging.Formatter:
    """Return a formatter of lines with `time` (UTC), `level`, `logger`, `event`, and `request_id` inside a request."""
    shared: list[Processor] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        ExtraAdder(),
        _add_request_id,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=_text_processors(has_colours) if is_text else _json_processors()
    )


def _text_processors(has_colours: bool) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=has_colours, timestamp_key="time", exception_formatter=structlog.dev.plain_traceback
    )
    return [ProcessorFormatter.remove_processors_meta, renderer]


def _json_processors() -> list[Processor]:
    return [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _put_first,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _add_request_id(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record = current_record()
    if record is not None:
        event["request_id"] = record.request_id
    return event


def _put_first(_logger: Any, _method: str, event: EventDict) -> EventDict:
    first = ("time", "level", "logger", "event", "request_id")
    return {**{name: event[name] for name in first if name in event}, **event}
