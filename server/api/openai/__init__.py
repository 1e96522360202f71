"""OpenAI's dialect: chat completions, responses and models under `/v1`."""

from server.api.dialect import Dialect
from server.api.openai.error import OPENAI_ERRORS

DIALECT = Dialect("openai", "OpenAI", ("v1",), OPENAI_ERRORS)
