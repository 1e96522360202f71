"""The proxy of LiteLLM before the server, asked in OpenAI's and in Anthropic's form, and its library."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from common import CARD_TEXT, CARD_URL, MODEL, OPENAI_URL, PRICE, QUESTION, URL, check

KEY = "sk-" + "0123456789abcdef" * 4
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": KEY}

import litellm  # noqa: E402 - after the variables, which it reads as it is imported

CONFIG = {
    "model_list": [
        {
            "model_name": MODEL,
            "litellm_params": {"model": f"openai/{MODEL}", "api_base": OPENAI_URL, "api_key": "none"},
        }
    ]
}
PICTURE = [{"type": "image_url", "image_url": {"url": CARD_URL}}, {"type": "text", "text": QUESTION}]


def post(url: str, body: object) -> dict:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}", "x-api-key": KEY}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=120) as answer:
        return json.loads(answer.read())


def ask_library() -> None:
    messages = [{"role": "user", "content": PICTURE}]
    common = {"messages": messages, "max_tokens": 64, "temperature": 0}
    answer = litellm.completion(f"openai/{MODEL}", api_base=OPENAI_URL, api_key="none", **common)
    check("library: picture", PRICE in answer.choices[0].message.content, answer)
    pieces = list(litellm.completion(f"openai/{MODEL}", api_base=OPENAI_URL, api_key="none", stream=True, **common))
    check("library: stream", len(pieces) > 1)
    answer = litellm.completion(f"ollama_chat/{MODEL}", api_base=URL, **common)
    check("library: Ollama with a picture", PRICE in answer.choices[0].message.content, answer)
    answer = litellm.completion(f"anthropic/{MODEL}", api_base=URL, api_key="none", **common)
    check("library: Anthropic with a picture", PRICE in answer.choices[0].message.content, answer)
    answer = litellm.text_completion(
        model=f"text-completion-openai/{MODEL}", prompt="Once upon", api_base=OPENAI_URL, api_key="none", max_tokens=8
    )
    check("library: completions", answer.choices[0].text is not None)


def ask_proxy(address: str) -> None:
    body = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": PICTURE}]}
    answer = post(f"{address}/v1/chat/completions", body)
    check("proxy: picture", PRICE in answer["choices"][0]["message"]["content"], answer)
    source = {"type": "base64", "media_type": "image/png", "data": CARD_TEXT}
    content = [{"type": "image", "source": source}, {"type": "text", "text": QUESTION}]
    answer = post(f"{address}/v1/messages", {**body, "messages": [{"role": "user", "content": content}]})
    check("proxy: Anthropic's form", PRICE in json.dumps(answer), answer)


def serve_proxy() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Path(tempfile.mkdtemp()) / "config.json"
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("litellm")), "--config", str(config), "--host", "127.0.0.1"]
    with subprocess.Popen([*command, "--port", str(port), "--telemetry", "False"], stdout=subprocess.DEVNULL) as proxy:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                time.sleep(0.5)
                try:
                    urlopen(f"{address}/health/liveliness", timeout=5)
                    break
                except OSError:
                    continue
            ask_proxy(address)
        finally:
            proxy.terminate()


ask_library()
serve_proxy()
