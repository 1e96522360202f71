"""How a question is answered from documents: what it asks of them as a whole, if it does."""

import re
from typing import Literal

Whole = Literal["summary", "pages", "list", "extreme"]
"""What a question asks of whole documents.

A summary, which pages mention something, a list or a count of what there is, or what is the most of something.
"""

_ENGLISH_EXTREMES = (
    "largest|biggest|smallest|heaviest|lightest|longest|shortest|highest|lowest|earliest|latest|newest|oldest|tallest|"
    "thinnest|thickest|widest|narrowest|fastest|slowest|strongest|greatest|fewest|dearest"
)
_THINGS = (
    "one|ones|product|products|item|items|model|models|option|options|article|articles|entry|entries|device|devices|"
    "offer|offers|contract|contracts|invoice|invoices|plan|plans|card|cards|thing|things|customer|order|orders"
)
_PLURALS = (
    "products|items|models|articles|entries|devices|contracts|invoices|plans|customers|orders|employees|people|clauses"
)
EXTREME = re.compile(
    r"\bcheapest\b|\bpriciest\b|\bcostliest\b|\b(?:most|least)\s+expensive\b|\b(?:lowest|highest)[\s-]+pric(?:e|ed)\b"
    rf"|\b(?:which|who)\b[^.?!]{{0,60}}\b(?:{_ENGLISH_EXTREMES}|(?:most|least))\b"
    rf"|\bwhat(?:'s| is| are)\s+the\s+(?:{_ENGLISH_EXTREMES})\s+(?:{_THINGS})\b"
    r"|最便宜|最贵|最昂贵|最低价|最高价|(?:价格|价钱|售价|单价)(?:最低|最高)"
    r"|哪[^，。？！?!]{0,14}最(?:高|低|大|小|重|轻|长|短|早|晚|新|旧|多|少|快|慢|厚|薄|宽|窄|强)"
    r"|最(?:高|低|大|小|重|轻|长|短|早|晚|新|旧|多|少|快|慢|厚|薄|宽|窄|强)的[^，。？！?!]{0,8}(?:哪|是谁|是什么)"
    r"|最(?:重|轻|大|小|高|低|长|短|早|晚|新|旧)的(?:产品|商品|型号|一款|一个|一种|一件|那款|那个)",
    re.I,
)
PAGES = re.compile(
    r"\b(?:which|what|on which|on what|list (?:all )?(?:the )?|all (?:the )?)\s*pages?\b|\bhow many pages\b"
    r"|哪些页|哪几页|哪一页|哪页|第几页|多少页",
    re.I,
)
SUMMARY = re.compile(
    r"\bsummar(?:y|ies|i[sz](?:e|es|ed|ing|ation))\b|\btl;?dr\b|\bsum\s+(?:it\s+|this\s+)?up\b|\brecap\b"
    r"|\b(?:main|key|major)\s+(?:points?|ideas?|topics?|takeaways?|terms|clauses|findings|conclusions|messages?|content)\b"
    r"|\bgive\b[^.?!]{0,20}\b(?:overview|gist|outline)\b|\b(?:overview|gist|outline)\s+of\s+(?:this|the)\b"
    r"|\bwhat(?:'s| is)\s+the\s+gist\b|^\W*(?:an?\s+)?overview\b|\bsay\s+(?:overall|in\s+general|as\s+a\s+whole)\b"
    r"|\b(?:what|which)\s+(?:topics|subjects|themes)\b"
    r"|\bwhat(?:'s| is)\s+(?:it|this|that|(?:this|the)\s+(?:document|file|pdf|text|report|contract|manual"
    r"|catalog(?:ue)?|paper|book|presentation))\s+(?:all\s+)?about\b"
    r"|总结|概括|概述|摘要|归纳|大意|梗概|提要|主要(?:内容|讲|说|介绍)"
    r"|全文|通读|概要|主旨|中心思想|核心内容"
    r"|(?:的|告诉我|列出|哪些|几个|划)重点|重点(?:是什么|内容|有哪些)",
    re.I,
)
TELLS, PART = re.compile(r"(?:讲|说|写)(?:了(?:些)?|的(?:都)?是(?:些)?)什么"), re.compile(r"第.{1,4}[页条章节款]")
SUM = re.compile(
    r"(?:一共|总共|合计|总计|共)[^，。？！?!]{0,12}(?:钱|价|金额|费用|元|花费)|\b(?:total|sum)\b[^.?!]{0,30}\b(?:price|cost|amount)s?\b"
    r"|\bhow\s+much\b[^.?!]{0,40}\b(?:in\s+total|all\s+together|altogether)\b",
    re.I,
)
"""What asks for a sum, whose parts may be anywhere."""
_MEASURES = (
    "days?|hours?|minutes?|seconds?|weeks?|months?|years?|times|watts?|volts?|amps?|kilograms?|kilos?|kgs?|grams?|"
    "pounds?|lbs?|ounces?|oz|met(?:er|re)s?|centimet(?:er|re)s?|millimet(?:er|re)s?|cm|mm|km|miles?|inches|feet|"
    "lit(?:er|re)s?|ml|degrees?|percent|points?|dollars?|euros?|yuan|calories|gb|mb|megapixels?|pixels?|business|working"
)
_SPARED_AFTER_ALL = (
    "right|day|night|year|week|round|in\\s+one|over|set|good|about|gone|purpose|weather|season|along|of\\s+a"
)
LIST = re.compile(
    rf"\bhow\s+many\b(?!\s+(?:more\s+)?(?:{_MEASURES})\b)(?!(?:\s+\w+){{1,3}}\s+(?:does|do|can|may|will)\s+(?:it|i|we|one)\b(?!\s+(?:have|list|contain|mention|include|cover|offer)))"
    rf"|\bwhich\s+(?:\w+\s+)?(?:{_PLURALS})\b"
    r"|(?<!\bat )(?<!\babove )(?<!\bafter )(?<!\bfor )(?<!\bwith )(?<!\bto )(?<!\bnot )(?<!\bit )(?<!\bit's )"
    rf"(?<!\bfirst of )(?<![-\w])all(?![-\w])(?!\s+(?:{_SPARED_AFTER_ALL})\b)"
    r"|\b(?:list|name|show|count|give(?:\s+me)?|find)\s+(?:\w+\s+){0,3}?(?:every|each)\b"
    r"|\b(?:list|enumerate|count)\s+(?:of\s+)?(?:the|its|their)\b|\bin\s+total\b"
    r"|(?<!于)(?<!归)(?<!对)(?<!支持)(?<!兼容)(?<!适合)所有(?![权者制]|\s*[？?。！!]?\s*$)|(?:一共|共有|总共|合计)(?!有?(?:几|多少)(?:年|个?月|天|小时))"
    r"|(?:提到|提及|涉及|列出|包含|包括)了?(?:哪些|几[个种款项])|哪些(?:产品|商品|型号|条款|项目|员工|人|款|城市|国家|公司|日期|费用)"
    r"|多少(?:个|种|款|项|家|份|条|件|类|张|位|名|台|套)(?!\s*(?:月|小时|工作日|自然日|星期|礼拜|季度|钱))"
    r"|有(?:哪些|几个|几种|几款|几项|几类|几条|几份|几家)(?!月|小时|工作日)|(?:列出|列举|罗列|枚举|逐一|全部(?:列|的?(?:产品|商品|型号|条款)))",
    re.I,
)

