"""What the trials with documents send, and how they write down what came of them."""

import base64
from collections import Counter

from scripts.attacks.document_trials import DOCUMENTS, count_up, send


def test_an_upload_has_the_file_in_base64() -> None:
    body = send(b"a,b", "list.csv", "ann")
    assert base64.b64decode(body["data"]) == b"a,b"
    assert (body["name"], body["user_id"]) == ("list.csv", "ann")


def test_counts_are_written_in_order() -> None:
    assert count_up(Counter([429, 202, 202])) == "2 x 202, 1 x 429"
    assert count_up(Counter()) == "none"


def test_only_what_takes_long_is_left_out_of_a_short_attack() -> None:
    assert [trial.is_short for trial in DOCUMENTS.trials] == [True, True, True, False]
