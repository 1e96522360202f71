"""GuideLLM: a measurement over chat completions and over completions, whose answers have the length asked for."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from common import MODEL, TOKENIZER, URL, check

NUM_REQUESTS = 4
NUM_TOKENS = 8
OPTIONS = {
    "profile": "kind=concurrent,streams=2",
    "constraint": f"kind=max_requests,count={NUM_REQUESTS}",
    "data": f"kind=synthetic_text,prompt_tokens=16,output_tokens={NUM_TOKENS}",
}


def measure(request_format: str) -> dict:
    """Return the first benchmark of GuideLLM's report."""
    folder = Path(tempfile.mkdtemp())
    for file in TOKENIZER.glob("tokenizer*.json"):
        shutil.copy(file, folder)
    options = {
        **OPTIONS,
        "backend": f"kind=openai_http,target={URL},model={MODEL},request_format={request_format}",
        "tokenizer": f"kind=hf_auto,model={folder}",
        "output": f"kind=json,path={folder / 'out.json'}",
    }
    command = [str(Path(sys.executable).with_name("guidellm")), "run", "--disable-console-interactive"]
    command += [part for name, value in options.items() for part in (f"--{name}", value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return json.loads((folder / "out.json").read_text(encoding="utf-8"))["benchmarks"][0]


for request_format in ("/v1/chat/completions", "/v1/completions"):
    requests = measure(request_format)["requests"]
    check(f"{request_format}: every request answered", len(requests["successful"]) == NUM_REQUESTS, requests)
    lengths = [each["output_metrics"]["text_tokens"] for each in requests["successful"]]
    check(f"{request_format}: answers of the length asked for", set(lengths) == {NUM_TOKENS}, lengths)
