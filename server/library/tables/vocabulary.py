"""The words, English and Chinese, by which plain questions ask for a computation."""

import re
from collections.abc import Mapping, Sequence

from server.library.tables.plan import Function, Operator


def either(chinese: str, english: str) -> re.Pattern[str]:
    """Return the pattern of Chinese words, and of English words that stand by themselves."""
    return re.compile(rf"{chinese}|\b(?:{english})\b")


FUNCTIONS: Mapping[Function, re.Pattern[str]] = {
    "average": either("平均|均价|均值", "average|mean|avg"),
    "max": either(
        "最贵|最高|最大|最多|最重|最长|最好|最畅销",
        "highest|(?:most|more) expensive|priciest|dearest|largest|biggest|maximum|max|greatest|heaviest"
        "|most(?! of| popular| common| likely| important| recent)|top"
        "|best[- ]selling|longest|oldest",
    ),
    "min": either(
        "最便宜|最低|最小|最少|最轻|最短|最差",
        "cheapest|lowest|least expensive|smallest|minimum|min|lightest|fewest|(?<!at )least|bottom|shortest|youngest",
    ),
    "count": either(
        r"有多少\s*(?=\x00)|(?:多少|几)\s*(?:行|条|种|个|款|项|家|类|位|名|笔|样|门|份|人|辆|台|套|户)|数目|个数|行数|条数",
        "how many|number of|count",
    ),
    "sum": either(
        "合计|总和|总计|总共|一共|共计|加起来|求和|加总|总额|总(?=[价量数金库销重分收支成费工产人面额值])|共(?=有?多少|花|卖|需)",
        "sum(?! up)|totals?|altogether|adds? up|combined|overall|in all|all together",
    ),
}
"""What each function is asked for by; looked for in a folded question."""

OTHER_COMPUTATIONS = either(
    "相差|差多少|差额|差值|增长|占比|比例|百分比|倍|中位|方差|标准差",
    "difference|growth|ratio|proportion|share of|median|variance|percentage of|times as|per ?cent of",
)
"""What no plan computes."""

NEGATIONS = either("除了|除去|除开|不包括|不含|以外|之外|不是", "except|excluding|without|not|other than|but")

VALUES = either(
    "总价值|总值|货值|(?:库存|存货)(?:的)?(?:总)?(?:价值|金额|货值|值多少)",
    "(?:value|worth) of (?:the |all |our |my |this |these )*(?:stock|inventory|goods|items|products)"
    "|(?:stock|inventory) (?:value|worth)|total (?:stock |inventory )?(?:value|worth)|(?:stock|inventory) is worth",
)
"""What asks for prices times quantities, where no column has that."""

TIMES = re.compile(r"\s*(?:的)?\s*(?:乘以?|[*×xX✕·]|times|multiplied by)\s*(?:the\s)?(?:的)?\s*")
"""What stands between two columns that are multiplied."""

QUANTITIES = (
    "数量",
    "件数",
    "库存",
    "存货",
    "销量",
    "qty",
    "quantity",
    "stock",
    "inventory",
    "on hand",
    "units",
    "pieces",
)
ORDERED = ("数量", "件数", "qty", "quantity")
"""Columns of pieces that are paid for, and not only kept."""

NOT_COMPUTED = either(
    "什么意思|含义|定义|为什么|为何|怎么|怎样|如何|政策|规定|规则|条款|制度|主义|什么是",
    "policy|policies|rules?|meaning|means|defin(?:e|ed|ition)|why|how (?:do|does|did|can|could|should|to|is|are)|terms",
)
"""What is asked of texts and not of numbers."""

LISTINGS = either(
    "哪些|哪几|列出|列举|有什么|找出|筛选", "which|list|show|find|what (?:items|products|rows|are|ones)|give me|display"
)
"""What asks for the rows that conditions choose."""

ASCENDING = either(
    "从低到高|从小到大|由低到高|由小到大|由少到多|从少到多|升序", "ascending|lowest first|low to high|smallest first"
)
DESCENDING = either(
    "从高到低|从大到小|由高到低|由大到小|由多到少|从多到少|降序|倒序",
    "descending|highest first|high to low|largest first",
)
SORTINGS = either("排序|排列|排名|排行|排个序", "sort(?:ed)?|order(?:ed)? by|rank(?:ed)?(?: by)?|arrange[ds]?")
"""What asks for rows in an order."""

