"""Measure the knowledge base of a large shop: `python scripts/bench_knowledge.py [--products N] [--passages N]`.

A server with the demo checkpoint follows a folder with a sheet of products and with rules, which are read and then
asked for with the hit test, which is the search that answers use. The server is started again with all of it there, and
files are edited. Printed are the seconds until what was done counts, the seconds of the processor, the longest time
that /health/live took meanwhile, and the most memory that the server and its processes took over what they had just
before. `--markdown` prints the tables of docs/benchmarks/knowledge.md. Ends with one line of JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx
import psutil  # type: ignore[import-untyped]

from scripts.bench_documents import Figures, write_table
from scripts.bench_pictures import Watch, count_bytes, open_server
from scripts.documents import large_shop

COLLECTION = "shop"
NUM_FILES = 20
POLL_S = 0.25
WATCH_EVERY_S = 0.1
TIMEOUT_S = 3600.0
EDITED = 42
"""The product whose price is looked for after an edit of the sheet."""

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class FindFigures:
    """How long the hit test took for questions of one kind, and the share of them that found something."""

    name: str
    questions: int
    median_ms: float
    p95_ms: float
    max_ms: float
    found_percent: float


class KnowledgeBench:
    """One server that follows a folder, and what is measured of it."""

    def __init__(self, address: str, process: psutil.Process, folder: Path) -> None:
        self.address, self.process = address, process
        self.folder = folder / COLLECTION
        self.results: list[Figures] = []
        self.finds: list[FindFigures] = []
        self._client = httpx.Client(base_url=address, timeout=TIMEOUT_S)

    def measure(self, name: str, work: Callable[[], object], pattern: str = "nothing") -> None:
        """Do some work, and note what it took; the files of the pattern are those that it writes."""
        idle, cpu_s, began_s = count_bytes(self.process), self._count_cpu_s(), time.perf_counter()
        with Watch(self.address, self.process, WATCH_EVERY_S).run() as watch:
            work()
        seconds, spent_s = time.perf_counter() - began_s, self._count_cpu_s() - cpu_s
        peak, longest = max(watch.peak_bytes - idle, 0), max(watch.probes_s, default=0)
        num_bytes = sum(path.stat().st_size for path in self.folder.glob(pattern))
        figures = (num_bytes / 1e6, seconds, spent_s, 1000 * longest, peak / 1e6)
        self.results.append(Figures(name, *(round(each, 1) for each in figures)))
        print(self.results[-1], file=sys.stderr, flush=True)

    def find(self, name: str, questions: Iterable[str]) -> None:
        """Note how long the hit test takes for questions."""
        taken_ms, num_found = [], 0
        for question in questions:
            began_s = time.perf_counter()
            num_found += has_found(self.search(question))
            taken_ms.append(1000 * (time.perf_counter() - began_s))
        figures = (median(taken_ms), quantiles(taken_ms, n=20)[-1], max(taken_ms), 100 * num_found / len(taken_ms))
        middle, slow, longest, share = (round(each, 1) for each in figures)
        self.finds.append(FindFigures(name, len(taken_ms), middle, slow, longest, share))
        print(self.finds[-1], file=sys.stderr, flush=True)

    def search(self, question: str) -> str:
        """Return what the hit test says, as it is sent."""
        response = self._client.get(f"/collections/{COLLECTION}/search", params={"q": question})
        return response.raise_for_status().text

    def wait_for_documents(self, count: int) -> None:
        """Wait until so many documents are ready. Raises `AssertionError` if one cannot be read."""
        while True:
            response = self._client.get(f"/collections/{COLLECTION}")
            found = response.json() if response.status_code == 200 else {"documents": 0, "reading": 0, "failed": 0}
            assert not found["failed"], found
            if found["documents"] == count and not found["reading"]:
                return
            time.sleep(POLL_S)

    def wait_for_text(self, question: str, *texts: str) -> None:
        """Wait until the hit test says the last of the texts. Raises `AssertionError` while it says none of them."""
        while texts[-1] not in (said := self.search(question)):
            assert len(texts) == 1 or any(text in said for text in texts), said
            time.sleep(POLL_S)

    def _count_cpu_s(self) -> float:
        """Return the seconds of the processor that the server and its ended processes took."""
        return float(sum(self.process.cpu_times()[:4]))


def has_found(said: str) -> bool:
    found = json.loads(said)
    return bool(found["hits"] or found["facts"])


def fill(bench: KnowledgeBench, num_products: int, num_passages: int) -> None:
    """Measure how long the files of the shop take to be read."""
    bench.folder.mkdir(parents=True)
    products = bench.folder / "products.csv"

    def read_products() -> None:
        large_shop.write_products(products, num_products)
        bench.wait_for_documents(1)

    def read_rules() -> None:
        large_shop.write_rules(bench.folder, num_passages, NUM_FILES)
        bench.wait_for_documents(1 + NUM_FILES)

    bench.measure(f"a sheet of {num_products:,} products is read", read_products, "products.csv")
    bench.measure(f"{num_passages:,} passages of rules are read", read_rules, "rules-*.md")


def ask(bench: KnowledgeBench, num_products: int, num_passages: int, num_questions: int) -> None:
    """Measure the first question after the start, and many others."""
    (first,) = large_shop.ask_products(num_products, 1, seed=9)
    bench.measure("the first question after a start", lambda: bench.search(first))
    bench.find("products", large_shop.ask_products(num_products, num_questions))
    bench.find("rules", large_shop.ask_rules(num_passages, num_questions))
    bench.find("nothing", large_shop.ask_in_vain(num_questions))


def edit(bench: KnowledgeBench, num_products: int) -> None:
    """Measure how long edits take until they count."""

    def answer(text: str) -> Callable[[], None]:
        def write() -> None:
            large_shop.write_answers(bench.folder / "answers.csv", text)
            bench.wait_for_text("How late is the night counter open?", text)

        return write

    def change_prices() -> None:
        large_shop.write_products(bench.folder / "products.csv", num_products, edition=1)
        prices = [f"{large_shop.find_price(EDITED, edition)} 元" for edition in (0, 1)]
        bench.wait_for_text(f"{large_shop.make_code(EDITED)} 多少钱？", *prices)

    bench.measure("a new file of 2 answers", answer("Until 23:40 every night."), "answers.csv")
    bench.measure("an edit of it", answer("Until 22:50 every night."), "answers.csv")
    bench.measure(f"an edit of the sheet of {num_products:,} products", change_prices, "products.csv")


@contextmanager
def start(name: str, followed: Path, *options: str) -> Iterator[KnowledgeBench]:
    """Start a server, and note how long that takes."""
    began_s = time.perf_counter()
    with open_server(ROOT, *options) as (address, process):
        bench = KnowledgeBench(address, process, followed)
        seconds, cpu_s = time.perf_counter() - began_s, sum(process.cpu_times()[:4])
        bench.results.append(
            Figures(name, 0, round(seconds, 1), round(cpu_s, 1), 0, round(count_bytes(process) / 1e6, 1))
        )
        yield bench


def run(folder: Path, num_products: int, num_passages: int, num_questions: int) -> KnowledgeBench:
    """Fill the knowledge base, start the server again, ask and edit."""
    followed = folder / "knowledge"
    options = ("--data", str(folder / "data"), "--knowledge", str(followed))
    followed.mkdir(parents=True)
    with start("a start with nothing", followed, *options) as filling:
        fill(filling, num_products, num_passages)
    with start("a start with all of it", followed, *options) as bench:
        bench.results[:0] = filling.results
        ask(bench, num_products, num_passages, num_questions)
        edit(bench, num_products)
    return bench


def write_find_table(finds: Sequence[FindFigures]) -> str:
    """Return the figures of searches as a table of Markdown."""
    head = "| questions about | questions | median, ms | 95th percentile, ms | longest, ms | found something, % |\n"
    return f"{head}|---|---|---|---|---|---|\n" + "".join(
        f"| {' | '.join(str(value) for value in asdict(each).values())} |\n" for each in finds
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure the knowledge base of a large shop.")
    parser.add_argument("--products", type=int, default=10_000, help="how many products the sheet has")
    parser.add_argument("--passages", type=int, default=100_000, help="how many passages the rules have")
    parser.add_argument("--questions", type=int, default=200, help="how many questions of each kind are asked")
    parser.add_argument("--markdown", action="store_true", help="print tables of Markdown")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        bench = run(Path(folder), given.products, given.passages, given.questions)
    if given.markdown:
        print(f"{write_table(bench.results)}\n{write_find_table(bench.finds)}")
    print(json.dumps({"work": list(map(asdict, bench.results)), "find": list(map(asdict, bench.finds))}))


if __name__ == "__main__":
    main()
