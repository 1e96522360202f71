"""Reading documents outlives the process: a server that is killed, then stopped, and started again."""

import http.client
import signal
from pathlib import Path
from typing import Any

from scripts.documents.pdf_writer import text_page, write_pdf
from tests.helpers.loopback import comes_true
from tests.helpers.processes import get, run_server

NUM_PAGES = 300
PROGRAM = ("tests.helpers.fake_server", "0")


def upload(address: str, data: bytes) -> str:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    head = b'--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\nann\r\n--x\r\n'
    file = b'Content-Disposition: form-data; name="file"; filename="long.pdf"\r\n\r\n' + data + b"\r\n--x--\r\n"
    connection.request("POST", "/documents", head + file, {"Content-Type": "multipart/form-data; boundary=x"})
    with connection.getresponse() as response:
        assert response.status == 202, response.read()
    connection.close()
    return str(get(f"{address}/documents")["documents"][0]["id"])


def show(address: str, document: str) -> Any:
    return get(f"{address}/documents/{document}")


def list_children(pid: int) -> list[Path]:
    """Return the processes that a process has started, by their folders in /proc."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [Path("/proc", child) for file in children for child in file.read_text(encoding="ascii").split()]


def are_gone(processes: list[Path]) -> bool:
    return not any(process.exists() and b"readers" in (process / "cmdline").read_bytes() for process in processes)


def test_reading_goes_on_after_a_kill_and_after_a_stop(tmp_path: Path) -> None:
    texts = [f"Page {number} has the code AB-{number}." for number in range(1, NUM_PAGES + 1)]
    with run_server("--data", str(tmp_path), program=PROGRAM) as (process, address, _):
        document = upload(address, write_pdf([text_page([text]) for text in texts]))
        assert comes_true(lambda: show(address, document)["pages_read"] > 5)
        children, before = list_children(process.pid), show(address, document)["pages_read"]
        process.kill()
        process.wait()
    assert before < NUM_PAGES
    assert comes_true(lambda: are_gone(children))
    with run_server("--data", str(tmp_path), program=PROGRAM) as (process, address, output):
        assert show(address, document)["pages_read"] >= before
        children = list_children(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert "Traceback" not in output.whole()
    assert comes_true(lambda: are_gone(children))
    with run_server("--data", str(tmp_path), program=PROGRAM) as (_, address, _):
        assert comes_true(lambda: show(address, document)["state"] == "ready", 60)
        shown = show(address, document)
        assert (shown["pages"], shown["pages_read"], shown["warnings"]) == (NUM_PAGES, NUM_PAGES, [])
        for number in (1, before, before + 1, NUM_PAGES):
            page = get(f"{address}/documents/{document}/pages/{number}")
            assert page["text"].strip() == texts[number - 1]
