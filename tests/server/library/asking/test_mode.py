"""What questions ask of whole documents, by their words."""

import pytest

from server.library.asking.mode import find_mentioned, find_whole

WHOLE = {
    "summary": """
        总结一下这份文件|请概括全文|这份合同主要讲了什么|给我一个摘要|归纳要点|全文大意是什么
        Summarize this document
        summarise the contract, please|Give me a summary|What is this document about?|tl;dr|What are the main points?
        give me an overview of the report|一共要付多少钱|What is the total price of the order?|
        How much is it in total?|这个PDF讲的是什么|这份文档的中心思想是什么|读完告诉我重点|概要|你好，这份文件讲了些什么
        overview please|Sum up the document
        What are the main terms of this contract?|What's the gist?|What topics does it cover?|Recap the file""",
    "list": """
        列出所有型号|所有产品的名称|一共有多少个型号|总共有多少种颜色|有多少款水壶|有哪些配件|List all products
        How many products are there?|list every model|Show me each kettle|name all of them|What are all the colours?
        how many models support Bluetooth
        文档里提到了哪些人|哪些产品超过50元
        Which items cost more than 50 euros?
        Do all products have a warranty?|Can you list all colours?|How many products do you sell?
        How many chapters does it have?""",
    "pages": """
        哪些页提到了保修|哪几页有“电池”|保修在哪一页|AB-123 出现在哪些页|文档中提到退货的是哪几页？
        Which pages mention warranty?
        On which pages does AB-123 appear?|which page is the refund policy mentioned on?|How many pages mention leather?
        what pages talk about delivery""",
    "extreme": """
        最便宜的是哪个|最贵的产品是什么|哪款最轻？|价格最低的是哪一款|哪个型号的续航最长|Which is the cheapest?
        What is the most expensive item?|which phone has the longest battery life?|Which model is the lightest
        who ordered the most
        What's the cheapest one?|the highest-priced lamp""",
}
PLAIN = """
    Is it waterproof at all?|How do I install it?|How much is the kettle?|多少钱|这个多少钱
    How many days do I have to return it?
    保修几年|适用于所有手机吗|版权归谁所有|产品的所有权归谁|How much does it weigh?|最大承重是多少|最高温度是多少
    What is the highest temperature?|above all, is it safe|Is it all right?|what's the call price|保修期多少个月
    Does the wall mount fit?|What is the small size?|first of all what is it|allow|Which battery do I need?|alles klar?
    what's the latest date for returns|who is the seller|你好|How many hours does it run?|多少个工作日能到|wallet|recall
    Does it work in all-weather conditions|它有多重|After all, is it leather?|What does the tallboy cost?|退款需要几天
    Is the ball red|Does the warranty cover all parts?|Is all damage covered?|Can I install it on all floors?
    适合所有人使用吗|How many cups does it brew?|How many of them can I return?
    一共几年的租期|总共多少天|第3页写了什么|第五条说的是什么"""


def split(texts: str) -> list[str]:
    return [text.strip() for line in texts.splitlines() for text in line.split("|") if text.strip()]


@pytest.mark.parametrize(("kind", "question"), [(kind, text) for kind, texts in WHOLE.items() for text in split(texts)])
def test_words_that_ask_for_the_whole_document(kind: str, question: str) -> None:
    assert find_whole(question) == kind


@pytest.mark.parametrize("question", split(PLAIN))
def test_questions_that_a_part_can_answer(question: str) -> None:
    assert find_whole(question) is None


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("哪些页提到了保修", "保修"),
        ("哪几页有“电池续航”的说明", "电池续航"),
        ("保修在哪一页？", "保修"),
        ("AB-123 出现在哪些页", "AB-123"),
        ("文档里哪些页讲到了退货政策呢？", "退货政策"),
        ("Which pages mention the warranty?", "warranty"),
        ("On which pages does AB-123 appear?", "AB-123"),
        ('Which pages contain the phrase "free shipping"?', "free shipping"),
        ("which page is the refund policy mentioned on?", "refund policy"),
        ("Which pages talk about battery life?", "battery life"),
        ("Which pages are important?", None),
    ],
)
def test_what_the_pages_are_asked_of(question: str, term: str | None) -> None:
    assert find_mentioned(question) == term
