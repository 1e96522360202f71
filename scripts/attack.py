"""An attack on a demo server of its own: `python scripts/attack.py` tries what broke servers before.

Everything goes to loopback and is bounded in count and time. It prints a line a trial, a summary line, and last one
JSON line; the exit status is 1 if the server did not hold everywhere. `--checkout` attacks the code of another folder,
for figures of before and after.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.attacks.access_trials import ACCESS, BROWSERS
from scripts.attacks.connection_trials import CONNECTIONS
from scripts.attacks.document_trials import DOCUMENTS
from scripts.attacks.memory_trials import MEMORY
from scripts.attacks.process_trials import PROCESS
from scripts.attacks.sharing_trials import SHARING
from scripts.attacks.stall_trials import STALLS
from scripts.attacks.store_trials import STORE
from scripts.attacks.target import NotStarted, Target, run_target
from scripts.attacks.trial import Campaign, Outcome, Trial

CAMPAIGNS = (BROWSERS, ACCESS, CONNECTIONS, SHARING, STORE, DOCUMENTS, PROCESS, MEMORY, STALLS)
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Row:
    campaign: str
    trial: str
    limit: str
    measured: str
    is_held: bool
    seconds: float


def attack(campaigns: Sequence[Campaign], checkout: Path, is_short: bool) -> list[Row]:
    """Run the trials, each campaign against a server of its own, and return what came of them."""
    rows = []
    for campaign in campaigns:
        trials = [trial for trial in campaign.trials if trial.is_short or not is_short]
        if trials:
            with run_target(checkout, campaign.flags, campaign.has_keys) as target:
                rows += [run_trial(campaign, trial, target) for trial in trials]
    return rows


def run_trial(campaign: Campaign, trial: Trial, target: Target) -> Row:
    """Run a trial and print its line. A server that has ended before it is started again."""
    began_s = time.monotonic()
    if target.process.poll() is not None:
        target.start()
    try:
        outcome = trial.run(target)
    except Exception as error:  # whatever the server did to the attacker, the other trials go on
        outcome = Outcome(False, f"{type(error).__name__}: {error}")
    row = Row(
        campaign.name, trial.name, trial.limit, outcome.measured, outcome.is_held, round(time.monotonic() - began_s, 1)
    )
    print(format_row(row), flush=True)
    return row


def format_row(row: Row) -> str:
    return f"{'held' if row.is_held else 'BROKE':<6}{row.campaign:<12}{row.trial}: {row.measured}  [{row.limit}]"


def format_summary(rows: Sequence[Row]) -> str:
    num_held = sum(row.is_held for row in rows)
    return f"attack: held {num_held} of {len(rows)} trials in {sum(row.seconds for row in rows):.0f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    names = [campaign.name for campaign in CAMPAIGNS]
    parser = argparse.ArgumentParser(description="Attack a demo server of its own on loopback.")
    parser.add_argument("--short", action="store_true", help="only the trials that take a few seconds")
    parser.add_argument("--only", action="append", choices=names, help="one part of the attack; may be repeated")
    parser.add_argument("--checkout", type=Path, default=ROOT, help="the folder whose code is attacked")
    given = parser.parse_args(arguments)
    campaigns = [campaign for campaign in CAMPAIGNS if given.only is None or campaign.name in given.only]
    try:
        rows = attack(campaigns, given.checkout.resolve(), given.short)
    except NotStarted as error:
        print(f"the server does not start: {error}", file=sys.stderr)
        return 2
    print(format_summary(rows))
    print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
    return 0 if all(row.is_held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
