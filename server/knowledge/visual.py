"""Questions that a picture itself may answer, so that nothing has to be found for them."""

import re

ABOUT_PICTURE = re.compile(
    r"\b(?:what(?:'s|\s+is|\s+are)?\s+(?:this|that|it|these|those|on|in|shown|kind|sort|type)|which\s+(?:one|colou?r)"
    r"|colou?rs?|patterns?|looks?|describe|pictures?|photos?|images?|shows?|shown|see|read|written|brand|logo|shape"
    r"|how\s+(?:much|many)|prices?|costs?|cheaper|(?:more|less)\s+expensive|difference|compare|both)\b"
    r"|(?:这|它|那)(?:个|件|款|些|张|是|到底)*(?:是)?(?:什么(?!材|面料|料|时候|价位)|啥)|颜色|什么色|花纹|图案|样子|描述|图[片中里上]|照片|看[到见得]"
    r"|写着|文字|几[个件只张款]|多少|价[格钱]|便宜|贵|品牌|牌子|哪[一]?[个款件]|区别|形状|款式|哪一?类|什么(?:商品|产品|东西|种类)",
    re.I,
)
"""What can be seen: what something is, how it looks, and the price on it."""

ABOUT_SHOP = re.compile(
    r"\b(?:do|does|can|could|will|would)\s+you\b|\b(?:sell|stock|ship|deliver(?:y)?|returns?|refund|warrant(?:y|ies)|"
    r"guarantee|invoice|discount|order|store|shop)\b|你们|你家|店里|有没有(?:卖)?|有卖|卖不卖|有货|发货|快递|退|换货|保修|质保|发票|优惠|订单|店",
    re.I,
)


def is_about_picture(question: str) -> bool:
    """Whether a question may be answered from the picture that it is about, and asks for nothing else."""
    if ABOUT_SHOP.search(question):
        return False
    return ABOUT_PICTURE.search(question) is not None or not any(map(str.isalnum, question))
