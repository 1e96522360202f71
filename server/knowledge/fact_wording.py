"""Facts of the product graph as sentences, in either language."""

from collections.abc import Sequence

from server.errors.base import Language
from server.store.knowledge_names import fold_reference
from server.store.knowledge_records import GraphNode

MAX_NAME, MAX_VALUE = 120, 240
"""Longer names and values are cut off."""

MAX_LISTED = 8
"""How many things one sentence lists."""

WORDINGS: dict[str, dict[Language, str]] = {
    "variants": {"en": "Variants of {0}: {1}", "zh": "{0}的款式：{1}"},
    "siblings": {"en": "Other variants of {0}: {1}", "zh": "{0}的其他款式：{1}"},
    "variant_of": {"en": "{0} is a variant of {1}", "zh": "{0}是{1}的一款"},
    "in_category": {"en": "{0} is in the category {1}", "zh": "{0}的类别：{1}"},
    "members": {"en": "In the category {0}: {1}", "zh": "类别“{0}”中有：{1}"},
    "fits": {"en": "{0} fits {1}", "zh": "{0}适配：{1}"},
    "fitting": {"en": "What fits {0}: {1}", "zh": "适配{0}的有：{1}"},
    "replaces": {"en": "{0} replaces {1}", "zh": "{0}可以替代：{1}"},
    "replaced_by": {"en": "{0} is replaced by {1}", "zh": "{0}的替代品：{1}"},
    "belongs_with": {"en": "Goes with {0}: {1}", "zh": "与{0}搭配：{1}"},
    "has_fault": {"en": "Faults of {0}: {1}", "zh": "{0}的故障：{1}"},
    "fault_of": {"en": "{0} is a fault of {1}", "zh": "{0}是{1}的故障"},
    "causes": {"en": "{0} causes {1}", "zh": "{0}会导致：{1}"},
    "remedies": {"en": "{0} is the remedy for {1}", "zh": "“{0}”用于解决：{1}"},
    "attribute": {"en": "{1} of {0}: {2}", "zh": "{0}的{1}：{2}"},
    "fault": {"en": "{0} of {1}: {2}", "zh": "{1}的故障 {0}：{2}"},
    "lone_fault": {"en": "{0}: {1}", "zh": "故障 {0}：{1}"},
    "cause": {"en": "cause: {0}", "zh": "原因：{0}"},
    "remedy": {"en": "remedy: {0}", "zh": "解决办法：{0}"},
}


def say(wording: str, language: Language, *parts: str) -> str:
    """Return a sentence."""
    text = WORDINGS[wording][language].format(*parts)
    return text[:1].upper() + text[1:]


def name_node(node: GraphNode, language: Language) -> str:
    """Return the name of an entity in a language, else the first one."""
    found = next((name.text for name in node.names if name.language == language), None)
    return cut(found or node.name, MAX_NAME)


def name_with_code(node: GraphNode, language: Language) -> str:
    """Return a product's name with its code behind it."""
    name = name_node(node, language)
    has_code = node.kind in {"product", "variant"} and fold_reference(node.key) not in fold_reference(name)
    return f"{name} ({cut(node.key, MAX_NAME)})" if has_code else name


def list_names(nodes: Sequence[GraphNode], language: Language, separator: str | None = None) -> str:
    """Return names in a list."""
    shown = [name_with_code(node, language) for node in nodes[:MAX_LISTED]]
    if len(nodes) > MAX_LISTED:
        shown.append("…")
    return (separator or ("、" if language == "zh" else ", ")).join(shown)


def cut(text: str, most: int) -> str:
    """Return a text in one line, and no longer than so many characters."""
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[:most]}…"
