"""The commands and the Python of all pages are run as they stand, against a server on the demo checkpoint."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.documents import (
    DEMO_ADDRESS,
    PAGES,
    README,
    README_ZH,
    Block,
    block_pairs,
    blocks_of,
    name_of,
    prose_of,
    read,
)
from tests.helpers.paths import ROOT

TARGET = re.compile(r"(?:^|\s)make ([\w-]+)")


def pages_with(language: str, text: str = "") -> list[Path]:
    return [page for page in PAGES if any(b.language == language and text in b.source for b in blocks_of(page))]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("page", pages_with("sh", "curl"), ids=name_of)
def test_curl_examples_answer_as_shown(address: str, page: Path) -> None:
    for example, reply in block_pairs(page, "sh"):
        if "curl" not in example.source:
            continue
        assert reply is not None, f"no reply after {example.source}"
        assert (reply.language, reply.gap) == ("json", ""), f"no reply after {example.source}"
        script = example.source.replace(DEMO_ADDRESS, address)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env={**os.environ, "KEY": "none"},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.stdout.strip() == reply.source.strip()


@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_python_examples_run_and_print_what_is_shown(
    address: str, page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for example, after in block_pairs(page, "python"):
        names: dict[str, Any] = {}
        exec(compile(example.source.replace(DEMO_ADDRESS, address), name_of(page), "exec"), names)
        printed = capsys.readouterr().out
        close_client(names)
        if after is not None and is_output(after):
            assert printed == after.source


def is_output(block: Block) -> bool:
    """Whether a block shows what the one before it prints: nothing, or one line with a colon, stands between them."""
    return block.language == "text" and re.fullmatch(r"|[^\n]*[:：]", block.gap) is not None


def close_client(names: dict[str, Any]) -> None:
    """Close the client of OpenAI's or Ollama's package, whose open connection would be a warning."""
    if "client" in names:
        getattr(names["client"], "_client", names["client"]).close()


@pytest.mark.parametrize("page", [README, README_ZH], ids=name_of)
def test_the_readmes_show_each_way_to_ask_with_its_answer(page: Path) -> None:
    sources = [example.source for example, after in block_pairs(page, "python") if after and is_output(after)]
    assert any("chat_model.chat(msgs=" in source for source in sources)
    assert any("OpenAI(" in source for source in sources)
    assert sum("curl" in block.source for block in blocks_of(page)) >= 2


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    commands = [block.source for block in blocks_of(page) if block.language == "sh"]
    commands += re.findall(r"`([^`\n]+)`", prose_of(page))
    for target in TARGET.findall("\n".join(commands)):
        assert f"\n{target}:" in read(ROOT / "Makefile")


@pytest.mark.parametrize("page", [README, README_ZH], ids=name_of)
def test_the_first_screen_has_the_lines_of_the_banner(page: Path) -> None:
    shown = next(block.source for block in blocks_of(page) if "KV cache" in block.source)
    source = read(ROOT / "server" / "process" / "banner.py")
    for line in shown.splitlines():
        assert f'"{line[:13]}' in source
