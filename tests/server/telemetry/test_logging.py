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

from server.request_record import RequestRecord, bind_record
from server.telemetry.logging import LogFile, build_formatter


def render(message: str, *args: Any, is_text: bool = False, **given: Any) -> str:
    record = logging.LogRecord("a.package", logging.WARNING, __file__, 1, message, args, given.pop("exc_info", None))
    vars(record).update(given)
    return build_formatter(is_text=is_text).format(record)


def test_json_is_one_object_per_line() -> None:
    line = render("%d old sessions deleted", 3)
    fields = json.loads(line)
    assert "\n" not in line
    assert fields.pop("time").endswith("Z")
    assert fields == {"level": "warning", "logger": "a.package", "event": "3 old sessions deleted"}


def test_every_line_of_a_request_has_its_id() -> None:
    with bind_record(RequestRecord("r-1", "GET", "/")):
        assert json.loads(render("hello"))["request_id"] == "r-1"
        assert "request_id=r-1" in render("hello", is_text=True)
    assert "request_id" not in json.loads(render("hello"))


def test_extra_fields_are_fields_of_the_line() -> None:
    fields = json.loads(render("request", status=200, route="/问"))
    assert (fields["status"], fields["route"]) == (200, "/问")
    assert "/问" in render("request", route="/问")
    assert "status=200" in render("request", is_text=True, status=200)


@pytest.mark.parametrize("is_text", [False, True])
def test_a_traceback_is_logged(is_text: bool) -> None:
    try:
        raise ValueError("the cause\nof it")
    except ValueError:
        line = render("failed", is_text=is_text, exc_info=sys.exc_info())
    assert "ValueError" in line
    assert "test_logging.py" in line
    assert ("\n" in line) == is_text


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_logged_once_and_so_is_its_end(
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
    found = f"{file.baseFilename} can be written again; 3 lines are missing from it"
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
def test_without_a_terminal_both_destinations_have_the_chosen_form(tmp_path: Path, form: str, is_json: bool) -> None:
    folder = tmp_path / "new"
    done = subprocess.run([sys.executable, "-c", PROGRAM, folder, form], capture_output=True, text=True, check=True)
    for text in (done.stderr, (folder / "server.log").read_text()):
        assert text.startswith("{") == is_json
        assert text.count("hello") == 1
        assert "\x1b" not in text


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_only_its_owner_reads_the_log_and_the_folder_that_was_made_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    subprocess.run([sys.executable, "-c", f"import os; os.umask(0){PROGRAM}", folder, "json"], check=True)
    assert (mode_of(folder), mode_of(folder / "server.log")) == (0o700, 0o600)


def test_logs_that_others_could_read_are_narrowed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("server.log", "server.log.1", "server.log.5", "elsewhere"):
        (tmp_path / name).write_text("old\n")
        (tmp_path / name).chmod(0o644)
    (tmp_path / "server.log.2").symlink_to(elsewhere)
    tmp_path.chmod(0o755)
    subprocess.run([sys.executable, "-c", PROGRAM, tmp_path, "json"], check=True)
    assert [mode_of(tmp_path / f"server.log{end}") for end in ("", ".1", ".5")] == [0o600] * 3
    assert mode_of(elsewhere) == 0o644
    assert mode_of(tmp_path) == 0o755, "a folder that was there is its maker's"
    assert (tmp_path / "server.log").read_text().startswith("old\n{")


def test_a_file_that_is_turned_over_stays_its_owners(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "server.log", maxBytes=10, backupCount=2)
    for text in ("a" * 20, "b" * 20, "c" * 20):
        file.emit(logging.LogRecord("a", logging.INFO, __file__, 1, text, (), None))
    file.close()
    assert {path.name: mode_of(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        ("server.log", "server.log.1", "server.log.2"), 0o600
    )


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "server.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        LogFile(tmp_path / "server.log")


HUB = """
import logging, pathlib, sys
from server.telemetry.logging import open_log
logging.getLogger("huggingface_hub").addHandler(logging.StreamHandler())  # as the package does when it is imported
open_log(pathlib.Path(sys.argv[1]), "json")
logging.getLogger("huggingface_hub.utils").warning("no route to the Hub")
"""


def test_lines_of_the_hub_are_logged_once(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HUB, tmp_path], capture_output=True, text=True, check=True)
    assert done.stderr.count("no route to the Hub") == 1
