"""Tables of documents and pictures: extracted, asked and drawn."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("tables", "Tables", ("tables",), PROBLEM_DETAILS, language="zh")
