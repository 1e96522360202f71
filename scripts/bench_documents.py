"""Measure what long documents and clips cost a server: `python scripts/bench_documents.py [--only NAME ...]`.

A server with the demo checkpoint, which does not read scans, is given each file that `scripts/documents/long_files.py`
writes, and then asked about the sheets. Printed are the seconds until the document is ready or the answer there, the
seconds of the processor, the longest time that /health/live took meanwhile, and the most memory that the server and its
processes took over what they had just before. `--markdown` prints the tables of docs/benchmarks/documents.md.
Ends with one line of JSON.
"""

import argparse
import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil  # type: ignore[import-untyped]

from scripts.bench_pictures import Watch, count_bytes, open_server
from scripts.documents import long_files

Result = TypeVar("Result")

NUM_PAGES, NUM_ROWS, NUM_COLUMNS, CLIP_S = 300, 200_000, 12, 300
POLL_S = 0.1
WATCH_EVERY_S = 0.1
"""Looking more often would take time that the server is measured by."""

TIMEOUT_S = 1800.0
SESSION = "bench"

FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    f"{NUM_PAGES} pages of text, PDF": ("text.pdf", lambda path: long_files.write_text_pdf(path, NUM_PAGES)),
    f"{NUM_PAGES} scans, PDF": ("scans.pdf", lambda path: long_files.write_scanned_pdf(path, NUM_PAGES)),
    f"{NUM_ROWS:,} rows, CSV": ("rows.csv", lambda path: long_files.write_csv(path, NUM_ROWS)),
    f"{NUM_ROWS:,} rows, XLSX": ("rows.xlsx", lambda path: long_files.write_workbook(path, NUM_ROWS)),
    f"{NUM_ROWS:,} rows of {NUM_COLUMNS} cells, XLSX": (
        "wide.xlsx",
        lambda path: long_files.write_workbook(path, NUM_ROWS, NUM_COLUMNS),
    ),
}
CLIP = f"{CLIP_S // 60} minutes of 720p video"
DRAW_EVERY = 30
"""Of the scans one page in so many is drawn as well."""


@dataclass(frozen=True)
class Figures:
    """What one piece of work took. `peak_mb` is in units of 10^6 bytes, over what the server had before."""

    name: str
    file_mb: float
    seconds: float
    cpu_s: float
    live_max_ms: float
    peak_mb: float


