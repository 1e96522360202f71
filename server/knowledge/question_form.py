"""A question in a form in which two that ask for the same are the same text, and two that do not never are.

Only what says nothing is left out: greetings, politeness, articles, particles, case and punctuation. Numbers, codes,
negations, question words, pronouns of who does what, and all words that mean anything stay. So another word, one more
or one less makes it another question: that is left to the model. Where the question word stands says nothing
("多久发货", "发货多久"), nor which half comes first ("before dispatch can I ...", "can I ... before dispatch"), unless
something is denied.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from server.errors.base import Language
from server.store.passage_tokens import normalise, stem

MAX_CHARACTERS = 400
"""A longer text is more than one of these questions."""

ZH_CALL = re.compile(
    "^(?:(?:您好|你好|哈喽|嗨|在吗|亲爱的|亲|老板|客服|店家|掌柜)[呀啊哦]?[^\\w]+|(?:您好|你好)[呀啊哦]?)+"
)
ZH_OPENING = re.compile(
    "^(?:请问一下|请问|想问一下|想问问|想问|问一下|问下|请教一下|请教|我想知道|想知道|我想了解一下|我想了解|想了解一下|想了解|了解一下"
    "|麻烦你|麻烦您|麻烦|帮我查一下|帮我看一下|帮我看看|告诉我|我想问一下|我想问)+[^\\w]*"
)
ZH_THANKS = re.compile("[^\\w]*(?:谢谢[你您]?|多谢|感谢)[啦了]?[^\\w]*$")
ZH_PARTICLES = re.compile("[吗呢吧啊呀嘛哦噢哈的]|(?<![什怎这那多])么|(?<![不还要总于])是")
ZH_DOUBLED = re.compile("([\u4e00-\u9fff]{1,2})不(\\1)")
ZH_SUBJECT = re.compile(
    "^(?:(?P<shop>你们店|你们家|你家|咱家|贵店|贵公司|店里|你们|您们|您|你)"
    "|(?P<asker>我们|我)(?=能|需要|想|该|怎么|什么|多久|哪))(?!自己)"
)
ZH_IDLE = re.compile("一下(?!单)|大概|大约|到底|究竟|一般(?!纳税)|通常|进行|办理")
ZH_ALLOWED = re.compile("(?P<rest>.+?)(?:(?:可以|行)[吗么嘛]|可不可以|行不行)呢?$")
ZH_MOVED = re.compile("什么时候|多久|怎么|能")
"""What may stand before or behind what it asks about; more than one in their order."""

ZH_TURNED = re.compile("谁")
"""Questions whose object may come first: 谁付运费, 运费谁付."""

ZH_DENIED = re.compile("[不没别非无未]")
EN_DENIED = frozenset(["not", "no", "never", "without", "only", "except", "nor", "unless", "if"])
ZH_SIGN = re.compile(r"[^\w.%]+")

EN_IDLE = re.compile(
    r"\b(?:hi there|hello there|hi|hello|hey|good (?:morning|afternoon|evening)|dear (?:team|sir|madam)|please|kindly"
    r"|thank you(?: very much| so much)?|thanks(?: a lot| so much| in advance)?|excuse me|sorry"
    r"|i would like to know|i'd like to know|i want to know|i was wondering|i wonder|just wondering"
    r"|(?:can|could|would) you (?:please )?tell me|tell me|do you know|quick question|may i ask|can i ask"
    r"|exactly|actually|really|usually|normally|by any chance)\b"
)
EN_SMALL = frozenset(["a", "an", "the", "do", "does", "is", "are", "am", "of", "there"])
EN_PERSONS = {
    **dict.fromkeys(["i", "me", "my", "mine", "we", "us", "our", "ours", "myself"], 1),
    **dict.fromkeys(["you", "your", "yours", "yourself"], 2),
}
EN_SHORT = {
    "what's": "what is",
    "who's": "who is",
    "where's": "where is",
    "when's": "when is",
    "how's": "how is",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "i'm": "i am",
    "you're": "you are",
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "i'd": "i would",
    "i've": "i have",
    "i'll": "i will",
}
EN_SHORT_WORD = re.compile(rf"\b(?:{'|'.join(EN_SHORT)})\b")
EN_NOT = re.compile(r"n't\b")
EN_WORD = re.compile(r"[a-z0-9]+(?:[.·-][a-z0-9]+)*|[^\W_]+|%")

LEADS_ON = re.compile(
    r"^\W*(?:and|but|or|so|then|also|what about|how about)\b|^\W*(?:那么?|还有|以及|另外|但是?|可是|不过|然后|所以)"
    r"|\b(?:it|this|that|these|those|they|them|one|ones)\b|[它]|[这那][个款件双条种台些]|该款|同款|前者|后者",
    re.I,
)


@dataclass(frozen=True)
class QuestionForm:
    """The form of a question: its words, in Chinese all in one."""

    words: tuple[str, ...]
    persons: tuple[int, ...] = ()
    """Who is spoken of, in order: 1 the one who asks, 2 the one who is asked; each once in a row."""

    order: tuple[str, ...] = ()
    """The words in the order in which they are compared, where another order asks for the same."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return what is equal for questions that ask for the same, whoever does it."""
        return self.order or self.words

    def is_same(self, other: "QuestionForm") -> bool:
        """Whether two questions ask for the same; one of them may leave out who does it."""
        is_open = not self.persons or not other.persons
        return self.key == other.key and (is_open or self.persons == other.persons)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def leads_on(question: str) -> bool:
    """Whether a question speaks of what was said before it."""
    return LEADS_ON.search(question) is not None


