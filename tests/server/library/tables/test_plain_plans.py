"""What plain questions are understood as."""

import pytest

from server.library.tables.plain_plans import is_computation, plan_plainly
from server.library.tables.plan import Aggregate, Filter, Plan, Sort
from server.library.tables.profile import ColumnProfile, Profiler
from server.library.tables.rows import ExtractedRows
from tests.helpers.tables import make_table

CHINESE = make_table(
    "商品 | 类别 | 单价（元） | 数量 | 金额",
    "笔 | 文具 | 3 | 10 | 30",
    "本 | 文具 | 5 | 2 | 10",
    "灯 | 电器 | 100 | 1 | 100",
)
ENGLISH = make_table("Product | Category | Price (USD) | Stock", "Pen | Office | $3 | 9", "Desk lamp | Home | $100 | 1")


def profile(table: object) -> tuple[ColumnProfile, ...]:
    rows = ExtractedRows(table)  # type: ignore[arg-type]
    profiler = Profiler(rows.columns)
    profiler.add(rows._rows)
    return profiler.finish()


def sum_of(column: str, *filters: Filter, group_by: str | None = None) -> Plan:
    return Plan(filters, group_by, (Aggregate("sum", column),))


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("金额合计是多少", sum_of("金额")),
        ("一共要花多少钱？", sum_of("金额")),
        ("总价是多少", sum_of("金额")),
        ("文具类的金额合计", sum_of("金额", Filter("类别", "eq", ("文具",)))),
        ("笔和本的金额合计", sum_of("金额", Filter("商品", "eq", ("笔", "本")))),
        ("按类别统计金额总和", sum_of("金额", group_by="类别")),
        ("最便宜的是什么", Plan(aggregates=(Aggregate("min", "单价（元）"),))),
        ("最贵的3个商品", Plan(sort=Sort("单价（元）", True), limit=3)),
        ("单价最低的前两个", Plan(sort=Sort("单价（元）"), limit=2)),
        ("100元以上的有几个", Plan((Filter("单价（元）", "ge", ("100元",)),), aggregates=(Aggregate("count"),))),
        ("数量不少于2的商品金额合计", sum_of("金额", Filter("数量", "ge", ("2",)))),
        ("哪个类别的金额合计最高", Plan((), "类别", (Aggregate("sum", "金额"),), Sort("金额", True), 1)),
        ("最贵和最便宜的分别是多少", Plan(aggregates=(Aggregate("max", "单价（元）"), Aggregate("min", "单价（元）")))),
        ("第3页表1里的金额合计", sum_of("金额")),
    ],
)
def test_chinese_questions(question: str, plan: Plan) -> None:
    assert plan_plainly(question, profile(CHINESE)) == plan


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("What is the total stock?", sum_of("Stock")),
        ("sum of prices of the desk lamps", sum_of("Price (USD)", Filter("Product", "eq", ("Desk lamp",)))),
        ("Which product is the cheapest?", Plan(aggregates=(Aggregate("min", "Price (USD)"),))),
        ("How much do they cost altogether?", sum_of("Price (USD)")),
        ("top 2 by price", Plan(sort=Sort("Price (USD)", True), limit=2)),
        ("the three cheapest products", Plan(sort=Sort("Price (USD)"), limit=3)),
        ("average price per category", Plan((), "Category", (Aggregate("average", "Price (USD)"),))),
        (
            "How many items cost more than $50?",
            Plan((Filter("Price (USD)", "gt", ("$50",)),), None, (Aggregate("count"),)),
        ),
        ("how many categories are there", Plan((), "Category", (Aggregate("count"),))),
    ],
)
def test_english_questions(question: str, plan: Plan) -> None:
    assert plan_plainly(question, profile(ENGLISH)) == plan


