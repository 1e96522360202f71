"""The snippets of the playground, which give the answers of the page when they are run."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import Contexts, visit_page
from tests.helpers.playground import CLIPBOARD, Bench

SNIPPET_TIMEOUT_S = 180


@pytest.fixture(scope="module")
def shared_run(demo: str, contexts: Contexts) -> Iterator[Bench]:
    """Two sets that have answered, for all tests of the module."""
    with visit_page(contexts.get(**CLIPBOARD), demo, "/playground") as visit:
        bench = Bench(visit)
        bench.run_two_sets()
        yield bench


@pytest.mark.parametrize("index", [0, 1])
def test_the_python_snippet_gives_the_pages_answer(shared_run: Bench, index: int) -> None:
    shared_run.visit.button("Code").nth(index).click()
    code = shared_run.page.locator(".code")
    expect(code).to_contain_text("from openai import OpenAI")
    assert len(code.text_content() or "") < 2000
    shared_run.visit.button("Copy").click()
    script = shared_run.copied()
    assert "data:image/png;base64," in script
    done = subprocess.run(
        [sys.executable, "-"], input=script, capture_output=True, text=True, timeout=SNIPPET_TIMEOUT_S, check=True
    )
    shared_run.page.keyboard.press("Escape")
    assert done.stdout == f"{shared_run.answer(index)}\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("index", [0, 1])
def test_the_curl_snippet_gives_the_pages_answer(shared_run: Bench, index: int) -> None:
    shared_run.visit.button("Code").nth(index).click()
    shared_run.visit.button("curl").click()
    shared_run.visit.button("Copy").click()
    done = subprocess.run(
        ["bash", "-c", shared_run.copied()], capture_output=True, text=True, timeout=SNIPPET_TIMEOUT_S, check=True
    )
    shared_run.page.keyboard.press("Escape")
    answer = json.loads(done.stdout)
    assert answer["choices"][0]["message"]["content"] == shared_run.answer(index)
    assert str(answer["usage"]["prompt_tokens"]) == shared_run.number("prompt", index)


def test_a_snippet_reads_the_key_from_the_surroundings(bench: Bench) -> None:
    codes = bench.page.evaluate(
        """async () => {
            const { writeCurl, writePython } = await import("/web/playground/snippets.js");
            const body = { model: "m", messages: [], stop: ['"', "\\n"], use_image_id: true, min_p: null };
            return [writePython, writeCurl].map((make) => make(body, { address: "http://x", needsKey: true }));
        }"""
    )
    assert 'api_key=os.environ["MINICPMV_API_KEY"]' in codes[0]
    assert '-H "Authorization: Bearer $MINICPMV_API_KEY"' in codes[1]
    given: dict[str, Any] = {}
    call = codes[0][codes[0].index("create(") + len("create") : codes[0].index("for choice")]
    exec(f"given.update(dict{call})", {"given": given})
    assert given == {
        "model": "m",
        "messages": [],
        "stop": ['"', "\n"],
        "extra_body": {"use_image_id": True, "min_p": None},
    }
