"""What the server says when it is ready."""

from pathlib import Path

from model.chat import ModelInfo
from server.settings.settings import Settings


def banner(info: ModelInfo, settings: Settings, port: int, sessions: str) -> str:
    """What is served, where and how, in plain words."""
    weights = "" if info.quantization == "none" else f", weights in {info.quantization}"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        "",
        f"  model      {info.source}",
        f"  device     {info.device}, {info.dtype}{weights}",
        f"  attention  {info.attention}; {info.decoding}",
        f"  KV cache   {info.kv_cache_tokens:,} tokens",
        f"  data       {Path(settings.data).resolve()}",
        f"  sessions   {sessions}",
        f"  address    http://{host}:{port}",
        "",
    ]
    if info.is_demo:
        lines += [
            "  The demo knows drawn product cards only: their kind, colour, pattern and price, one or two at a time.",
            "  The real model: make serve MODEL=openbmb/MiniCPM-V-2_6   (QUANT=int4 for 4 bits)",
            "",
        ]
    return "\n".join(lines)
