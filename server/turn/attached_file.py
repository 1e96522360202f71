"""Documents within messages: as files that a request brings, and as those of the library that stand for them."""

from dataclasses import replace
from typing import Self

from server.turn.turn import Label, Turn

UNNAMED = "document"
"""The name of a file that came without one."""


class AttachedFile(Label):
    """The label of a document that is not in the library yet: its file as bytes, or as base64 or a data URL."""

    name: str
    data: bytes | str

    def __new__(cls, name: str, data: bytes | str) -> Self:
        made = super().__new__(cls, f"[{name}]")
        made.name, made.data = name, data
        return made


class DocumentLabel(Label):
    """The label of a document of the library."""

    document_id: str

    def __new__(cls, name: str, document_id: str) -> Self:
        made = super().__new__(cls, f"[{name}]")
        made.document_id = document_id
        return made


def answer_from_labels(turn: Turn) -> Turn:
    """Return a turn that is answered from the documents whose labels are in it.

    Where its question has one of them, it is about nothing else.
    """
    labels = [part for message in turn.messages for part in message.parts if isinstance(part, DocumentLabel)]
    if not labels:
        return turn
    is_bound = turn.question is not None and any(isinstance(part, DocumentLabel) for part in turn.question.parts)
    documents = tuple(dict.fromkeys(label.document_id for label in labels))
    return replace(turn, documents=documents, is_bound_to_documents=is_bound)