ASKS_WHETHER = re.compile(r"^\W*(?:is|isn't|does|doesn't|can\s+i|may\s+i|do\s+i|must\s+i|will\s+it|would\s+it)\b", re.I)
"""Questions after yes or no about one thing, in which `all` asks for no list."""


def find_whole(question: str) -> Whole | None:
    """Return what a question asks of whole documents, by its words; None where a part of them can answer it."""
    if PAGES.search(question) and find_mentioned(question) is not None:
        return "pages"
    if SUM.search(question):
        return "summary"
    if EXTREME.search(question):
        return "extreme"
    if SUMMARY.search(question) or (TELLS.search(question) and not PART.search(question)):
        return "summary"
    if PAGES.search(question) or (LIST.search(question) and not ASKS_WHETHER.search(question)):
        return "list"
    return None


_QUOTED = re.compile(r"[\"“”「『‘'《](.{1,80}?)[\"“”」』’'》]")
_MENTIONED = (
    re.compile(
        r"\bpages?\s+(?:is|are|does|do|can)\s+(?:the\s+)?(?P<term>[^?!.]{1,80}?)\s+"
        r"(?:mentioned|found|discussed|described|named|listed|appears?|occurs?|stand)\b",
        re.I,
    ),
    re.compile(r"\bpages?\s+(?:does|do)\s+(?:the\s+)?(?P<term>[^?!.]{1,80}?)\s+(?:appear|occur|come\s+up)\b", re.I),
    re.compile(
        r"\b(?:mentions?|mentioning|mentioned|contains?|containing|includes?|including|discuss(?:es|ing)?|talks?\s+about|"
        r"talking\s+about|refers?\s+to|referring\s+to|says?|have|has|with|about|covers?|describes?|describing|names?)\s+"
        r"(?:the\s+(?:words?|terms?|phrases?|texts?|name)\s+|anything\s+about\s+|the\s+|an?\s+)?(?P<term>[^?!.]{1,80})",
        re.I,
    ),
    re.compile(
        r"页(?:上|里|中|面)?(?:都|里面|当中)?(?:有)?(?:提到过?|提及|出现|包含|含有|讲到|讲|涉及|写到|写有|写着|说到|介绍|谈到|描述|有|是)(?:了|过|关于)?"
        r"(?P<term>[^，。？！?!]{1,60}?)(?:的内容|的信息)?(?:呢|吗|的|了)?\s*(?:[，。？！?!]|$)"
    ),
    re.compile(
        r"(?:提到|提及|出现|包含|含有|讲到|涉及|写到|介绍|谈到)了?(?!在)(?P<term>[^，。？！?!]{1,60}?)的?(?:内容)?(?:是|在|有)?(?:哪些|哪几|哪一|哪|第几)页"
    ),
    re.compile(
        r"(?P<term>[^，。？！?!]{1,60}?)\s*(?:都|分别|是)?(?:在|出现在|位于|见于|写在)\s*(?:文档|文件|说明书|手册|目录)?(?:的|里的?|中的?)?"
        r"(?:哪些|哪几|哪一|哪|第几)页"
    ),
)


def find_mentioned(question: str) -> str | None:
    """Return what a question asks the pages of; None where its words do not say."""
    if found := _QUOTED.search(question):
        return found[1].strip()
    for pattern in _MENTIONED:
        if (found := pattern.search(question)) and (term := found["term"].strip(" \t?？。.!！\"'“”")):
            return term
    return None
