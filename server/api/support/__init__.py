"""The server's own dialect, for customer service: `/ask`, `/chat` and `/compare`."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("support", "Questions and dialogues", ("ask", "chat", "compare"), PROBLEM_DETAILS, language="zh")
