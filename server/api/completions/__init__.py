"""Completions of text, and its tokens, as in vLLM: `/v1/completions`, `/tokenize`, `/detokenize`, `/version`, ..."""

from server.api.dialect import Dialect
from server.api.openai.error import OPENAI_ERRORS

PREFIXES = ("v1/completions", "tokenize", "detokenize", "tokenizer_info", "version")
DIALECT = Dialect("completions", "Completions", PREFIXES, OPENAI_ERRORS)