@pytest.mark.parametrize(
    "question",
    [
        *("除了文具的合计", "2023年的金额合计", "金额占比多少", "“冰箱”的金额合计", "这是什么", "有多少页提到了灯"),
        *("price difference", "all but the pen: total price", "total stock in 2023", "How many pages mention lamps?"),
    ],
)
def test_what_is_not_certain_is_left_to_others(question: str) -> None:
    assert plan_plainly(question, profile(CHINESE)) is None
    assert plan_plainly(question, profile(ENGLISH)) is None


def test_numbers_that_are_names_are_not_summed() -> None:
    table = make_table("编号 | 品名", "101 | 笔", "102 | 本")
    assert plan_plainly("合计多少", profile(table)) is None


@pytest.mark.parametrize(
    "question", ["退款需要几天", "How many days may I keep it?", "一共多少钱", "最多可以买几次", "满多少钱包邮"]
)
def test_a_question_that_names_nothing_of_a_table_may_be_about_the_text(question: str) -> None:
    assert plan_plainly(question, profile(CHINESE), is_about_table=False) is None
    assert plan_plainly(question, profile(ENGLISH), is_about_table=False) is None


def test_whether_anything_is_computed() -> None:
    questions = ("合计多少", "the cheapest one", "有几款", "怎么退货", "Where is it made?")
    assert [is_computation(question) for question in questions] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("按单价从高到低排序", Plan(sort=Sort("单价（元）", True))),
        ("单价前两名", Plan(sort=Sort("单价（元）", True), limit=2)),
        ("单价大于4元的有哪些", Plan((Filter("单价（元）", "gt", ("4元",)),))),
        ("单价最高的商品的数量是多少", Plan(aggregates=(Aggregate("max", "单价（元）"),))),
        ("有多少商品", Plan((), "商品", (Aggregate("count"),))),
        ("数量大于1的平均单价", Plan((Filter("数量", "gt", ("1",)),), None, (Aggregate("average", "单价（元）"),))),
    ],
)
def test_orders_and_choices_of_rows(question: str, plan: Plan) -> None:
    assert is_computation(question)
    assert plan_plainly(question, profile(CHINESE)) == plan


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("sort the products by price descending", Plan(sort=Sort("Price (USD)", True))),
        ("the 2 products with the highest stock", Plan(sort=Sort("Stock", True), limit=2)),
        ("Which products cost more than $50?", Plan((Filter("Price (USD)", "gt", ("$50",)),))),
        ("How many units of the Desk lamp are there?", sum_of("Stock", Filter("Product", "eq", ("Desk lamp",)))),
    ],
)
def test_english_orders_and_choices_of_rows(question: str, plan: Plan) -> None:
    assert is_computation(question)
    assert plan_plainly(question, profile(ENGLISH)) == plan


@pytest.mark.parametrize(
    "question",
    [
        *(
            "价格保护是什么？",
            "总经理是谁",
            "什么是平均主义",
            "最高限价政策",
            "最多可以退几次",
            "总价是怎么算的",
            "总的来说好吗",
        ),
        *("有多少人买过", "一共有多少种颜色", "灯有几种颜色", "有几种付款方式", "单价高于4元或者数量大于5的有几个"),
        *("How many days to return?", "Is there a maximum stock policy?", "What is the price of the most popular one?"),
        *("How many colours does the lamp have?", "Sum up the document", "Which products last 30 days or more?"),
    ],
)
def test_questions_that_are_no_computations_are_left_to_others(question: str) -> None:
    assert plan_plainly(question, profile(CHINESE)) is None
    assert plan_plainly(question, profile(ENGLISH)) is None


def test_a_column_under_a_group_goes_by_its_own_name_where_no_other_has_it() -> None:
    table = make_table(
        "品名 | 价格 | | 库存 | ",
        " | 零售 | 批发 | 北仓 | 南仓",
        "杯 | 9 | 6 | 1 | 3",
        spans=[(0, 1, 1, 2), (0, 3, 1, 2)],
    )
    assert plan_plainly("批发价平均是多少", profile(table)) == Plan(aggregates=(Aggregate("average", "价格 / 批发"),))
    assert plan_plainly("平均价格是多少", profile(table)) is None