def read_form(question: str, language: Language) -> QuestionForm | None:
    """Return the form of a question; None for one without words, and for one that is too long."""
    if len(question) > MAX_CHARACTERS:
        return None
    plain = normalise(question).replace("’", "'")
    form = _read_chinese(plain) if language == "zh" else _read_english(plain)
    return form if form.words else None


def _read_chinese(plain: str) -> QuestionForm:
    text = ZH_THANKS.sub("", ZH_OPENING.sub("", ZH_CALL.sub("", plain.strip())))
    text = _replace_same(_put_first(ZH_IDLE.sub("", ZH_SIGN.sub("", text))), "zh")
    subject = ZH_SUBJECT.match(text)
    persons = () if subject is None else (2,) if subject["shop"] else (1,)
    text = ZH_PARTICLES.sub("", ZH_DOUBLED.sub(r"\1", ZH_SUBJECT.sub("", text)))
    return QuestionForm((text,) if text else (), persons, _order_chinese(text))


def _put_first(text: str) -> str:
    """Return a question that ends with whether that is allowed as one that begins with it."""
    found = ZH_ALLOWED.fullmatch(text)
    is_plain = found is not None and re.search("[能不没可]", found["rest"]) is None
    return f"能{found['rest']}" if found is not None and is_plain else text


def _order_chinese(text: str) -> tuple[str, ...]:
    """Return the question words apart from what they ask about."""
    if not text or ZH_DENIED.search(text):
        return ()
    moved = sorted(ZH_MOVED.findall(text))
    rest = ZH_MOVED.sub("", text)
    return (*moved, "".join(_turn(tuple(rest))) if ZH_TURNED.search(rest) else rest) if rest else ()


def _turn(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same words for all questions that differ in which half comes first."""
    return min((words[i:] + words[:i] for i in range(len(words))), default=())


def _read_english(plain: str) -> QuestionForm:
    plain = EN_SHORT_WORD.sub(lambda found: EN_SHORT[found[0]], plain)
    plain = EN_IDLE.sub(" ", EN_NOT.sub(" not", plain))
    words = _replace_same(f" {' '.join(EN_WORD.findall(plain))} ", "en").split()
    persons = tuple(person for person, _ in groupby(EN_PERSONS[word] for word in words if word in EN_PERSONS))
    kept = [stem(word) for word in words if word not in EN_SMALL and word not in EN_PERSONS]
    if kept[:1] == ["how_much"] and kept[-1] == "cost":
        kept.pop()
    order = () if EN_DENIED.intersection(words) else _turn(tuple(kept))
    return QuestionForm(tuple(kept), persons, order)


def _replace_same(text: str, language: Language) -> str:
    return _read_pattern(language).sub(lambda found: _read_same(language)[found[0]], text)


@cache
def _read_same(language: Language) -> dict[str, str]:
    """Return for each word the one that stands for all that mean just the same."""
    text = (files("server.knowledge") / "words" / "same.txt").read_text(encoding="utf-8")
    groups = [line.split(", ") for line in text.splitlines()]
    own = [group for group in groups if group[0].isascii() == (language == "en")]
    return {normalise(word): normalise(group[0]).replace(" ", "_") for group in own for word in group}


@cache
def _read_pattern(language: Language) -> re.Pattern[str]:
    """Return what finds those words, the longest first; of English ones whole words."""
    words = sorted(map(re.escape, _read_same(language)), key=lambda word: (-len(word), word))
    joined = "|".join(words)
    return re.compile(joined if language == "zh" else rf"(?<= )(?:{joined})(?= )")
