"""What is printed when the server is ready."""

from pathlib import Path
from typing import TYPE_CHECKING

from server.settings.settings import Settings

if TYPE_CHECKING:
    from model.chat import ModelInfo


def write_banner(info: "ModelInfo", settings: Settings, port: int, sessions: str) -> str:
    """Say what is served, where and how. `sessions` is where dialogues are kept."""
    weights = "" if info.quantization == "none" else f", weights in {info.quantization}"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        "",
        f"  model      {info.source}",
        f"  device     {info.device}, {info.dtype}{weights}",
        *([f"             {info.other_gpus}"] if info.other_gpus else []),
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
