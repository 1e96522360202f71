"""The pages and their files."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect(
    "pages", "Pages", ("", "knowledge", "web", "pages", "pictures", "widget", "widget.js"), PROBLEM_DETAILS
)
