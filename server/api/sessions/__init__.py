"""The stored sessions: `/sessions`, and `/export` of rated turns for fine-tuning."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("sessions", "Sessions", ("sessions", "export"), PROBLEM_DETAILS, language="zh")
