"""The command `llm` with a model of its own list: a prompt, a stream, a picture, a dialogue that goes on."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import CARD, MODEL, OPENAI_URL, PRICE, QUESTION, check

SETTINGS = f"""- model_id: mini
  model_name: {MODEL}
  api_base: {OPENAI_URL}
  vision: true
  supports_schema: true
"""
HOME = Path(tempfile.mkdtemp())
(HOME / "extra-openai-models.yaml").write_text(SETTINGS, encoding="utf-8")


def run(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("llm")), *arguments]
    environment = {**os.environ, "LLM_USER_PATH": str(HOME), "OPENAI_API_KEY": "none"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    check(f"exit status of {arguments[0]}", done.returncode == 0, done.stderr)
    return done.stdout


check("prompt", run("-m", "mini", "hello", "-o", "temperature", "0"))
check("picture", PRICE in run("-m", "mini", QUESTION, "-a", str(CARD)))
check("a dialogue that goes on", run("-c", "and its colour?"))
check("schema", "price" in run("-m", "mini", "a shirt", "--schema", "kind, price int"))