class Bench:
    """One server, and what is measured of it."""

    def __init__(self, address: str, process: psutil.Process, folder: Path) -> None:
        self.results: list[Figures] = []
        self._address, self._process, self._folder = address, process, folder
        self._client = httpx.Client(base_url=address, timeout=TIMEOUT_S)
        self._warm_up()

    def _warm_up(self) -> None:
        """Have loaded what the server loads at the first document."""
        identifier = self._upload("first.csv", b"name,price\nkettle,20\nlamp,30\n")
        self._wait(identifier)
        self._ask(identifier, "find", "kettle")

    def measure(self, name: str, work: Callable[[], Result], file_mb: float = 0) -> Result:
        """Do some work, and note what it took."""
        idle, cpu_s, began_s = count_bytes(self._process), self._count_cpu_s(), time.perf_counter()
        with Watch(self._address, self._process, WATCH_EVERY_S).run() as watch:
            result = work()
        seconds, spent_s = time.perf_counter() - began_s, self._count_cpu_s() - cpu_s
        peak, longest = watch.peak_bytes - idle, max(watch.probes_s, default=0)
        figures = (seconds, spent_s, 1000 * longest, peak / 1e6)
        self.results.append(Figures(name, round(file_mb, 1), *(round(each, 1) for each in figures)))
        print(self.results[-1], file=sys.stderr, flush=True)
        return result

    def read_file(self, name: str) -> str:
        """Measure the reading of a file, and return the id of the document."""
        file_name, write = FILES[name]
        path = self._make(file_name, write)
        data = path.read_bytes()

        def read() -> str:
            identifier = self._upload(file_name, data)
            self._wait(identifier)
            return identifier

        return self.measure(name, read, len(data) / 1e6)

    def draw_pages(self, identifier: str) -> None:
        def draw() -> None:
            for number in range(1, NUM_PAGES + 1, DRAW_EVERY):
                self._client.get(f"/documents/{identifier}/pages/{number}/image").raise_for_status()

        self.measure(f"{NUM_PAGES // DRAW_EVERY} of the scans drawn", draw)

    def ask_sheet(self, identifier: str, kind: str) -> None:
        """Measure questions to a sheet, and the list of its tables. Raises `AssertionError` for a wrong sum."""
        code, total = "NO-123456", "金额合计是多少?"
        self.measure(f"{code} (find), {kind}", lambda: self._ask(identifier, "find", code))
        answer = self.measure(f"{total} (auto), {kind}", lambda: self._ask(identifier, "auto", total))
        assert str(long_files.sum_amounts(NUM_ROWS)) in answer.replace(",", ""), answer
        self.measure(f"POST /tables, {kind}", lambda: self._post("/tables", {"document": identifier}))

    def ask_clip(self) -> None:
        path = self._make("clip.mp4", lambda path: long_files.write_clip(path, CLIP_S))
        body = {"question": "?", "video": base64.b64encode(path.read_bytes()).decode()}
        self.measure(CLIP, lambda: self._post("/ask", body), path.stat().st_size / 1e6)

    def _make(self, name: str, write: Callable[[Path], None]) -> Path:
        path = self._folder / name
        if not path.exists():
            write(path)
        return path

    def _upload(self, name: str, data: bytes) -> str:
        response = self._client.post("/documents", files={"file": (name, data)}, data={"user_id": SESSION})
        return str(response.raise_for_status().json()["id"])

    def _wait(self, identifier: str) -> None:
        while (found := self._client.get(f"/documents/{identifier}").json())["state"] == "reading":
            time.sleep(POLL_S)
        assert found["state"] == "ready", found

    def _ask(self, identifier: str, mode: str, question: str) -> str:
        return str(self._post(f"/documents/{identifier}/ask", {"question": question, "mode": mode})["answer"])

    def _post(self, path: str, body: object) -> dict[str, Any]:
        found: dict[str, Any] = self._client.post(path, json=body).raise_for_status().json()
        return found

    def _count_cpu_s(self) -> float:
        """Return the seconds of the processor that the server and its ended processes took."""
        return float(sum(self._process.cpu_times()[:4]))


def run(bench: Bench, names: Sequence[str]) -> None:
    for name in names:
        if name == CLIP:
            bench.ask_clip()
            continue
        identifier = bench.read_file(name)
        if FILES[name][0] == "scans.pdf":
            bench.draw_pages(identifier)
        elif "rows" in name:
            bench.ask_sheet(identifier, name)


def write_table(results: Sequence[Figures]) -> str:
    """Return the figures as a table of Markdown."""
    head = "| work | file, MB | seconds | processor, s | longest /health/live, ms | peak memory, MB |\n"
    return f"{head}|---|---|---|---|---|---|\n" + "".join(
        f"| {' | '.join(str(value) for value in asdict(each).values())} |\n" for each in results
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure what long documents and clips cost a server.")
    parser.add_argument("--only", nargs="+", choices=[*FILES, CLIP], default=[*FILES, CLIP], help="what to measure")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "bench_documents", help="the files"
    )
    parser.add_argument("--markdown", action="store_true", help="print a table of Markdown")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    with open_server(Path(__file__).parents[1]) as (address, process):
        bench = Bench(address, process, given.folder)
        run(bench, given.only)
    if given.markdown:
        print(write_table(bench.results))
    print(json.dumps([asdict(each) for each in bench.results], ensure_ascii=False))


if __name__ == "__main__":
    main()
