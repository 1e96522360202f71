"""The desk, where people answer customers: `/desk`."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("desk", "Desk", ("desk",), PROBLEM_DETAILS, language="zh")
