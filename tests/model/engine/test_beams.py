"""Beam search over candidates. `test_runner.py` compares it with transformers' own, with a model."""

from model.engine.beams import BeamSearch, Candidate, Hypothesis

END = 9


def candidates(*rows: tuple[float, int, int]) -> list[Candidate]:
    return [Candidate(*row) for row in rows]


def test_there_are_enough_candidates_for_all_beams_to_run_on() -> None:
    assert BeamSearch(3, {END}, 10).num_candidates == 6
    assert BeamSearch(3, {8, END}, 10).num_candidates == 9
    assert BeamSearch(2, set(), 10).num_candidates == 4


def test_the_best_beams_run_on_and_finished_ones_are_kept_apart() -> None:
    beams = BeamSearch(2, {END}, 10)
    running = beams.advance(candidates((-1.0, 0, 4), (-1.5, 0, END), (-2.0, 0, 5), (-3.0, 0, 6)))
    assert [candidate.token_id for candidate in running] == [4, 5]
    assert beams.scores == [-1.0, -2.0]
    assert beams.finished == [Hypothesis(-1.5, (END,))]
    assert not beams.is_done


def test_an_end_token_below_the_best_candidates_does_not_count() -> None:
    beams = BeamSearch(2, {END}, 10)
    beams.advance(candidates((-1.0, 0, 4), (-2.0, 0, 5), (-3.0, 0, END), (-4.0, 0, 6)))
    assert beams.finished == []


def test_a_hypothesis_has_the_tokens_of_its_parents() -> None:
    beams = BeamSearch(2, {END}, 10)
    beams.advance(candidates((-1.0, 0, 4), (-2.0, 0, 5), (-3.0, 0, 6), (-4.0, 0, 7)))
    beams.advance(candidates((-2.5, 1, 1), (-2.6, 0, END), (-2.7, 1, 2), (-3.0, 0, 3)))
    assert beams.finished == [Hypothesis(-1.3, (4, END))]
    beams.advance(candidates((-2.8, 1, END), (-3.0, 0, 1), (-3.1, 1, 1), (-3.2, 0, 2)))
    assert beams.finished[0].token_ids == (5, 2, END), "a longer one is better by its mean"


def test_the_search_is_done_when_no_beam_can_become_better() -> None:
    beams = BeamSearch(1, {END}, 10)
    beams.advance(candidates((-0.1, 0, END), (-5.0, 0, 4)))
    assert beams.is_done, "one beam is finished, and the running one is worse"
    beams = BeamSearch(1, {END}, 10)
    beams.advance(candidates((-0.1, 0, 4), (-5.0, 0, END)))
    assert not beams.is_done


def test_the_last_token_finishes_the_running_beams() -> None:
    beams = BeamSearch(2, {END}, 2)
    beams.advance(candidates((-1.0, 0, 4), (-2.0, 0, 5), (-3.0, 0, 6), (-4.0, 0, 7)))
    beams.advance(candidates((-1.5, 0, 1), (-2.5, 1, 2), (-3.0, 0, 3), (-4.0, 0, 7)))
    assert beams.is_done
    assert beams.finished == [Hypothesis(-0.75, (4, 1)), Hypothesis(-1.25, (5, 2))]
