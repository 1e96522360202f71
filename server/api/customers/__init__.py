"""The customers of a shop: their tokens, who they are, revocation and deletion."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("customers", "Customers", ("customers",), PROBLEM_DETAILS, language="zh")
