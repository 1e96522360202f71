"""The OpenAPI document of all routes, as a page and as JSON."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("openapi", "OpenAPI", ("schema",), PROBLEM_DETAILS)
