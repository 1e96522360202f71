"""The knowledge base of operators: collections, their documents and hits, the product graph, and what found nothing."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("knowledge", "Knowledge base", ("collections", "graph", "unanswered"), PROBLEM_DETAILS, language="zh")
