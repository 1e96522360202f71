"""Calls that change data, for the customers who are asked for a yes, and the audit log for the people of the shop."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("actions", "Actions", ("actions", "audit"), PROBLEM_DETAILS, language="zh")
