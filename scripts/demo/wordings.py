"""How customers ask: several wordings of every question, in Chinese and English.

`{kind}` stands for the garment's name, `{value}` for what is looked for, `{which}` for the first or the second.
"""

import random
from collections.abc import Sequence
from itertools import count

from PIL import Image

from server.support.comparison import INSTRUCTIONS, label
from server.support.profiles import SHIPPED, Language, load_profiles

LANGUAGES: tuple[Language, ...] = ("zh", "en")

WORDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "what": {
        "zh": (
            "这是什么？",
            "请介绍一下这款商品。",
            "介绍一下",
            "图片里是什么？",
            "这是什么商品，多少钱？",
            "这是啥？",
            "描述一下这张图片。",
            "看看这是什么",
            "这款商品怎么样？",
            "请描述这件商品",
        ),
        "en": (
            "What is this?",
            "What is it?",
            "What's this?",
            "Describe this product, please.",
            "What is in the picture?",
            "What do you see?",
            "Tell me about this product.",
            "What is this and how much is it?",
            "Describe the image.",
            "Can you describe it?",
        ),
    },
    "kind": {
        "zh": (
            "这是哪一类商品？",
            "它属于什么类别？",
            "这是什么种类的商品？",
            "这是一件什么商品？",
            "商品类别是什么？",
            "这是衬衫吗，还是别的？",
            "这属于哪种商品",
            "是什么类型的商品？",
        ),
        "en": (
            "What kind of product is it?",
            "What kind of item is this?",
            "Which type of product is this?",
            "What sort of garment is it?",
            "What type of item is it?",
            "Is it a shirt or something else?",
            "What category is this product?",
            "Tell me what kind of product it is.",
        ),
    },
    "colour": {
        "zh": (
            "这是什么颜色？",
            "这件商品是什么颜色的？",
            "它是什么颜色",
            "请问这款是什么颜色？",
            "图片里的商品是什么颜色？",
            "颜色是什么？",
            "这款{kind}是什么颜色的？",
            "告诉我它的颜色。",
            "{kind}是什么颜色？",
            "再说一次它的颜色？",
            "这是啥颜色？",
            "颜色？",
            "什么颜色的？",
            "这款是什么色？",
        ),
        "en": (
            "What colour is it?",
            "What color is it?",
            "What colour is this product?",
            "Which colour is this?",
            "Tell me the colour, please.",
            "What color is this?",
            "What is the colour of the product in the picture?",
            "What is its color?",
            "What colour is the {kind}?",
            "And what color was it again?",
            "Could you tell me the color?",
            "What's its colour?",
            "Colour?",
            "And the color?",
        ),
    },
    "pattern": {
        "zh": (
            "这是什么图案？",
            "它有什么花纹？",
            "是什么图案的？",
            "这款{kind}是什么花纹？",
            "图案是什么样的？",
            "它是纯色的还是有花纹？",
            "上面有图案吗？",
            "是条纹的还是波点的？",
            "花色是什么？",
            "请问是什么花纹",
        ),
        "en": (
            "What pattern does it have?",
            "What is the pattern?",
            "Which pattern is it?",
            "What pattern is on the {kind}?",
            "Is it plain or patterned?",
            "Does it have a pattern?",
            "Is it striped or dotted?",
            "What's its pattern?",
            "And the pattern?",
            "Tell me the pattern, please.",
        ),
    },
    "price": {
        "zh": (
            "多少钱？",
            "这个多少钱？",
            "这款{kind}多少钱？",
            "价格是多少？",
            "它的价格是多少？",
            "售价多少？",
            "请问怎么卖？",
            "要多少钱",
            "标价是多少？",
            "这件商品卖多少钱？",
            "那它多少钱呢？",
            "价格？",
            "请告诉我价格。",
            "几块钱？",
        ),
        "en": (
            "How much is it?",
            "How much is this?",
            "What is the price?",
            "What does it cost?",
            "How much does it cost?",
            "How much is the {kind}?",
            "What is its price?",
            "What's the price, please?",
            "Price?",
            "Tell me the price.",
            "And how much is it?",
            "And the price?",
            "How much do I have to pay?",
            "What does the {kind} cost?",
        ),
    },
    "cheaper": {
        "zh": (
            "哪个更便宜？",
            "哪款便宜一些？",
            "这两款哪个更便宜？",
            "哪一款价格更低？",
            "哪件便宜？",
            "比较一下价格，哪个便宜？",
            "两个里面哪个更便宜",
            "便宜的是哪一款？",
        ),
        "en": (
            "Which is cheaper?",
            "Which one is cheaper?",
            "Which one costs less?",
            "Which of the two is cheaper?",
            "Compare the prices: which is cheaper?",
            "What is the cheaper one?",
            "Which has the lower price?",
            "Which product is cheaper?",
        ),
    },
    "dearer": {
        "zh": (
            "哪个更贵？",
            "哪款贵一些？",
            "这两款哪个更贵？",
            "哪一款价格更高？",
            "哪件贵？",
            "贵的是哪一款？",
        ),
        "en": (
            "Which is more expensive?",
            "Which one is more expensive?",
            "Which one costs more?",
            "Which of the two is more expensive?",
            "Which has the higher price?",
            "Which product is more expensive?",
        ),
    },
    "both prices": {
        "zh": (
            "这两款分别多少钱？",
            "两款的价格各是多少？",
            "它们分别卖多少钱？",
            "这两件各多少钱？",
            "比较一下这两款的价格。",
        ),
        "en": (
            "How much are they?",
            "How much does each of them cost?",
            "What are the prices of both?",
            "What do they cost?",
            "Compare the prices of these two.",
        ),
    },
    "which": {
        "zh": (
            "哪款是{value}的？",
            "哪个是{value}的？",
            "{value}的是哪一个？",
            "哪一款是{value}？",
            "这两款里哪个是{value}？",
            "{value}的是哪款",
        ),
        "en": (
            "Which one is the {value} one?",
            "Which is the {value} one?",
            "Which of them is {value}?",
            "Which one is {value}?",
            "Which of the two is {value}?",
            "Where is the {value} one?",
        ),
    },
    "which kind": {
        "zh": (
            "哪款是{value}？",
            "哪个是{value}？",
            "{value}是哪一个？",
            "哪一款是{value}？",
            "这两款里哪个是{value}？",
            "{value}是哪款",
        ),
        "en": (
            "Which one is the {value}?",
            "Which is the {value}?",
            "Which of them is the {value}?",
            "Which of the two is the {value}?",
            "Which picture shows the {value}?",
            "Where is the {value}?",
        ),
    },
    "who": {
        "zh": (
            "你是谁？",
            "你好",
            "您好！",
            "你能做什么？",
            "你会什么",
            "你叫什么名字？",
            "请介绍一下你自己。",
            "在吗？",
            "嗨",
            "你可以帮我什么？",
        ),
        "en": (
            "Who are you?",
            "Hello",
            "Hi!",
            "What can you do?",
            "Hello, who are you?",
            "What is your name?",
            "Please introduce yourself.",
            "Good morning!",
            "Hey",
            "How can you help me?",
        ),
    },
    "thanks": {
        "zh": ("谢谢", "谢谢你！", "好的，谢谢。", "感谢", "多谢您", "再见"),
        "en": ("Thank you", "Thanks!", "Great, thank you.", "Thanks a lot", "OK, thanks", "Bye"),
    },
    "other": {
        "zh": (
            "今天天气怎么样？",
            "可以退货吗？",
            "适合夏天穿吗？",
            "什么时候发货",
            "请写一首诗。",
            "有大号的吗？",
            "这是什么材质？",
            "怎么洗？",
            "有优惠吗？",
            "包邮吗",
            "是哪个牌子的？",
            "中国的首都是哪里？",
            "一加一等于几？",
            "给我讲个笑话。",
            "几天能送到？",
            "质量怎么样",
            "支持七天无理由退货吗？",
            "还有库存吗？",
            "可以开发票吗？",
            "怎么联系人工客服？",
            "我的订单在哪里？",
            "适合我妈妈吗？",
            "尺码怎么选？",
            "推荐一部电影。",
        ),
        "en": (
            "What is the weather like today?",
            "Can I return it?",
            "Is it good for summer?",
            "When will it ship?",
            "Write a poem, please.",
            "Do you have it in large?",
            "What material is it?",
            "How do I wash it?",
            "Is there a discount?",
            "Is delivery free?",
            "Which brand is it?",
            "What is the capital of France?",
            "What is one plus one?",
            "Tell me a joke.",
            "How long does delivery take?",
            "Is the quality good?",
            "What is your return policy?",
            "Is it in stock?",
            "Can I get an invoice?",
            "I want to talk to a human.",
            "Where is my order?",
            "Would it suit my mother?",
            "What size should I take?",
            "Recommend a movie.",
        ),
    },
}

ORDINALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "zh": (("第一款", "第一个", "第一件"), ("第二款", "第二个", "第二件")),
    "en": (("the first one", "the first", "the first product"), ("the second one", "the second", "the second product")),
}

ORDINAL_WORDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "what": {
        "zh": ("{which}是什么？", "介绍一下{which}。", "请描述{which}"),
        "en": ("What is {which}?", "Describe {which}, please.", "Tell me about {which}."),
    },
    "kind": {
        "zh": ("{which}是哪一类商品？", "{which}属于什么类别？"),
        "en": ("What kind of product is {which}?", "What type of item is {which}?"),
    },
    "colour": {
        "zh": ("{which}是什么颜色？", "{which}什么颜色的？"),
        "en": ("What colour is {which}?", "What color is {which}?"),
    },
    "pattern": {
        "zh": ("{which}是什么图案？", "{which}有什么花纹？"),
        "en": ("What pattern does {which} have?", "What is the pattern of {which}?"),
    },
    "price": {
        "zh": ("{which}多少钱？", "{which}的价格是多少？"),
        "en": ("How much is {which}?", "What is the price of {which}?"),
    },
}
"""Of a question about one of two products."""

SYSTEM_SENTENCES = {
    "zh": (
        "你是一名电商客服。",
        "请用简洁的语言回答顾客的问题。",
        "回答不超过三句话。",
        "先说重点。",
        "请使用顾客的语言。",
        "你是一家餐厅的服务员。",
        "你是技术支持人员。",
        "不知道的事情请直说。",
        "保持礼貌和耐心。",
        "请根据图片回答。",
    ),
    "en": (
        "You are a customer service agent of an online shop.",
        "Answer briefly and politely.",
        "Use at most three sentences.",
        "Put the key facts first.",
        "Answer in the customer's language.",
        "You are a waiter in a restaurant.",
        "You are a technical support engineer.",
        "If you do not know something, say so.",
        "Be patient and friendly.",
        "Look at the picture before you answer.",
    ),
}
"""Operators set system prompts; the demo must not be thrown off by one."""

