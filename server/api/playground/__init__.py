"""The routes of the playground: `/playground/parameters`, `/playground/prompt` and `/playground/runs`."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("playground", "Playground", ("playground",), PROBLEM_DETAILS, language="zh")
