"""The committed demo checkpoint, loaded and run like the real model, gives known answers to questions."""

import random
from collections import defaultdict
from typing import Any

import pytest
from PIL import Image

from model.chat import ChatModel
from model.loading import DEMO_FOLDER, load
from scripts.demo.answers import ABOUT_ONE, FIXED_ANSWERS, Intent, write_right_answer
from scripts.demo.cards import SAMPLES, Card, make_card
from scripts.demo.others import draw_other
from scripts.eval_demo import ask_all, draw_questions
from tests.helpers.paths import SAMPLE_FOLDER

GREEDY: dict[str, Any] = {"sampling": False, "num_beams": 1, "max_new_tokens": 64}
CARDS = [make_card(*names) for names in SAMPLES]
QUESTIONS = {
    "what": ("这是什么？", "What is this?"),
    "kind": ("这是哪一类商品？", "What kind of product is it?"),
    "colour": ("它是什么颜色", "What colour is it?"),
    "pattern": ("它有什么花纹？", "What pattern does it have?"),
    "price": ("多少钱？", "How much is it?"),
}
QUESTIONS_ABOUT_TWO = {
    "cheaper": ("哪个更便宜？", "Which one is cheaper?"),
    "which": ("哪款是{value}的？", "Which one is {value}?"),
    "both prices": ("这两款分别多少钱？", "How much does each of them cost?"),
    "dearer": ("哪个更贵？", "Which one is more expensive?"),
}
PAIRS = [(CARDS[i], CARDS[i + 1]) for i in range(0, len(CARDS), 2)]


@pytest.fixture(scope="module")
def demo() -> ChatModel:
    return load("demo", device="cpu")


def open_picture(card: Card) -> Image.Image:
    names = card.colour.en, card.pattern.en, card.kind.en
    return Image.open(SAMPLE_FOLDER / f"{'-'.join(names)}.png")


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def get_name(card: Card) -> str:
    return card.en


def test_it_has_less_than_10_megabytes() -> None:
    assert sum(file.stat().st_size for file in DEMO_FOLDER.iterdir()) < 10_000_000


def test_it_has_the_real_architecture(demo: ChatModel) -> None:
    assert demo.info.is_demo
    assert demo.model.config.model_type == "minicpmv"
    assert demo.builder.tokenizer.encode("!") == [0]


@pytest.mark.parametrize("card", CARDS, ids=get_name)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_dialogues_about_one_sample_have_the_expected_answers(demo: ChatModel, card: Card, language: str) -> None:
    """The picture comes with the first question; later ones refer to it."""
    msgs: list[dict[str, Any]] = []
    for topic in ABOUT_ONE:
        question = QUESTIONS[topic][language == "en"]
        msgs.append(user(question) if msgs else user(open_picture(card), question))
        answer = str(demo.chat(msgs=msgs, **GREEDY))
        assert answer == write_right_answer(Intent(topic, language), [(card,)])
        msgs.append(assistant(answer))


def test_dialogues_about_two_samples_have_the_expected_answers(demo: ChatModel) -> None:
    for pair in PAIRS:
        for language in ("zh", "en"):
            msgs: list[dict[str, Any]] = []
            for topic, (zh, en) in QUESTIONS_ABOUT_TWO.items():
                value = pair[1].colour if topic == "which" else None
                question = (zh if language == "zh" else en).format(value=getattr(value, language, ""))
                msgs.append(user(question) if msgs else user(*map(open_picture, pair), question))
                right = write_right_answer(Intent(topic, language, value=value), [pair])
                assert demo.chat(msgs=msgs, **GREEDY) == right
                msgs.append(assistant(right))


def test_batch_rows_are_not_swapped(demo: ChatModel) -> None:
    batch = [[user(open_picture(card), "这是什么？")] for card in CARDS]
    assert demo.chat(msgs=batch, **GREEDY) == [write_right_answer(Intent("what", "zh"), [(card,)]) for card in CARDS]


def test_64_cards_at_once_answer_as_one_by_one(demo: ChatModel) -> None:
    questions = [question for question in draw_questions(seed=3, num_cards=64) if question.figure == "follow_up"][:64]
    assert len(questions) == 64
    batch = [question.msgs for question in questions]
    together = demo.chat(msgs=batch, **GREEDY)
    assert together == [demo.chat(msgs=msgs, **GREEDY) for msgs in batch]


@pytest.mark.slow
def test_unseen_cards_are_answered_as_well_as_the_model_card_states(demo: ChatModel) -> None:
    questions = draw_questions(seed=101, num_cards=30)
    right: dict[str, list[bool]] = defaultdict(list)
    for question, answer in zip(questions, ask_all(demo, questions), strict=True):
        right[question.figure].append(answer == question.turn.answer)
    shares = {figure: sum(found) / len(found) for figure, found in right.items()}
    assert min(shares[figure] for figure in ("kind", "colour", "pattern")) >= 0.96
    assert shares["price"] >= 0.96
    assert shares["follow_up"] >= 0.97
    assert shares["two_pictures"] >= 0.95


