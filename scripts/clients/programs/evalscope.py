"""EvalScope: a measurement of the speed with its defaults, over chat completions and over completions."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from common import MODEL, OPENAI_URL, QUESTION, check

NUM_REQUESTS = 4


def measure(path: str) -> dict:
    """Return the summary of EvalScope."""
    folder = tempfile.mkdtemp()
    command = [str(Path(sys.executable).with_name("evalscope")), "perf", "--model", MODEL, "--api", "openai"]
    command += ["--url", f"{OPENAI_URL}/{path}", "--prompt", QUESTION, "--number", str(NUM_REQUESTS)]
    command += ["--parallel", "2", "--outputs-dir", folder, "--no-timestamp"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    summaries = list(Path(folder).rglob("benchmark_summary.json"))
    if done.returncode or not summaries:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return json.loads(summaries[0].read_text(encoding="utf-8"))


for path in ("chat/completions", "completions"):
    found = {name.lower(): value for name, value in measure(path).items()}
    succeeded = next((value for name, value in found.items() if "succe" in name), None)
    check(f"{path}: every request answered", succeeded == NUM_REQUESTS, found)
