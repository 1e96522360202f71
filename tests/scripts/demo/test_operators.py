"""Random system prompts, and pictures numbered as `POST /compare` numbers them."""

import random

from PIL import Image

from scripts.demo.operators import SYSTEM_SENTENCES, make_system_prompt, number_pictures
from scripts.demo.wordings import LANGUAGES


def test_system_prompts_are_sentences_of_one_language() -> None:
    rng = random.Random(0)
    prompts = {make_system_prompt(rng) for _ in range(50)}
    assert len(prompts) > 30
    for prompt in prompts:
        languages = [lang for lang in LANGUAGES if any(text in prompt for text in SYSTEM_SENTENCES[lang])]
        assert len(languages) == 1


def test_pictures_are_numbered_as_a_comparison_numbers_them() -> None:
    first, second = Image.new("RGB", (4, 4)), Image.new("RGB", (5, 5))
    rng = random.Random(0)
    forms = [number_pictures([first, second, "Which is cheaper?"], rng) for _ in range(20)]
    assert all(form[-1] == "Which is cheaper?" and len(form) == 6 for form in forms)
    assert all(form[1] is first and form[3] is second and "1" in str(form[0]) and "2" in str(form[2]) for form in forms)
    assert len({str(form[0]) for form in forms}) == len(LANGUAGES)
    asked_first = number_pictures(["Which is cheaper?", first, second], rng)
    assert asked_first[0] == "Which is cheaper?"
    assert asked_first[-1] is second