PIECES = re.compile(r"多少件|\b(?:how many|number of) (?:units|pieces)\b")
"""What asks for a sum of pieces, and not for a count of rows."""

COUNTED_NOUN = re.compile(
    r"(?:多少|几)\s*(?:行|条|种|个|款|项|家|类|位|名|笔|样|门|份|人|辆|台|套|户)\s*(?:不同的?)?(?P<zh>[\u4e00-\u9fff]+)"
    r"|\b(?:how many|number of) (?:different |distinct |unique |of (?:the|these|them) |the )*(?P<en>[a-z]+)"
)
"""The noun of what is counted."""

ROW_NOUNS = either(
    "^(?:商品|产品|货|物品|东西|项目?|条目?|记录|数据|员工|人员|职员|同事|学生|客户|顾客|用户|订单|供应商|城市|国家|公司|企业|门店"
    "|店铺|型号|[的了在吗呢是和与及])",
    "items|products|rows|records|entries|lines|things|goods|articles|people|persons|employees|students|customers"
    "|clients|orders|companies|suppliers|cities|countries|stores|shops|transactions|skus|models|are|there|in|of|do|were"
    "|is|have|has|cost|with",
)
"""What rows of tables are."""

NOT_ABOUT_ROWS = either(
    "页|章节|小节|段落|提到|提及|出现|方式|方法|办法|步骤|原因|理由|途径",
    "pages?|chapters?|sections?|paragraphs?|mention(?:s|ed|ing)?|times|words?|seconds?|minutes?|hours?|days?|weeks?"
    "|months?|years?|ways?|methods?|steps?|reasons?|options?|dollars?|percent",
)
"""What is counted in texts, not in tables."""

_UNITS = r"(?:元|块|%|‰|件|个|台|只|(?:usd|cny|rmb|eur|dollars?|euros?|yuan|kg|g|cm|mm|m|pcs|units?)\b)"
_PLAIN_NUMBER = rf"(?:[$€£¥]|hk\$)?\s?\d(?:[\d,.]*\d)?(?:k\b|\s?[万亿千百]*\s?{_UNITS}?)(?!\s*[年月日号])"
_NUMBER = rf"(?P<number>{_PLAIN_NUMBER})"
RANGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bbetween\s+(?P<low>{_PLAIN_NUMBER})\s+(?:and|to)\s+(?P<high>{_PLAIN_NUMBER})",
        rf"\bfrom\s+(?P<low>{_PLAIN_NUMBER})\s+(?:up )?to\s+(?P<high>{_PLAIN_NUMBER})",
        rf"(?:在|介于)?\s*(?P<low>{_PLAIN_NUMBER})\s*(?:到|至|~|-|—|–|和|与)\s*(?P<high>{_PLAIN_NUMBER})\s*(?:之间|以内|的|范围)",
    )
)
"""Comparisons with two numbers, both of which may be reached."""

CONTAINS = (
    re.compile(
        r"(?:中|里)?(?:包含|含有|包括|含|带有|带)(?:有)?\s*(?P<quote>[\"“「『\'‘])?(?P<text>[^\"”」』\'’\s，。？?,的]{1,30})[\"”」』\'’]?(?:字样|二字|字)?"
    ),
    re.compile(
        r"\b(?:contain(?:s|ing)?|includ(?:es|ing))\s+(?:the word )?[\"“\'‘]?(?P<text>[\w-]+(?: [\w-]+)*?)[\"”\'’]?"
        r"(?=$|[?.,\"”\'’]| (?:and|in|where|with|is|are|have|has)\b)"
    ),
)
"""What asks for cells that have a text in them."""
_BEFORE: Sequence[tuple[Operator, str]] = (
    ("ge", "不低于|不少于|不小于|至少|大于等于|大于或等于|>=|≥|at least|no less than|not less than"),
    ("le", "不高于|不超过|不多于|不大于|至多|最多|小于等于|小于或等于|<=|≤|at most|no more than|up to"),
    ("gt", "大于|超过|高于|多于|贵于|>|more than|over|above|greater than|higher than|exceeding|exceeds?"),
    ("lt", "小于|低于|少于|不到|不足|便宜于|<|less than|under|below|lower than|cheaper than|fewer than"),
)
_BEHIND: Sequence[tuple[Operator, str]] = (
    ("ge", "及以上|或以上|以上|and above|and over|or more|or above"),
    ("le", "及以下|或以下|以下|以内|and below|or less|or below"),
)
COMPARISONS: Sequence[tuple[Operator, re.Pattern[str]]] = (
    *((op, re.compile(rf"(?:{names})\s*{_NUMBER}")) for op, names in _BEFORE),
    *((op, re.compile(rf"{_NUMBER}\s*(?:{names})")) for op, names in _BEHIND),
)
"""Comparisons with a number, whose group is `number`."""

