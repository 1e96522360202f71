"""Stored dialogues: `/sessions`, and `/export` for fine-tuning on rated answers."""

from server.api.dialect import Dialect
from server.api.error_shapes import PROBLEM_DETAILS

DIALECT = Dialect("sessions", "Sessions", ("sessions", "export"), PROBLEM_DETAILS, language="zh")
