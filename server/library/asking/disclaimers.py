"""Sentences that say nothing of what is in documents: that something is not there, apologies, and courtesies."""

import re

_DOCUMENT = (
    r"(?:documents?|manuals?|handbooks?|contracts?|agreements?|leases?|files?|texts?|passages?|pages?|reports?|guides?|"
    r"catalog(?:ue)?s?|(?:spread)?sheets?|tables?|lists?|excerpts?|sources?|context|sections?|polic(?:y|ies)|faqs?)"
)
_SAY = (
    "mention(?:s|ed)?|sa(?:y|id)|state[sd]?|specif(?:y|ies|ied)|list(?:s|ed)?|found|find|discuss(?:ed)?|describe[sd]?|"
    "indicate[sd]?|address(?:ed)?|give|given|cover(?:ed)?|talk|explain(?:ed)?|document(?:ed)?|disclose[sd]?|clear|sure|"
    "stipulate[sd]?|answer|know"
)
_DATA = "information|details?|mention|data|answers?|indications?|references?|records?|evidence|clue"
_HAN_DOCUMENT = (
    r"(?:文[档件中]|合同|协议|手册|说明书?|表格?|资料|目录|报告|材料|内容|页面|清单|原文|上文|书中|条款|里面)"
)
_HAN_SAY = (
    "提[到及供]?|写|说|规定|约定|列|给|包[含括]|涉及|注明|标[明注]|关于|记[载录]|找到|明确|相关|介绍|指出|讨论|体现|显示|"
    "相应|这"
)
NOT_THERE = re.compile(
    rf"(?:并?没有?|[并尚]?未|并不|不)(?:有|能|曾)?(?:直接|明确|具体|详细|任何|单独|专门)*"
    r"(?:提到|提及|找到|说明|注明|写明|标明|列出|包含|涉及|给出|提供|记载)(?!的|之|事)"
    rf"|没有(?:相关|关于|对应|具体的?信息)|{_HAN_DOCUMENT}[^，。；]{{0,8}}(?:没有?|未|并未|不含|无)[^，。；的]{{0,4}}(?:{_HAN_SAY})(?!的事|之)"
    rf"|{_HAN_DOCUMENT}(?:里面?|中|上)?(?:并?没有|不存在|查不到)|找不到|查不到|无法(?:找到|确定|得知|回答|判断|提供|查[询到])"
    rf"|\b{_DOCUMENT}\s+(?:do|does|did)(?:\s+not|n't)\s+(?:\w+\s+)?(?:{_SAY}|contain|include|provide|have)\b"
    rf"|\b(?:not|nowhere|never)\s+(?:\w+\s+)?(?:mentioned|stated|specified|listed|found|indicated|disclosed)\b"
    rf"|n't\s+(?:\w+\s+)?(?:mentioned|stated|specified|listed|found|indicated|disclosed|mention|say|state|specify)\b"
    rf"|\bnot\s+(?:mention|say|state|specify|indicate)\b|\b(?:no|nor|any)\s+(?:\w+\s+)?(?:{_DATA})\b"
    rf"|\b(?:not|n't)\s+(?:\w+\s+)?(?:in|part\s+of)\s+(?:the|this|these|your)\s+(?:\w+\s+)?{_DOCUMENT}\b"
    rf"|\bnothing\b[^.]{{0,30}}\b(?:about|in\s+(?:the|this|these|your)\s+{_DOCUMENT})\b"
    r"|\b(?:cannot|could\s+not|couldn't|can't|unable\s+to)\s+(?:be\s+)?(?:find|found|determine)",
    re.I,
)
"""What says that something is not there, which no passage supports."""

REFUSED = re.compile(
    r"抱歉|对不起|不好意思|很遗憾|(?:我|我们)(?:并?不|无法|没有?办法)(?:太|是很)?(?:清楚|知道|确定|了解|回答|能|会|提供)"
    r"|作为(?:一[个名款])?\s?(?:AI|人工智能|语言模型|助手)|我(?:只)?是(?:一[个名款])?[^，。]{0,8}(?:模型|助手|机器人)"
    r"|\b(?:sorry|apologi[sz]e|unfortunately,?\s+i)\b|\bi\s+(?:do\s+not|don't|cannot|can't|am\s+not|could\s+not|couldn't)\b"
    r"|\bi'm\s+(?:not|unable|afraid|only|just|an?)\b|\bi\s+am\s+(?:an?|only|just)\b|\bas\s+an?\s+(?:AI|language|assistant)\b",
    re.I,
)
"""What says something of whoever answers."""

COURTESY = re.compile(
    r"你好|您好|谢谢|感谢|不客气|很高兴|欢迎|请问|有什么可以|随时(?:告诉|提问|联系)|如果[你您]|请[告提]"
    r"|\b(?:hello|hi|hey|thanks?|welcome|glad|happy\s+to|let\s+me\s+know|feel\s+free|how\s+can\s+i|can\s+i\s+help)\b",
    re.I,
)
CONTRAST = re.compile(r"[，,；;]\s*(?:但是?|不过|然而|只是|\b(?:but|however)\b)", re.I)


def find_claim(sentence: str) -> str:
    """Return what a sentence says of documents: what stands after the `but` of a refusal; empty if it says nothing."""
    claims = [part for part in CONTRAST.split(sentence) if not (NOT_THERE.search(part) or REFUSED.search(part))]
    return sentence if len(claims) == len(CONTRAST.split(sentence)) else "，".join(claims)


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence is a greeting, or asks back."""
    return COURTESY.search(sentence) is not None or sentence.rstrip(" \"'”’)）*_").endswith(("?", "？"))
