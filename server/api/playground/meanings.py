"""What each generation parameter means, for people, in English and Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Group = Literal["sampling", "length", "penalties", "beams", "pictures", "output"]
Only = Literal["sampling"]
"""What is refused with beam search."""


class Text(Struct, frozen=True):
    en: str
    zh: str


@dataclass(frozen=True)
class Meaning:
    group: Group
    text: Text
    only: Only | None = None


def _of(group: Group, en: str, zh: str, only: Only | None = None) -> Meaning:
    return Meaning(group, Text(en, zh), only)


MEANINGS: Mapping[str, Meaning] = {
    "temperature": _of(
        "sampling",
        "How freely tokens are drawn: low keeps to likely ones, high lets others come; 0 always takes the likeliest.",
        "采样温度：越低越倾向高概率 token，越高越随机；0 表示始终取概率最高的 token。",
        only="sampling",
    ),
    "top_p": _of(
        "sampling",
        "Draws among the likeliest tokens whose probabilities add up to this share; 1 keeps all.",
        "核采样：只在累计概率达到该值的最可能 token 中抽取；1 表示不限制。",
        only="sampling",
    ),
    "top_k": _of(
        "sampling",
        "Draws among so many of the likeliest tokens; 0 keeps all.",
        "只在概率最高的若干个 token 中抽取；0 表示不限制。",
        only="sampling",
    ),
    "min_p": _of(
        "sampling",
        "Leaves out tokens less probable than this share of the likeliest one's probability; 0 keeps all.",
        "去掉概率低于最高概率乘以该值的 token；0 表示不限制。",
        only="sampling",
    ),
    "seed": _of(
        "sampling",
        "The same seed draws the same answer; without one each answer is drawn anew.",
        "随机种子：种子相同则抽取的回答相同；不设则每次重新抽取。",
        only="sampling",
    ),
    "max_tokens": _of("length", "The longest answer, in tokens.", "回答的最大长度（token 数）。"),
    "min_tokens": _of(
        "length",
        "The answer cannot end before so many tokens, its end token not counted.",
        "回答至少生成这么多 token 才能结束（不含结束 token）。",
    ),
    "stop": _of(
        "length",
        "The answer ends before the first of these texts, which is not part of it.",
        "遇到其中任一文本时回答结束，该文本不包含在回答中。",
    ),
    "repetition_penalty": _of(
        "penalties",
        "Makes tokens that the answer already has less likely, over 1, or likelier, under 1; 1 changes nothing.",
        "重复惩罚：大于 1 降低回答中已出现 token 的概率，小于 1 则提高；1 表示不变。",
    ),
    "presence_penalty": _of(
        "penalties",
        "Taken from the logit of each token that the answer already has; under 0 it is added.",
        "存在惩罚：从回答中已出现 token 的 logit 中减去该值；负值则为增加。",
    ),
    "frequency_penalty": _of(
        "penalties",
        "Taken from a token's logit once for each time that the answer already has it; under 0 it is added.",
        "频率惩罚：token 在回答中每出现一次，就从其 logit 中减去一次该值；负值则为增加。",
    ),
    "logit_bias": _of(
        "penalties",
        'Added to the logits of single tokens, by token id: {"1234": -100} forbids one.',
        '按 token id 调整 logit：例如 {"1234": -100} 禁止该 token。',
    ),
    "num_beams": _of(
        "beams",
        "Over 1: beam search, which follows so many answers at once and gives the likeliest; nothing is drawn then.",
        "大于 1 时使用束搜索：同时跟踪这么多个候选并给出最可能的回答，此时不再随机抽取。",
    ),
    "max_slice_nums": _of(
        "pictures",
        "A large picture is cut into at most so many slices beside its overview; 1 is the overview alone.",
        "大图除整体缩略图外最多切成这么多片；1 表示只用整体缩略图。",
    ),
    "use_image_id": _of(
        "pictures",
        "Pictures are numbered in the prompt, so that the model can tell several apart.",
        "在提示词中为图片编号，便于模型区分多张图片。",
    ),
    "n": _of(
        "output",
        "So many answers to the same question, each drawn by itself.",
        "对同一问题生成的回答个数，各自独立抽取。",
        only="sampling",
    ),
    "logprobs": _of(
        "output",
        "Tells the log-probability of each token of the answer.",
        "给出回答中每个 token 的对数概率。",
        only="sampling",
    ),
    "top_logprobs": _of(
        "output",
        "With logprobs: so many of the likeliest tokens are told at each place too.",
        "与 logprobs 一起使用：每个位置同时给出这么多个最可能的 token。",
        only="sampling",
    ),
    "response_format": _of(
        "output",
        'Holds the answer to JSON: {"type": "json_object"}, or a schema with {"type": "json_schema"}.',
        '将回答限定为 JSON：{"type": "json_object"}，或用 {"type": "json_schema"} 指定模式。',
    ),
}
"""By the name in the body, in the order in which they are shown."""
