"""MiniCPM-V-2_6 on today's transformers: `load()` gives a model that chats.

Importing this package registers the architecture with transformers' Auto classes, so that
`AutoModel.from_pretrained("openbmb/MiniCPM-V-2_6")` needs no remote code.
"""

from model.loading import load
from model.minicpmv import register

__all__ = ["load"]

register()
