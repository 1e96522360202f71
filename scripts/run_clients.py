"""Run applications of others against the server on the demo model: `python -m scripts.run_clients [NAME ...]`.

Each application of `clients/applications.toml` is installed into an environment of its own under `work/clients`, and
its program asks the server what its users would. The output is a table; the exit status is 1 if any of them fails.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from model.options import DEMO
from scripts.checkpoints.recipe import ROOT
from scripts.checkpoints.serving import serve
from scripts.clients.application import Application, Outcome, install, read_applications, run

ENVIRONMENTS = ROOT / "work" / "clients"
FILES = {
    "MINICPMV_CARD": str(ROOT / "docs" / "samples" / "blue-striped-shirt.png"),
    "MINICPMV_TOKENIZER": str(ROOT / "model" / "demo"),
}
START_TIMEOUT_S = 120


def main(arguments: Sequence[str] | None = None) -> int:
    applications = read_applications()
    parser = argparse.ArgumentParser(description="Run applications of others against the server.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(each.program for each in applications))
    parser.add_argument("--url", help="a server that is there (default: start one on the demo model)")
    given = parser.parse_args(arguments)
    chosen = [each for each in applications if not given.names or each.program in given.names]
    with open_server(given.url) as url:
        outcomes = [try_one(each, url) for each in chosen]
    return int(any(outcome.failure for outcome in outcomes) or not outcomes)


@contextmanager
def open_server(url: str | None) -> Iterator[str]:
    """Give the URL of a server on the demo model, started here unless one is named."""
    if url is not None:
        yield url
        return
    with serve(Path(DEMO), (), START_TIMEOUT_S) as served:
        yield served.address


def try_one(application: Application, url: str) -> Outcome:
    """Install an application, run its program, and print what came of it."""
    try:
        outcome = run(application, install(application, ENVIRONMENTS), {**FILES, "MINICPMV_URL": url})
    except subprocess.SubprocessError as error:
        outcome = Outcome(application, (), f"it cannot be installed here: {error}")
    print(f"{application.name:<14}{application.version:<10}{'; '.join(outcome.passed)}")
    if outcome.failure:
        print(f"  FAILED {outcome.failure.strip()}")
    sys.stdout.flush()
    return outcome


if __name__ == "__main__":
    sys.exit(main())
