"""Ollama's dialect: `/api/chat`, `/api/generate` and what its clients ask about the model."""

from server.api.dialect import Dialect
from server.api.ollama.error import OLLAMA_ERRORS

DIALECT = Dialect("ollama", "Ollama", ("api",), OLLAMA_ERRORS)
