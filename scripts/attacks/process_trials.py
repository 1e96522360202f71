"""The process: signals, the end under load, killed workers, and no file descriptors left."""

import os
import signal
import threading
import time
from contextlib import ExitStack, suppress

import psutil  # type: ignore[import-untyped]

from scripts.attacks.bodies import draw_jpeg2000, draw_png
from scripts.attacks.connection_trials import BODY_HEAD, connect
from scripts.attacks.http import ask, ask_many
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

GRACE_S = 3
STEP_TIMEOUT_S = 2
STOPPED_S = 3 * STEP_TIMEOUT_S
"""Longer than it takes the watchdog to give a step up."""

MAX_FILES = 96
MAX_LINES = 10
MAX_SHARE = 0.5
LONG = {"model": "minicpm-v", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1000, "min_tokens": 1000}


def hang_up(target: Target) -> Outcome:
    os.kill(target.process.pid, signal.SIGHUP)
    time.sleep(1)
    status = ask(target, "/health").status
    return Outcome(target.process.poll() is None and status == 200, f"status {status} after SIGHUP")


def stop_and_continue(target: Target) -> Outcome:
    """Stop the process while it generates, for longer than a step may take."""
    with ExitStack() as stack:
        running = [threading.Thread(target=ask, args=(target, "/v1/chat/completions", LONG)) for _ in range(4)]
        for thread in running:
            thread.start()
            stack.callback(thread.join)
        time.sleep(1)
        os.kill(target.process.pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(target.process.pid, signal.SIGCONT)
        time.sleep(1)
        status = ask(target, "/health/ready", timeout_s=10).status
    return Outcome(status == 200, f"status {status} of /health/ready a second after {STOPPED_S} s without running")


def kill_workers(target: Target) -> Outcome:
    """Kill whatever processes the server has started while they decode pictures, and ask again."""
    picture = {"question": "hi", "image": draw_jpeg2000(4000)}
    statuses: list[int] = []
    asking = [threading.Thread(target=lambda: statuses.append(ask(target, "/ask", picture).status)) for _ in range(4)]
    for thread in asking:
        thread.start()
    time.sleep(1)
    killed = 0
    for worker in target.tree.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            worker.kill()
            killed += 1
    for thread in asking:
        thread.join()
    after = ask(target, "/ask", {"question": "hi", "image": draw_png(64, 64)}).status
    return Outcome(len(statuses) == 4 and after == 200, f"{killed} killed; {sorted(statuses)}, then {after}")


def use_up_files(target: Target) -> Outcome:
    """Take all file descriptors that the server may open; it must neither spin nor fill its log, and recover."""
    former = target.tree.rlimit(psutil.RLIMIT_NOFILE)
    num_lines = len(target.log.splitlines())
    target.tree.rlimit(psutil.RLIMIT_NOFILE, (MAX_FILES, former[1]))
    with connect(target, MAX_FILES + 50, b"GET /health/live HTTP/1.1\r\n"):
        time.sleep(0.5)
        share = target.tree.cpu_percent(interval=3) / 100
    target.tree.rlimit(psutil.RLIMIT_NOFILE, former)
    num_new = len(target.log.splitlines()) - num_lines
    time.sleep(2)
    status = ask(target, "/health", timeout_s=30).status
    is_held = share <= MAX_SHARE and num_new <= MAX_LINES and status == 200
    return Outcome(is_held, f"{share:.0%} of a core, {num_new} lines, then status {status}")


def terminate(target: Target) -> Outcome:
    """End the server while it answers, with bodies that do not come and answers that nobody reads."""
    asking = threading.Thread(target=ask_many, args=(target, "/v1/chat/completions", [LONG] * 32))
    asking.start()
    with connect(target, 200, BODY_HEAD):
        time.sleep(1)
        began_s = time.monotonic()
        target.process.terminate()
        with suppress(Exception):
            target.process.wait(GRACE_S + 20)
        took_s = time.monotonic() - began_s
    asking.join()
    is_ended = target.process.poll() is not None
    return Outcome(is_ended and took_s <= GRACE_S + 3, f"{'ended' if is_ended else 'runs still'} after {took_s:.1f} s")


PROCESS = Campaign(
    "process",
    (
        Trial("SIGHUP", "it goes on", hang_up, is_short=True),
        Trial("SIGSTOP and SIGCONT", "ready again", stop_and_continue, is_short=True),
        Trial("killed workers", "every request ends, the next is answered", kill_workers, is_short=True),
        Trial("no file descriptors left", f"{MAX_SHARE:.0%} of a core, {MAX_LINES} lines", use_up_files, is_short=True),
        Trial("SIGTERM under load", f"ended in {GRACE_S} + 3 s", terminate, is_short=True),
    ),
    flags=("--grace-s", str(GRACE_S), "--step-timeout-s", str(STEP_TIMEOUT_S)),
)
