"""The units that quantities in tables have, with the names that each goes by."""

from collections.abc import Mapping

CURRENCIES: Mapping[str, tuple[str, ...]] = {
    "元": ("元", "圆", "块", "块钱", "元整", "圆整", "人民币", "元人民币", "人民币元", "¥", "rmb", "cny", "yuan"),
    "$": ("$", "us$", "usd", "美元", "美金", "dollar", "dollars"),
    "€": ("€", "eur", "欧元", "euro", "euros"),
    "£": ("£", "gbp", "英镑"),
    "HK$": ("hk$", "hkd", "港元", "港币"),
    "NT$": ("nt$", "twd", "新台币"),
    "日元": ("日元", "円", "jpy"),
    "₩": ("₩", "krw", "韩元", "won"),
    "₹": ("₹", "inr", "卢比"),
    "₽": ("₽", "rub", "卢布"),
    "S$": ("s$", "sgd", "新加坡元"),
    "A$": ("a$", "au$", "aud", "澳元"),
    "C$": ("c$", "ca$", "cad", "加元"),
    "CHF": ("chf", "瑞士法郎"),
}
"""Currencies, by the sign under which they are summed. A lone ¥ is the yuan's."""

PREFIXES: Mapping[str, str] = {
    alias: unit
    for unit, aliases in CURRENCIES.items()
    for alias in aliases
    if alias not in ("块", "块钱", "元整", "圆整")
}
"""What may stand before a number, with the unit that it means."""

_ALIASES: Mapping[str, tuple[str, ...]] = {
    **CURRENCIES,
    "%": ("%",),
    "‰": ("‰",),
    "kg": ("kg", "kgs", "千克", "公斤"),
    "g": ("g", "克"),
    "mg": ("mg", "毫克"),
    "t": ("t", "吨"),
    "mm": ("mm", "毫米"),
    "cm": ("cm", "厘米", "公分"),
    "m": ("m", "米"),
    "km": ("km", "千米", "公里"),
    "m²": ("m²", "m2", "㎡", "平方米", "平米"),
    "m³": ("m³", "m3", "立方米"),
    "L": ("l", "升"),
    "mL": ("ml", "毫升"),
    "kWh": ("kwh", "千瓦时", "度"),
    "kW": ("kw", "千瓦"),
    "W": ("w", "瓦"),
    "小时": ("小时", "h", "hour", "hours"),
    "分钟": ("分钟", "min", "mins", "minutes"),
    "秒": ("秒", "s", "seconds"),
    "天": ("天", "day", "days"),
    "个月": ("个月", "month", "months"),
    "℃": ("℃", "°c"),
    "pcs": ("pcs", "pc", "ea"),
    "piece": ("piece", "pieces"),
    "unit": ("unit", "units"),
    "set": ("set", "sets"),
    "box": ("box", "boxes"),
    "item": ("item", "items"),
}
_PLAIN = (
    "斤 两 寸 英寸 inch ft lb lbs oz 亩 公顷 ha 周 年 v a ma mah ah mv kv mw hz khz mhz ghz ω b kb mb gb tb ms dpi px "
    "件 台 个 只 盒 箱 套 把 张 本 瓶 包 袋 条 双 对 支 枚 片 卷 根 辆 部 人 人次 次 份 单 笔 户 家 位 名 页 打 "
    "票 股 分 桶 罐 册 组 间 株 棵 头 匹 架 艘 像素 db"
)

UNITS: Mapping[str, str] = {
    **{name: name for name in _PLAIN.split()},
    **{alias: unit for unit, aliases in _ALIASES.items() for alias in aliases},
}
"""Units by the names that stand behind a number, in lower case."""

SCALES: Mapping[str, int] = {"thousand": 3, "million": 6, "billion": 9, "mn": 6, "bn": 9, "mio": 6, "mrd": 9}
"""Words behind a number, with the power of ten that they stand for."""

LETTERS: Mapping[str, int] = {"k": 3, "K": 3, "M": 6}
"""Letters right behind a number, with the power of ten that they stand for; a small m is a metre."""

MONEY_LETTERS: Mapping[str, int] = {**LETTERS, "m": 6, "B": 9, "b": 9, "w": 4, "W": 4}
"""The same where the number is one of money."""


def find_unit(text: str) -> str | None:
    """Return the unit of a name, such as `元/件` too; "" for none, None where it is no unit."""
    text = text.strip().casefold()
    if not text:
        return ""
    numerator, slash, denominator = text.partition("/")
    if slash:
        parts = find_unit(numerator), find_unit(denominator)
        return f"{parts[0]}/{parts[1]}" if all(parts) else None
    return UNITS.get(text)
