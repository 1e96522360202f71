"""The routes for operators and their tools: `/health`, `/metrics` and `/ops`."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("operate", "Operation", ("health", "metrics", "ops"), PROBLEM_DETAILS)
