"""MiniCPM-V-2_6 on today's transformers: `load()` gives a model that chats.

Importing this package makes `AutoModel.from_pretrained("openbmb/MiniCPM-V-2_6")` work without remote code. It imports
neither transformers nor torch, which take seconds: those come with `load`.
"""

from typing import TYPE_CHECKING, Any

from model.auto import register_with_transformers

if TYPE_CHECKING:
    from model.loading import load

__all__ = ["load"]

register_with_transformers()


def __getattr__(name: str) -> Any:
    """Import `load` when it is first asked for (PEP 562)."""
    if name == "load":
        from model.loading import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