PROFILE_SHARE = 0.4
LABELLED_SHARE = 0.25
"""Of the messages with several pictures, those that number them as `POST /compare` does."""

ENDS = {"zh": ("？", "?", "", "。", "！", " ?"), "en": ("?", "", ".", "!", " ?", "??")}


def as_typed(text: str, language: str, rng: random.Random) -> str:
    """The same wording with the end marks and capitals that people really type."""
    bare = text.rstrip("？?。.!！")
    text = rng.choice((text, text, bare + rng.choice(ENDS[language])))
    if language == "en" and rng.random() < 0.3:
        text = rng.choice((text.lower(), text.upper(), text.capitalize()))
    return text


def system_prompt(rng: random.Random) -> str:
    """One of any few sentences, or that of a shipped profile."""
    language = rng.choice(LANGUAGES)
    if rng.random() < PROFILE_SHARE:
        texts = (profile.system_prompt(language) for profile in load_profiles([SHIPPED]).values())
        return rng.choice([text for text in texts if text])
    sentences = rng.sample(SYSTEM_SENTENCES[language], rng.randint(1, 5))
    return ("" if language == "zh" else " ").join(sentences)


def numbered(parts: Sequence[str | Image.Image], rng: random.Random) -> list[str | Image.Image]:
    """The same with a label before each picture, as `POST /compare` writes them."""
    language = rng.choice(LANGUAGES)
    labels = (label(number, language) for number in count(1))
    shown: list[str | Image.Image] = []
    for part in parts:
        shown += [part] if isinstance(part, str) else [next(labels), part]
    return [*shown[:-1], INSTRUCTIONS[language], shown[-1]] if isinstance(shown[-1], str) else shown
