"""What an operator sees first."""

from model.chat import ModelInfo
from server.process.banner import write_banner
from server.settings.settings import Settings


def test_the_banner_tells_what_the_demo_knows() -> None:
    demo = write_banner(
        ModelInfo(source="demo", device="cpu", dtype="float32", quantization="none", attention="sdpa", is_demo=True),
        Settings(),
        8000,
        "sessions.db",
    )
    assert "drawn product cards only" in demo
    assert "http://127.0.0.1:8000" in demo
    info = ModelInfo(
        source="x/y", device="cuda", dtype="bfloat16", quantization="int4", attention="flash_attention_2", is_demo=False
    )
    real = write_banner(info, Settings(), 8000, "sessions.db")
    assert "product cards" not in real
    assert "cuda, bfloat16, weights in int4" in real


def test_an_ipv6_address_is_written_as_a_url() -> None:
    info = ModelInfo(source="demo", device="cpu", dtype="float32", quantization="none", attention="sdpa", is_demo=True)
    assert "http://[::1]:8000" in write_banner(info, Settings(host="::1"), 8000, "sessions.db")


def test_gpus_that_are_not_used_are_said_beside_the_one_that_is() -> None:
    sentence = "2 GPUs are visible; one is used: cuda:0 (--device cuda:1 for the other)"
    info = ModelInfo(
        source="x/y",
        device="cuda",
        dtype="bfloat16",
        quantization="none",
        attention="sdpa",
        is_demo=False,
        other_gpus=sentence,
    )
    lines = write_banner(info, Settings(), 8000, "sessions.db").splitlines()
    device = next(i for i, line in enumerate(lines) if line.startswith("  device"))
    assert lines[device + 1].strip() == sentence
