"""The long files have what their measurement counts on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.documents import long_files
from server.library.readers.opening import open_reader
from server.library.readers.protocol import ReaderLimits
from server.library.readers.records import Page


def read(path: Path) -> list[Page]:
    with path.open("rb") as file:
        reader = open_reader(file, path.name, ReaderLimits())
        try:
            return list(reader.read_pages(1))
        finally:
            reader.close()


def test_the_pages_of_text_all_differ(tmp_path: Path) -> None:
    long_files.write_text_pdf(tmp_path / "a.pdf", 3)
    pages = read(tmp_path / "a.pdf")
    assert len({page.text for page in pages}) == 3
    assert all(len(page.text.splitlines()) == 36 and "人民币" in page.text for page in pages)


def test_scans_have_no_text(tmp_path: Path) -> None:
    long_files.write_scanned_pdf(tmp_path / "a.pdf", 2)
    assert [(page.is_scan, page.text) for page in read(tmp_path / "a.pdf")] == [(True, ""), (True, "")]


@pytest.mark.parametrize(("name", "write"), [("a.csv", long_files.write_csv), ("a.xlsx", long_files.write_workbook)])
def test_both_sheets_have_the_same_rows(name: str, write: Callable[[Path, int, int], None], tmp_path: Path) -> None:
    write(tmp_path / name, 450, 8)
    cells = [cell for page in read(tmp_path / name) for cell in page.tables[0].cells if not cell.is_header]
    amounts = [int(cell.text) for cell in cells if cell.column == long_files.COLUMNS.index("金额")]
    assert (len(amounts), sum(amounts)) == (450, long_files.sum_amounts(450))
    assert max(cell.column for cell in cells) == 7


def test_the_clip_is_as_long_as_asked(tmp_path: Path) -> None:
    av = pytest.importorskip("av", reason="PyAV, the extra `video`, is not installed")
    long_files.write_clip(tmp_path / "a.mp4", 1)
    with av.open(str(tmp_path / "a.mp4")) as clip:
        stream = clip.streams.video[0]
        assert (stream.frames, stream.width, stream.height) == (25, 1280, 720)
