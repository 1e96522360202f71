"""The documents that users send: uploading, progress, pages and files."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("documents", "Documents", ("documents",), PROBLEM_DETAILS, language="zh")
