"""A large shop, as files: a sheet of products, and rules in many short sections; with questions to both.

All is made by counting, so that what is right is known: product `number` costs `find_price(number)`.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

COLUMNS = (
    "编号",
    "名称",
    "name_en",
    "别名",
    "类别",
    "category_en",
    "价格",
    "适配",
    "替代",
    "搭配",
    "颜色",
    "colour",
    "材质",
    "material",
    "产地",
    "origin",
    "重量",
    "保修",
)
SERIES = ("海风", "青岚", "云杉", "星野", "白露", "远山", "晨曦", "松涛", "竹影", "夏荷")
SERIES_EN = ("Breeze", "Haze", "Spruce", "Starfield", "Dew", "Hillside", "Dawn", "Pinewood", "Bamboo", "Lotus")
KINDS = ("水壶", "台灯", "背包", "雨伞", "风扇", "烤箱", "键盘", "耳机")
KINDS_EN = ("kettle", "lamp", "backpack", "umbrella", "fan", "oven", "keyboard", "headset")
COLOURS, COLOURS_EN = ("白色", "蓝色", "绿色", "灰色"), ("white", "blue", "green", "grey")
MATERIALS, MATERIALS_EN = ("304 不锈钢", "纯棉", "尼龙", "铝合金"), ("stainless steel", "cotton", "nylon", "aluminium")
PLACES, PLACES_EN = ("浙江", "广东", "四川", "福建"), ("Zhejiang", "Guangdong", "Sichuan", "Fujian")
TOPICS = ("退货", "换货", "保修", "发票", "配送", "安装", "清洁", "会员")
TOPICS_EN = ("returns", "exchanges", "warranty", "invoices", "delivery", "installation", "cleaning", "membership")


def make_code(number: int) -> str:
    return f"LS-{number:05d}"


def make_name(number: int) -> str:
    return f"{SERIES[number % 10]}{KINDS[number // 10 % 8]} {number}"


def make_name_en(number: int) -> str:
    return f"{SERIES_EN[number % 10]} {KINDS_EN[number // 10 % 8]} {number}"


def find_price(number: int, edition: int = 0) -> int:
    """Return the price of a product in one edition of the sheet."""
    return 100 + number * 37 % 9000 + edition


def write_products(path: Path, count: int, edition: int = 0) -> None:
    """Write a sheet of products, each of which has five relations to others and to its category."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_describe(number, count, edition) for number in range(count))


def _describe(number: int, count: int, edition: int) -> Sequence[str]:
    kind, four = number // 10 % 8, number % 4
    fits = f"{make_code((number * 3 + 1) % count)}|{make_name((number * 7 + 2) % count)}"
    return (
        make_code(number),
        make_name(number),
        make_name_en(number),
        f"{SERIES[number % 10]} {number} 号|{SERIES_EN[number % 10]} {number}",
        KINDS[kind],
        KINDS_EN[kind],
        f"{find_price(number, edition)} 元",
        fits,
        make_code((number * 11 + 3) % count),
        make_code((number * 13 + 5) % count),
        COLOURS[four],
        COLOURS_EN[four],
        MATERIALS[four],
        MATERIALS_EN[four],
        PLACES[four],
        PLACES_EN[four],
        f"{100 + number % 900} 克",
        f"{1 + number % 3} 年",
    )


def write_rules(folder: Path, count: int, num_files: int) -> None:
    """Write files of Markdown with so many sections together, each of which becomes a passage."""
    for part in range(num_files):
        numbers = range(part * count // num_files, (part + 1) * count // num_files)
        text = "\n\n".join(_write_section(number) for number in numbers)
        (folder / f"rules-{part:02d}.md").write_text(f"{text}\n", encoding="utf-8")


def _write_section(number: int) -> str:
    """Return a section in Chinese, or every second one in English."""
    topic, days, yuan = number % 8, 3 + number % 40, 5 + number % 95
    if number % 2:
        name = TOPICS_EN[topic]
        return (
            f"## Notice {number} on {name}\n\nFor branch {number % 997} notice {number} says about {name}: requests "
            f"are answered within {days} days, and whoever is late pays {yuan} yuan. The branch keeps the papers for "
            f"{days} months. Exceptions are granted by the head of the branch alone, in writing."
        )
    name = TOPICS[topic]
    return (
        f"## 第 {number} 号通知：{name}\n\n第 {number % 997} 分店的第 {number} 号通知规定{name}事项："
        f"申请须在 {days} 天内答复，逾期的一方支付 {yuan} 元。分店保存单据 {days} 个月。例外只能由分店店长书面批准。"
    )


def write_answers(path: Path, answer: str) -> None:
    """Write a small file of questions with answers, one of which is `answer`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question", "answer"))
        writer.writerow(("How late is the night counter open?", answer))
        writer.writerow(("Where is the night counter?", "On the ground floor, beside the north entrance."))


def ask_products(count: int, num_questions: int, seed: int = 0) -> Iterator[str]:
    """Yield questions that name a product by its code, its name or an alias."""
    source = random.Random(seed)
    for turn in range(num_questions):
        number = source.randrange(count)
        yield (
            f"{make_code(number)} 多少钱？",
            f"{make_name(number)}是什么材质的？",
            f"How much does the {make_name_en(number)} weigh?",
            f"{SERIES[number % 10]} {number} 号有哪些搭配？",
        )[turn % 4]


def ask_rules(count: int, num_questions: int, seed: int = 1) -> Iterator[str]:
    """Yield questions that the rules answer."""
    source = random.Random(seed)
    for _ in range(num_questions):
        number = source.randrange(count)
        topic = number % 8
        yield (
            f"What does notice {number} say about {TOPICS_EN[topic]}?"
            if number % 2
            else f"第 {number} 号通知怎么规定{TOPICS[topic]}？"
        )


def ask_in_vain(num_questions: int, seed: int = 2) -> Iterator[str]:
    """Yield questions that nothing answers."""
    source = random.Random(seed)
    subjects = ("volcanoes", "火星上的天气", "medieval poetry", "量子纠缠", "cricket scores")
    return (f"{source.choice(subjects)} {turn}?" for turn in range(num_questions))
