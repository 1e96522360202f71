"""A load run: `python scripts/load.py` starts a demo server and 64 clients, which it keeps busy for 2 minutes.

The clients use all dialects. A tenth of the requests are abandoned midway, a twentieth are invalid. The exit status is
1 if there was an unexpected reply, a hang, a lost turn or growing memory. It prints a table, and last one JSON line.
"""

import argparse
import asyncio
import json
import os
import platform
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext
from typing import Any

import httpx

from scripts.traffic.client import LoadClient
from scripts.traffic.outcome import Outcome, Row, as_json, format_table, make_rows
from scripts.traffic.process import Served, demo_server
from scripts.traffic.stored import compare_sessions

MODEL = "minicpm-v"
MAX_GROWTH = 0.15
"""The share by which memory may grow from half time to the end."""
SETTLE_S = 3
"""How long the server has to notice which clients have left; ten times that before a turn counts as lost."""
MAX_SHOWN = 20
JSON_HEADERS = {"Content-Type": "application/json", "Accept-Language": "en"}


async def run(
    served: Served, num_clients: int, duration_s: float, seed: int, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Run the clients and return the measurements. `faults` are all errors; `headers` are sent with every request."""
    async with AsyncExitStack() as stack:
        run_name = f"load-{secrets.token_hex(4)}"
        clients = []
        for place in range(num_clients):
            http = httpx.AsyncClient(base_url=served.address, timeout=None, headers={**JSON_HEADERS, **headers})
            await stack.enter_async_context(http)
            clients.append(LoadClient(http, f"{run_name}-{place}", MODEL, seed * 1_000_003 + place))
        await wait_until_ready(clients[0].http)
        memory_mb = [served.memory_mb()]
        began_s = time.monotonic()
        running = [asyncio.create_task(client.run(began_s + duration_s)) for client in clients]
        await asyncio.sleep(duration_s / 2)
        memory_mb.append(served.memory_mb())
        await asyncio.gather(*running)
        took_s = time.monotonic() - began_s
        await asyncio.sleep(SETTLE_S)
        memory_mb.append(served.memory_mb())
        outcomes = [outcome for client in clients for outcome in client.outcomes]
        dialogues = [dialogue for client in clients for dialogue in client.dialogues if dialogue.turns]
        lost, stored = await compare_sessions(clients[0].http, dialogues)
        if lost:
            await asyncio.sleep(10 * SETTLE_S)
            lost, stored = await compare_sessions(clients[0].http, dialogues)
    return summarize(outcomes, took_s, memory_mb, stored, lost)


async def wait_until_ready(http: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            if (await http.get("/health")).is_success:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit(f"no server answers at {http.base_url}")


def summarize(
    outcomes: Sequence[Outcome],
    took_s: float,
    memory_mb: Sequence[float | None],
    stored: dict[str, int],
    lost: Sequence[str],
) -> dict[str, Any]:
    num_tokens = stored["tokens"] + sum(outcome.num_tokens for outcome in outcomes)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} CPU cores",
        "seconds": round(took_s, 1),
        "requests_per_s": round(len(outcomes) / took_s, 2),
        "tokens_per_s": round(num_tokens / took_s, 1),
        "memory_mb": memory_mb,
        "stored": stored,
        "rows": as_json(make_rows(outcomes)),
        "faults": [outcome.fault for outcome in outcomes if outcome.fault] + [*lost, *describe_growth(memory_mb)],
    }


def describe_growth(memory_mb: Sequence[float | None]) -> list[str]:
    """Return one error if memory grew too much after half time, otherwise none."""
    _, half, after = memory_mb
    if half is None or after is None or after <= half * (1 + MAX_GROWTH):
        return []
    return [f"memory grew from {half:.0f} MB at half time to {after:.0f} MB"]


def print_report(measured: dict[str, Any]) -> None:
    before, half, after = ("-" if value is None else f"{value:.0f} MB" for value in measured["memory_mb"])
    print(format_table([Row(**row) for row in measured["rows"]]))
    print(f"{measured['requests_per_s']} requests/s; {measured['tokens_per_s']} tokens/s, not counting /ask")
    print(f"memory: {before} before, {half} at half time, {after} after")
    print("{sessions} sessions hold {turns} turns, {aborted} of them aborted".format(**measured["stored"]))
    for fault in measured["faults"][:MAX_SHOWN]:
        print(f"error: {fault}")
    print(json.dumps(measured))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure how a server handles many clients of all kinds.")
    parser.add_argument("--url", help="the address of a running server (default: start a demo server)")
    parser.add_argument(
        "--clients",
        type=int,
        choices=range(1, 513),
        default=64,
        metavar="1..512",
        help="how many clients (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=int,
        choices=range(1, 3601),
        default=120,
        metavar="1..3600",
        help="how long they ask (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random requests (default: %(default)s)")
    parser.add_argument("--profile", default="plain", help="the profile of every turn (default: %(default)s)")
    parser.add_argument("--stages", default="", help="the stages of every turn, such as cache=off,typos=on")
    given = parser.parse_args(arguments)
    headers = {"X-Profile": given.profile, "X-Stages": given.stages}
    server = nullcontext(Served(given.url, None)) if given.url else demo_server()
    with server as served:
        measured = asyncio.run(run(served, given.clients, given.seconds, given.seed, headers))
    print_report(measured)
    return 1 if measured["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
