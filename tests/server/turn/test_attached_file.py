"""Documents within messages."""

from server.turn.attached_file import AttachedFile, DocumentLabel, answer_from_labels
from server.turn.turn import Label, Turn, TurnMessage


def ask(*parts: str) -> TurnMessage:
    return TurnMessage("user", parts)


def test_a_file_is_a_label_for_the_model() -> None:
    file = AttachedFile("a.pdf", b"data")
    assert (file, file.name, file.data, isinstance(file, Label)) == ("[a.pdf]", "a.pdf", b"data", True)


def test_a_turn_is_answered_from_the_documents_in_it() -> None:
    first, second = DocumentLabel("a.pdf", "1"), DocumentLabel("b.pdf", "2")
    turn = answer_from_labels(Turn((ask(first, second, first, "what?"),)))
    assert (turn.documents, turn.is_bound_to_documents) == (("1", "2"), True)


def test_a_later_question_may_be_about_something_else() -> None:
    turn = answer_from_labels(Turn((ask(DocumentLabel("a.pdf", "1"), "what?"), ask("thanks"))))
    assert (turn.documents, turn.is_bound_to_documents) == (("1",), False)


def test_a_turn_without_documents_stays_as_it_is() -> None:
    turn = Turn((ask("what?"),))
    assert answer_from_labels(turn) is turn
