"""Lines of any library, as an object a line or as text."""

import errno
import io
import json
import logging
import logging.handlers
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.request_record import RequestRecord, recorded
from server.telemetry.logging import LogFile, formatter


def rendered(message: str, *args: Any, is_text: bool = False, **given: Any) -> str:
    record = logging.LogRecord("a.package", logging.WARNING, __file__, 1, message, args, given.pop("exc_info", None))
    vars(record).update(given)
    return formatter(is_text=is_text).format(record)


def test_an_object_a_line() -> None:
    line = rendered("%d old sessions deleted", 3)
    told = json.loads(line)
    assert "\n" not in line
    assert told.pop("time").endswith("Z")
    assert told == {"level": "warning", "logger": "a.package", "event": "3 old sessions deleted"}


def test_the_id_of_the_request_stands_in_every_line_of_it() -> None:
    with recorded(RequestRecord("r-1", "GET", "/")):
        assert json.loads(rendered("hello"))["request_id"] == "r-1"
        assert "request_id=r-1" in rendered("hello", is_text=True)
    assert "request_id" not in json.loads(rendered("hello"))


def test_further_fields_are_fields() -> None:
    told = json.loads(rendered("request", status=200, route="/问"))
    assert (told["status"], told["route"]) == (200, "/问")
    assert "/问" in rendered("request", route="/问")
    assert "status=200" in rendered("request", is_text=True, status=200)


@pytest.mark.parametrize("is_text", [False, True])
def test_a_traceback_is_told(is_text: bool) -> None:
    try:
        raise ValueError("the cause\nof it")
    except ValueError:
        line = rendered("failed", is_text=is_text, exc_info=sys.exc_info())
    assert "ValueError" in line
    assert "test_logging.py" in line
    assert ("\n" in line) == is_text


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_of_once_and_so_is_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    file = LogFile(tmp_path / "server.log", delay=True)
    healthy = io.StringIO()
    logger = logging.getLogger("server")
    logger.addHandler(file)
    try:
        with caplog.at_level(logging.INFO):
            file.stream = FullDisk()  # type: ignore[assignment]
            logger.info("one")
            logger.info("two")
            file.stream = healthy  # type: ignore[assignment]
            logger.info("three")
            logger.info("four")
    finally:
        logger.removeHandler(file)
    found = f"{file.baseFilename} is written again, without 3 lines"
    assert caplog.messages.count(f"{file.baseFilename} cannot be written: No space left on device") == 1
    assert caplog.messages.count(found) == 1
    assert healthy.getvalue() == f"three\n{found}\nfour\n"
    assert capsys.readouterr().err == ""


PROGRAM = """
import logging, pathlib, sys
from server.telemetry.logging import open_log
open_log(pathlib.Path(sys.argv[1]), sys.argv[2])
logging.info("hello")
"""


@pytest.mark.parametrize(("form", "is_json"), [("auto", True), ("json", True), ("text", False)])
def test_both_places_have_the_form_asked_for_where_there_is_no_terminal(
    tmp_path: Path, form: str, is_json: bool
) -> None:
    folder = tmp_path / "new"
    done = subprocess.run([sys.executable, "-c", PROGRAM, folder, form], capture_output=True, text=True, check=True)
    for said in (done.stderr, (folder / "server.log").read_text()):
        assert said.startswith("{") == is_json
        assert said.count("hello") == 1
        assert "\x1b" not in said


HUB = """
import logging, pathlib, sys
from server.telemetry.logging import open_log
logging.getLogger("huggingface_hub").addHandler(logging.StreamHandler())  # as the package does when it is imported
open_log(pathlib.Path(sys.argv[1]), "json")
logging.getLogger("huggingface_hub.utils").warning("no route to the Hub")
"""


def test_what_the_hub_says_is_said_once(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HUB, tmp_path], capture_output=True, text=True, check=True)
    assert done.stderr.count("no route to the Hub") == 1
