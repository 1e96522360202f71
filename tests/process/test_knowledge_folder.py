"""The followed folder of a true server: an edit counts soon, and a kill in the middle leaves nothing wrong."""

import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from scripts.documents.pdf_writer import text_page, write_pdf
from tests.helpers.loopback import comes_true
from tests.helpers.processes import get, run_program, run_server

PROGRAM = ("tests.helpers.fake_server", "0")
NUM_PAGES = 400


def list_documents(address: str) -> list[dict[str, Any]]:
    try:
        documents: list[dict[str, Any]] = get(f"{address}/collections/shop/documents?limit=100")["documents"]
    except HTTPError:  # there is no such collection yet
        return []
    return documents


def find(address: str, question: str) -> str:
    """Return what the hit test finds."""
    try:
        found = get(f"{address}/collections/shop/search?q={quote(question)}")
    except HTTPError:
        return ""
    return " ".join(hit["text"] for hit in found["hits"])


def write_long(path: Path, word: str) -> None:
    path.write_bytes(
        write_pdf([text_page([f"Page {number}: the {word} costs {number}."]) for number in range(NUM_PAGES)])
    )


@pytest.mark.slow
def test_an_edit_counts_soon_and_a_kill_leaves_nothing_wrong(tmp_path: Path) -> None:
    shop = tmp_path / "knowledge" / "shop"
    shop.mkdir(parents=True)
    (shop / "terms.md").write_text("# Delivery\n\nParcels arrive within three days.\n", encoding="utf-8")
    flags = ("--data", str(tmp_path / "data"), "--knowledge", str(tmp_path / "knowledge"))
    with run_server(*flags, program=PROGRAM) as (process, address, output):
        assert comes_true(lambda: "three days" in find(address, "When do parcels arrive?"), 60)
        (shop / "terms.md").write_text("# Delivery\n\nParcels arrive within nine days.\n", encoding="utf-8")
        began_s = time.monotonic()
        assert comes_true(lambda: "nine days" in find(address, "When do parcels arrive?"), 60)
        assert time.monotonic() - began_s < 30
        assert "three days" not in find(address, "When do parcels arrive?")
        write_long(shop / "long.pdf", "kettle")
        assert comes_true(lambda: any(each["pages_read"] > 5 for each in list_documents(address)), 60)
        process.kill()
        process.wait()
    assert "the collection shop: terms.md is read" in output.whole()
    (shop / "terms.md").unlink()
    with run_server(*flags, program=PROGRAM) as (_, address, output):
        assert comes_true(lambda: [each["state"] for each in list_documents(address)] == ["ready"], 90)
        (document,) = list_documents(address)
        assert (document["source"], document["pages"], document["pages_read"]) == ("long.pdf", NUM_PAGES, NUM_PAGES)
        assert "nine days" not in find(address, "When do parcels arrive?")
    assert "Traceback" not in output.whole()


@pytest.mark.parametrize(("name", "cause"), [("nowhere", "does not exist"), ("file", "is not a folder")])
def test_a_wrong_folder_stops_the_start(tmp_path: Path, name: str, cause: str) -> None:
    (tmp_path / "file").touch()
    status, output = run_program(
        "--port", "0", "--data", str(tmp_path), "--knowledge", str(tmp_path / name), program=PROGRAM
    )
    assert status == 1
    assert "cannot start: " in output
    assert cause in output
    assert "Traceback" not in output
