"""What each generation parameter means, in English and Chinese. The playground shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Group = Literal["sampling", "length", "penalties", "beams", "pictures", "output"]
Only = Literal["sampling"]
"""Marks the parameters that are refused in beam search."""


class Text(Struct, frozen=True):
    en: str
    zh: str


@dataclass(frozen=True)
class Meaning:
    group: Group
    text: Text
    only: Only | None = None


def _explain(group: Group, en: str, zh: str, only: Only | None = None) -> Meaning:
    return Meaning(group, Text(en, zh), only)


MEANINGS: Mapping[str, Meaning] = {
    "temperature": _explain(
        "sampling",
        "How random the choice of tokens is. Lower values prefer likely tokens; 0 always takes the likeliest one.",
        "采样温度：值越低越倾向于高概率 token，越高越随机；0 表示始终选择概率最高的 token。",
        only="sampling",
    ),
    "top_p": _explain(
        "sampling",
        "Draws only from the likeliest tokens whose probabilities add up to this value. 1 keeps all tokens.",
        "核采样：只在累计概率达到该值的最高概率 token 中采样；1 表示不限制。",
        only="sampling",
    ),
    "top_k": _explain(
        "sampling",
        "Draws only from this many of the likeliest tokens. 0 keeps all tokens.",
        "只在概率最高的这么多个 token 中采样；0 表示不限制。",
        only="sampling",
    ),
    "min_p": _explain(
        "sampling",
        "Leaves out tokens whose probability is below this share of the highest one. 0 keeps all tokens.",
        "排除概率低于“最高概率 × 该值”的 token；0 表示不限制。",
        only="sampling",
    ),
    "seed": _explain(
        "sampling",
        "With the same seed the same request draws the same answer. Without a seed every answer is drawn anew.",
        "随机种子：种子相同，同一请求得到的回答也相同；不设置则每次重新采样。",
        only="sampling",
    ),
    "max_tokens": _explain("length", "The maximum length of the answer, in tokens.", "回答的最大长度（token 数）。"),
    "min_tokens": _explain(
        "length",
        "The minimum length of the answer, in tokens, without the end token.",
        "回答的最小长度（token 数），不含结束 token。",
    ),
    "stop": _explain(
        "length",
        "The answer ends before the first of these texts. The text itself is not part of it.",
        "遇到其中任一文本时停止生成，回答中不包含该文本。",
    ),
    "repetition_penalty": _explain(
        "penalties",
        "Over 1 makes tokens that are already in the answer less likely, under 1 likelier. 1 changes nothing.",
        "重复惩罚：大于 1 会降低回答中已出现 token 的概率，小于 1 则会提高；1 表示不变。",
    ),
    "presence_penalty": _explain(
        "penalties",
        "Subtracted from the logit of every token that is already in the answer. Under 0 makes those tokens likelier.",
        "存在惩罚：从回答中已出现的每个 token 的 logit 中减去该值；负值会鼓励重复。",
    ),
    "frequency_penalty": _explain(
        "penalties",
        "Subtracted from a token's logit once for every time it is in the answer. Under 0 makes those tokens likelier.",
        "频率惩罚：token 在回答中每出现一次，就从其 logit 中减去一次该值；负值会鼓励重复。",
    ),
    "logit_bias": _explain(
        "penalties",
        'Added to the logits of single tokens, by token id. For example, {"1234": -100} forbids a token.',
        '按 token id 为单个 token 的 logit 加上指定的值：例如 {"1234": -100} 会禁用该 token。',
    ),
    "num_beams": _explain(
        "beams",
        "Over 1 is beam search: it follows this many candidates and returns the likeliest, without random draws.",
        "大于 1 时使用束搜索：同时跟踪这么多个候选序列，返回概率最高的一个，不再随机采样。",
    ),
    "max_slice_nums": _explain(
        "pictures",
        "A large picture is cut into at most this many slices besides its overview. 1 uses the overview alone.",
        "大图除缩略图外，最多切成这么多个切片；1 表示只使用缩略图。",
    ),
    "use_image_id": _explain(
        "pictures",
        "Numbers the pictures in the prompt, so that the model can tell several apart.",
        "在提示词中为图片编号，便于模型区分多张图片。",
    ),
    "n": _explain(
        "output",
        "The number of answers to the question, each drawn independently.",
        "对同一问题生成的回答数量，各自独立采样。",
        only="sampling",
    ),
    "logprobs": _explain(
        "output",
        "Returns the log-probability of each token of the answer.",
        "返回回答中每个 token 的对数概率。",
        only="sampling",
    ),
    "top_logprobs": _explain(
        "output",
        "With logprobs: also returns this many of the likeliest tokens at each position.",
        "与 logprobs 配合使用：在每个位置同时返回概率最高的这么多个 token。",
        only="sampling",
    ),
    "response_format": _explain(
        "output",
        'Restricts the answer to JSON: {"type": "json_object"} for any object, {"type": "json_schema"} for a schema.',
        '将回答限定为 JSON：{"type": "json_object"} 为任意对象，{"type": "json_schema"} 则须符合给定的模式。',
    ),
}
"""Meanings by the name of the field in the body, in the order in which the playground shows them."""
