"""The `openai` and `ollama` packages against a real server process that has keys; docs/clients.md lists the calls."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import ollama
import openai
import pytest

from server.keys.__main__ import main
from server.keys.keyfile import add_key
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true
from tests.helpers.processes import run_server, start_python

MODEL = "minicpm-v"
HELLO: list[Any] = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for given in (
        make_key(),
        make_key("bob"),
        make_key("hasty", requests_per_minute=1),
        make_key("frugal", tokens_per_day=1),
    ):
        add_key(folder / "keys.toml", given)
    return folder


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with run_server("--model", "demo", "--data", str(data)) as (_, address, _):
        yield address


@pytest.fixture
def gpt(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=make_secret("ann"), max_retries=0, timeout=60) as client:
        yield client


def said(client: openai.OpenAI) -> str:
    return client.chat.completions.create(model=MODEL, messages=HELLO, max_tokens=3).choices[0].message.content or ""


def llama_of(address: str, name: str | None) -> ollama.Client:
    headers = {} if name is None else {"Authorization": f"Bearer {make_secret(name)}"}
    return ollama.Client(host=address, headers=headers, timeout=60)


def test_openai_key(gpt: openai.OpenAI) -> None:
    assert said(gpt)
    with pytest.raises(openai.AuthenticationError) as refused:
        said(gpt.with_options(api_key="sk-wrong"))
    assert (refused.value.code, refused.value.type) == ("invalid_api_key", "authentication_error")


def test_openai_key_limits(gpt: openai.OpenAI) -> None:
    hasty, frugal = (gpt.with_options(api_key=make_secret(name)) for name in ("hasty", "frugal"))
    assert said(hasty)
    with pytest.raises(openai.RateLimitError) as refused:
        hasty.chat.completions.create(model=MODEL, messages=HELLO, stream=True)
    assert refused.value.code == "rate_limit_exceeded"
    assert 0 < int(refused.value.response.headers["Retry-After"]) <= 60
    assert said(frugal)
    with pytest.raises(openai.RateLimitError) as refused:
        said(frugal)
    assert refused.value.code == "insufficient_quota"


def test_ollama_key(address: str) -> None:
    client = llama_of(address, "ann")
    assert client.chat(MODEL, HELLO, options={"num_predict": 3}).message.content
    assert client.list().models
    client._client.close()
    for name in (None, "wrong"):
        stranger = llama_of(address, name)
        with pytest.raises(ollama.ResponseError) as refused:
            stranger.chat(MODEL, HELLO)
        assert refused.value.status_code == 401
        stranger._client.close()


def test_keys_see_their_owners_sessions(address: str) -> None:
    ann, bob = ({"X-API-Key": make_secret(name)} for name in ("ann", "bob"))
    body = {"user_id": "u", "question": "hello"}
    assert httpx.post(f"{address}/chat", json=body, headers=ann, timeout=60).status_code == 200
    (session,) = httpx.get(f"{address}/sessions", headers=ann, timeout=60).json()["sessions"]
    url = f"{address}/sessions/{session['id']}"
    assert httpx.get(url, headers=ann, timeout=60).status_code == 200
    assert httpx.get(url, headers=bob, timeout=60).status_code == 404


def test_a_key_made_while_the_server_runs(address: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "eve", "--file", str(data / "keys.toml")]) == 0
    headers = {"X-API-Key": capsys.readouterr().out.strip()}
    assert httpx.get(f"{address}/sessions", headers=headers, timeout=60).status_code == 200
    assert main(["remove", "eve", "--file", str(data / "keys.toml")]) == 0
    assert httpx.get(f"{address}/sessions", headers=headers, timeout=60).status_code == 401


def test_no_key_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log, the database and the command line hold no key, right or wrong, however it is sent."""
    monkeypatch.setenv("MINICPMV_API_KEYS", f"ann:{make_secret('ann')}")
    with (
        run_server("--model", "demo", "--data", str(tmp_path), start=start_python) as (process, address, said),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        for secret in (make_secret("ann"), make_secret("stranger")):
            for headers in ({"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}):
                for path in ("/sessions", "/v1/models", "/api/tags", "/nothing"):
                    client.get(path, headers=headers)
                client.post("/ask", headers=headers, json={"question": 3})
            client.get(f"/v1/models?api_key={secret}")
        log = tmp_path / "server.log"
        assert comes_true(lambda: log.read_text().count('"route": "/v1/models", "status": 200') == 2)
        assert log.read_text().count('"event": "refused for want of a valid key"') == 1
        command_line = Path(f"/proc/{process.pid}/cmdline").read_text()
        process.terminate()
        process.wait(timeout=60)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for shown in (said.whole(), command_line, written.decode("latin-1")):
        assert "0123456789abcdef" not in shown
    assert os.environ["MINICPMV_API_KEYS"]
