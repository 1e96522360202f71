"""Ollama's dialect: `/api/chat`, `/api/generate` and what its clients ask about the model."""

from server.api.dialect import Dialect
from server.api.ollama.error import OLLAMA_ERRORS

ONE_MODEL = (
    "this server has one model, which it was started with",
    "本服务只有启动时指定的一个模型",
)
ABSENT = dict.fromkeys(("/api/create", "/api/copy", "/api/push", "/api/delete", "/api/blobs"), ONE_MODEL)
"""Routes of Ollama that a server of one model does not have."""

DIALECT = Dialect("ollama", "Ollama", ("api",), OLLAMA_ERRORS, absent=ABSENT)
