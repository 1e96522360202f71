"""The evaluation harness of EleutherAI: answers over chat completions, log-likelihoods over completions."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from common import MODEL, OPENAI_URL, TOKENIZER, check

ROWS = [
    {"question": "This is a striped blue", "choices": [" shirt for 299 yuan.", " §§§§"], "answer": 0},
    {"question": "This is a plain red", "choices": [" dress for 459 yuan.", " §§§§"], "answer": 0},
]
COMMON = """
dataset_path: json
dataset_kwargs: {{data_files: "{folder}/rows.json"}}
test_split: train
doc_to_text: "{{{{question}}}}"
"""
TASKS = {
    "choosing": """
output_type: multiple_choice
doc_to_choice: "{{choices}}"
doc_to_target: "{{answer}}"
metric_list: [{metric: acc}]
""",
    "answering": """
output_type: generate_until
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["\\n"], max_gen_toks: 16}
metric_list: [{metric: exact_match}]
""",
}


def evaluate(task: str, model: str, path: str, *options: str) -> dict:
    """Return what the harness has found for a task."""
    folder = Path(tempfile.mkdtemp())
    (folder / "rows.json").write_text(json.dumps(ROWS), encoding="utf-8")
    for name, text in TASKS.items():
        (folder / f"{name}.yaml").write_text(f"task: {name}{COMMON.format(folder=folder)}{text}", encoding="utf-8")
    given = f"model={MODEL},base_url={OPENAI_URL}/{path},num_concurrent=2,tokenizer={TOKENIZER}"
    command = [str(Path(sys.executable).with_name("lm_eval")), "--model", model, "--model_args", given, *options]
    command += ["--include_path", str(folder), "--tasks", task, "--output_path", str(folder / "out")]
    environment = {**os.environ, "OPENAI_API_KEY": "none", "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, check=False)
    reports = list((folder / "out").rglob("results*.json"))
    if done.returncode or not reports:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    return json.loads(reports[0].read_text(encoding="utf-8"))["results"][task]


found = evaluate("answering", "local-chat-completions", "chat/completions", "--apply_chat_template")
check("answers over chat completions", "exact_match,none" in found, found)
found = evaluate("choosing", "local-completions", "completions")
check("log-likelihoods over completions", found["acc,none"] == 1, found)
