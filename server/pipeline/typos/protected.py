"""The parts of a question that are never corrected: quotes, addresses, and names of people and streets.

Codes, numbers, file names and words with a capital need no rule here: neither spelling looks at them.
"""

import re
from collections.abc import Iterator

HIDDEN = "\ue000"
"""Stands for each character that must not be touched. It is from the private use area, so it is part of no word."""

HAN = "[\u4e00-\u9fff]"
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭郎鲁韦马苗方俞任袁柳"
    "鲍史唐费薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅卞齐康伍余元卜顾孟黄穆萧尹姚邵湛汪祁毛狄贝臧成戴宋茅庞熊纪舒屈项祝董"
    "梁杜阮蓝闵席季贾路江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪解应宗丁宣邓郁单杭洪包左石崔吉龚程邢"
    "裴陆荣翁荀羊甄曲封芮储靳段焦侯全班秋仲伊宫宁仇栾甘祖武符刘景詹束龙叶司韶黎薄印白蒲邰鄂赖卓蔺屠蒙池乔闻党翟谭劳"
    "申冉雍桑桂牛边燕冀尚温庄晏柴瞿阎慕茹习艾鱼容向古易慎戈廖庾终衡步都耿满弘匡国文寇广禄东欧沃利蔚越隆师巩聂关覃"
)

PATTERNS = (
    r"`[^`\n]+`",
    r'"[^"\n]+"',
    r"“[^”\n]+”",
    r"‘[^’\n]+’",
    r"「[^」\n]+」",
    r"『[^』\n]+』",
    r"《[^》\n]+》",
    r"【[^】\n]+】",
    r"(?<![\w'])'[^'\n]+'(?![\w'])",
    r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\u3000-\u9fff\uff00-\uffef]+",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    rf"(?:我叫|名叫|叫做|我是|我姓|姓名|名字|收件人|联系人|寄件人|收货人)[是为叫:：]?\s*(?P<name>[{SURNAMES}]{HAN}{{1,2}})",
    rf"(?P<called>[{SURNAMES}]{HAN}{{0,2}}|{HAN}{{2}})(?=先生|女士|小姐|太太|师傅|经理|老师|医生|阿姨|大爷)",
    rf"(?<=[省市区县州])(?P<street>{HAN}{{2,4}}?)(?=[省市区县镇乡路街巷弄村]|大道|小区|大厦|花园|广场)",
    rf"(?P<road>{HAN}{{2,3}})(?=(?:路|街|巷|弄|大道)\s*[0-9０-９一二三四五六七八九十]+\s*号)",
)
PROTECTED = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS))


def find_protected_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each protected part, in order. After 我叫 and the like only the name is protected."""
    for match in PROTECTED.finditer(text):
        yield match.span(match.lastgroup or 0)


def hide(text: str, spans: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> str:
    """Replace each character of the spans by `HIDDEN`, so that all others keep their places."""
    hidden = list(text)
    for start, end in spans:
        hidden[start:end] = HIDDEN * (end - start)
    return "".join(hidden)
