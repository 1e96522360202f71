"""Anthropic's dialect: `/v1/messages` and `/v1/messages/count_tokens`."""

from server.api.anthropic.error import ANTHROPIC_ERRORS
from server.api.dialect import Dialect

NO_BATCHES = ("batches are not answered here: send one message at a time", "不支持批处理：请逐条发送消息")

DIALECT = Dialect(
    "anthropic", "Anthropic", ("v1/messages",), ANTHROPIC_ERRORS, absent={"/v1/messages/batches": NO_BATCHES}
)
