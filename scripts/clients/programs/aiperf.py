"""AIPerf: a measurement of chat as a stream whose answers all have the length that was asked for, and with pictures."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from common import MODEL, TOKENIZER, URL, check

NUM_REQUESTS = 4
NUM_TOKENS = 16


def measure(*options: str) -> dict:
    """Return what AIPerf has measured."""
    folder = Path(tempfile.mkdtemp())
    for file in TOKENIZER.glob("tokenizer*.json"):
        shutil.copy(file, folder)
    command = [str(Path(sys.executable).with_name("aiperf")), "profile", "--model", MODEL, "--url", URL]
    command += ["--endpoint-type", "chat", "--streaming", "--request-count", str(NUM_REQUESTS), "--concurrency", "2"]
    command += ["--tokenizer", str(folder), "--synthetic-input-tokens-mean", "32", "--output-tokens-mean"]
    command += [str(NUM_TOKENS), "--ui", "none", "--artifact-dir", str(folder / "out"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    report = folder / "out" / "profile_export_aiperf.json"
    if not report.exists():
        raise SystemExit(done.stdout[-3000:])
    return json.loads(report.read_text(encoding="utf-8"))


for what, options in (("text", ()), ("pictures", ("--image-width-mean", "64", "--image-height-mean", "64"))):
    found = measure("--extra-inputs", "ignore_eos:true", "--use-server-token-count", *options)
    check(f"{what}: every request answered", found["request_count"]["avg"] == NUM_REQUESTS, found["request_count"])
    length = found["output_sequence_length"]["avg"]
    check(f"{what}: answers of the length asked for", length == NUM_TOKENS, length)