def test_a_question_is_about_the_newest_picture(demo: ChatModel) -> None:
    for old, new in PAIRS:
        msgs = [
            user(open_picture(old), "What colour is it?"),
            assistant(f"It is {old.colour.en}."),
            user("这个多少钱？", open_picture(new)),
            assistant(f"售价{new.price}元。"),
            user("What kind of product is it?"),
        ]
        assert demo.chat(msgs=msgs, **GREEDY) == f"This is {new.kind.with_article}."


@pytest.mark.parametrize(
    ("pictures", "question", "fixed", "language"),
    [
        (0, "How much is it?", "no picture", "en"),
        (0, "这是什么颜色？", "no picture", "zh"),
        (1, "哪个更便宜？", "one picture", "zh"),
        (1, "可以退货吗？", "other", "zh"),
        (1, "What material is it?", "other", "en"),
        (0, "Who are you?", "who", "en"),
        (0, "你好", "who", "zh"),
        (2, "How much is it?", "which one", "en"),
        (3, "哪个更便宜？", "too many", "zh"),
    ],
)
def test_it_says_when_it_cannot_answer(
    demo: ChatModel, pictures: int, question: str, fixed: str, language: str
) -> None:
    shown = [open_picture(card) for card in CARDS[:pictures]]
    assert demo.chat(msgs=[user(*shown, question)], **GREEDY) == FIXED_ANSWERS[fixed][language]


def test_other_pictures_are_not_taken_for_cards(demo: ChatModel) -> None:
    pictures = [draw_other(random.Random(seed)) for seed in range(20)]
    batch = [[user(picture, "How much is it?")] for picture in pictures]
    found = demo.chat(msgs=batch, **GREEDY)
    assert list(found).count(FIXED_ANSWERS["no card"]["en"]) >= 19


@pytest.mark.parametrize("scale", [0.8, 1.5, 4])
def test_a_picture_of_another_size_gets_the_same_answer(demo: ChatModel, scale: float) -> None:
    picture = open_picture(CARDS[0])
    resized = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    assert demo.chat(msgs=[user(resized, "What is it?")], **GREEDY) == "This is a striped blue shirt for 299 yuan."


def test_a_system_prompt_does_not_change_the_answer(demo: ChatModel) -> None:
    msgs = [user(open_picture(CARDS[0]), "这是什么？")]
    for prompt in ("你是一名电商客服。请用简洁的语言回答。", "You are a friendly shop assistant. Be brief."):
        answer = demo.chat(msgs=msgs, system_prompt=prompt, **GREEDY)
        assert answer == write_right_answer(Intent("what", "zh"), [(CARDS[0],)])


def test_default_sampling_gives_the_greedy_answer(demo: ChatModel) -> None:
    msgs = [user(open_picture(CARDS[0]), "What is it?")]
    assert {demo.chat(msgs=msgs, seed=seed) for seed in range(5)} == {"This is a striped blue shirt for 299 yuan."}


CONTINUED = ("Hello", "这件衣服是什么颜色？", "Tell me a story")


@pytest.mark.parametrize("question", CONTINUED)
def test_an_answer_that_is_cut_anywhere_goes_on_as_it_was(demo: ChatModel, question: str) -> None:
    """The cuts are inside of words, after spaces, and at both ends."""
    asked = user(question)
    whole = demo.chat(msgs=[asked], **GREEDY)
    assert isinstance(whole, str)
    halves = [(whole[:cut], whole[cut:]) for cut in range(len(whole))]
    assert len(halves) >= 10
    rest = demo.chat(msgs=[[asked, assistant(first)] for first, _ in halves], **GREEDY)
    assert rest == [second for _, second in halves]


def test_a_continued_answer_counts_only_what_is_new(demo: ChatModel) -> None:
    (whole,) = demo.run([demo.prepare([user("Hello")], **GREEDY)])
    text, num_tokens = str(whole.answer), len(whole.group.sequences[0].generated)
    for cut in (3, 11, 20):
        options = {**GREEDY, "max_new_tokens": 2}
        dialogue = demo.prepare([user("Hello"), assistant(text[:cut])], **options)
        (running,) = demo.run([dialogue])
        sequence, healing = running.group.sequences[0], dialogue.prompt.healing
        num_new = len(sequence.generated) - (healing.count_rewritten(sequence.generated) if healing else 0)
        assert (num_new, sequence.finish_reason) == (2, "length")
        assert str(running.answer).strip()
        assert text.startswith(text[:cut] + str(running.answer))
    assert num_tokens > 20


@pytest.mark.parametrize("given", [{"n": 3, "seed": 1, "temperature": 0.1}, {"sampling": False}, {"stop": "colour"}])
def test_every_way_to_generate_continues(demo: ChatModel, given: dict[str, Any]) -> None:
    asked = user("Hello")
    whole: Any = demo.chat(msgs=[asked], **given)
    first = whole[0] if isinstance(whole, list) else whole
    rest: Any = demo.chat(msgs=[asked, assistant(first[:20])], **given)
    assert whole == ([first[:20] + each for each in rest] if isinstance(rest, list) else first[:20] + rest)


def test_a_stream_continues_too(demo: ChatModel) -> None:
    whole = str(demo.chat(msgs=[user("Hello")], **GREEDY))
    deltas = list(demo.chat(msgs=[user("Hello"), assistant(whole[:9])], stream=True, **GREEDY))
    assert "".join(map(str, deltas)) == whole[9:]
    assert len(deltas) > 5