CONCEPTS: Sequence[tuple[re.Pattern[str], Sequence[str]]] = (
    (
        either("库存|存货", "stock|inventory"),
        ("库存", "存货", "结存", "stock", "inventory", "on hand", "数量", "qty", "quantity"),
    ),
    (
        either("销量|卖出|卖了|售出", "sold|sales volume"),
        ("销量", "销售量", "sold", "销售", "sales", "数量", "quantity"),
    ),
    (
        either("销售额|营业额|收入", "revenue|sales|turnover"),
        ("销售额", "营业额", "收入", "revenue", "sales", "turnover"),
    ),
    (
        either("数量|件数|多少件", "quantity|qty|units|pieces"),
        ("数量", "件数", "quantity", "qty", "units", "pieces", "库存", "stock"),
    ),
    (either("重|轻", "weights?|heavy|heaviest|lightest"), ("重量", "净重", "毛重", "weight")),
    (either("分数|成绩|得分", "scores?|marks?"), ("总分", "成绩", "分数", "得分", "score", "mark")),
    (either("年龄|岁", "ages?|old|oldest|youngest"), ("年龄", "age")),
    (either("工资|薪", "salary|salaries|wages?"), ("工资", "薪资", "月薪", "薪", "salary", "wage")),
)
"""What a question may call a column, with the names that such columns have, the best first."""

MONEY = either(
    r"钱|价|贵|便宜|花费|费用|金额|成本|总额|\d元|\d块",
    "costs?|prices?|priced|pricey|priciest|expensive|cheap|cheaper|cheapest|pay|spen[dt]|worth|money|amounts?|how much"
    "|dearest",
)
PRICES = ("单价", "售价", "零售价", "价格", "价钱", "报价", "unit price", "price", "价", "cost", "rate", "费")
AMOUNTS = (
    "金额",
    "总价",
    "总额",
    "小计",
    "合计",
    "amount",
    "subtotal",
    "total",
    "费用",
    "销售额",
    "revenue",
    "cost",
    "花费",
)

IDENTIFIERS = re.compile(r"序号|编号|编码|货号|代码|电话|手机|邮编|年份?|id|no\.?|#|code|sku|index|year|phone|tel|zip")
"""Columns whose numbers are names."""

GROUPING = (
    r"(?:每一?[个种类款家位名]?|各[个种类]?|按照?|分(?=类)|\b(?:by|per|(?:for |in )?(?:each|every))\b)\s*(?:the\s)?"
)
"""What stands before the column that a question groups by."""

NUMERALS: Mapping[str, int] = {
    **{digit: value for value, digit in enumerate("一二三四五六七八九十", start=1)},
    "两": 2,
    **dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(2, 11), strict=True)),
}
_MOST = "most|highest|largest|biggest|greatest|best|lowest|smallest|fewest|least|heaviest|lightest"
_LIMIT = rf"(?P<limit>\d{{1,3}}|{'|'.join(NUMERALS)})"
LIMITS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"前\s*{_LIMIT}",
        rf"\b(?:top|bottom|first)\s+{_LIMIT}\b",
        rf"最[^\d\s]{{1,2}}的?\s*{_LIMIT}\s*(?:个|种|款|件|项|名|条|行|样|位|家|台)",
        rf"\b{_LIMIT} (?:[\w\x00]+ )?(?:with|that have|having) the (?:{_MOST})",
        rf"\b{_LIMIT}\s+(?:{_MOST}|most expensive|least expensive|cheapest)\b",
    )
)
"""How many of the first are asked for."""
