"""A plain yes is found in both languages, and nothing else is taken for one."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tools.consent import MAX_LENGTH, is_plain_yes

YES_ZH = """
是|是的|是啊|是呀|是滴|对|对的|对啊|没错|正确|好|好的|好啊|好呀|好滴|好哒|好嘞|好哦|可以|可以的|可以啊|行|行的
行啊|没问题|当然|当然可以|确认|我确认|确定|我确定|同意|我同意|确认无误|确认办理|确认执行|同意办理|继续|继续吧
请继续|请办理|请执行|办吧|就这样办|就这么办吧|按这个办|嗯嗯|ok的|OK啊|是。|是！|好的！|好的~|好的～|可以，
　是　|是的，谢谢|好的，谢谢|好的谢谢|好的，谢谢您！|可以，麻烦您了|可以 麻烦了|谢谢，可以|确认，辛苦了
您好，确认|是的，我确认|对，没错|好的，可以|嗯，好的|哦，好的|那好|那可以|是是|好的好的|可以可以|好的，没问题|係
係呀|對|對的|對啊|沒錯|沒問題|冇問題|確認|我確認|確定|當然可以|當然|請繼續|請辦理|繼續|同意辦理|就這樣辦|辦吧
好的，謝謝|好的謝謝您|好，唔該|ＯＫ|ok|好的.|好的,谢谢.|ok，好的|好，ok
"""
YES_EN = """
yes|Yes|YES|yes.|yes!|yes!!|Yes please|yes, please|Yes, please!|yes thank you|Yes, thank you.|yes, thanks
thanks, yes|yeah|yep|yup|yes yes|ok|OK|Ok.|okay|Okay!|okay, thanks|sure|Sure!|sure thing|sure, go ahead
certainly|absolutely|definitely|of course|Of course, thank you|by all means|affirmative|correct|That's correct
that’s correct.|that is right|That's right, thanks|that's fine|that works|sounds good|Sounds good, thank you!
looks good|all right|alright|agreed|I agree|I agree, thanks|I do|confirm|Confirm.|confirmed|I confirm
I confirm it|yes, I confirm|confirm, please|please go ahead|go ahead|Go ahead please|yes go ahead|do it
please do|Please do it.|yes, do it|proceed|please proceed|Yes, please proceed, thank you|let's do it
let’s do it!|approve|approved|I'm sure|I’m sure|yes, I'm sure|ｙｅｓ|Ｙｅｓ！|  yes  |oh yes|hello, yes
hi, yes please|yes ok|yes, of course|yes , please|YES PLEASE GO AHEAD|ok do it thanks|many thanks, go ahead
yes, thank you very much|yes, sounds good
"""
NO_ZH = """
不|不是|不要|不用|不行|不可以|不好|不对|不同意|不确认|不确定|不了|否|别|先别|算了|取消|等等|等一下|等会|再说
再想想|考虑一下|好像不对|好像是|好像可以|应该是|应该可以|大概是|可能吧|也许|是吧|好吧|行吧|可以吧|对吧|是吗|对吗
可以吗|好吗|行吗|确认吗|是不是|好不好|行不行|对不对|可不可以|是？|好？|可以？|可以吗？|是的?|好的？？|嗯|嗯？
嗯。|哦|啊|谢谢|多谢|谢谢您|你好|请|麻烦您了|谢谢，不用了|对不起|是，但是|是的，但是我想换货|好的，不过先等等
可以，但要明天|好的，但地址不对|是的，另外帮我查一下物流|可以，顺便改一下地址|是的，订单号是多少
好的，把地址改成北京|是这个订单吗|好的吗|好了|行了|可以了|够了|好什么|好贵|好慢|好烦|好好好|是是是是|对对对|好…
好……|好...|好的。。。|是…吧|“是”|「是」|"好的"|‘好’|（是）|(好的)|【确认】|*是*|**确认**|`是`|> 是|- 是
1. 是|/是|#确认|是/否|是或否|是1|1|2|是2|👍|👌|🙏|好的👍|是👌|好😊|✅|确认✅|☑|他说是|她说好的|客服说可以
我没说好|我不是说好|如果便宜就好|好商量|好久不见|可以退吗|可以便宜点吗|确认一下|先确认一下|确认什么|请确认
帮我确认|确认订单状态|没确认|未确认|没有问题吗|有问题|没问题吗|当然不|当然不是|绝不|我同意个鬼|谁同意了|是的不
不是的|好不|行不|对不|是 不|是，不|不，是|先不|暂时不|都不是|不太好|不好意思|是何时|是谁|是什么|可是|但是
还是算了|要是|或者|随便|都行吧|你决定|看着办|無|不對|不確定|對嗎|可以嗎|是嗎|好嗎|請確認|當然不|取消訂單|別
不要了|沒有|確認一下|是，但|對不起|好像是吧|呵呵|哈哈|。|，|！
"""
NO_EN = """
no|No.|nope|nah|not yet|no thanks|no, thank you|never|don't|do not|please don't|cancel|stop|wait|hold on|later
maybe|perhaps|probably|I guess|I suppose|I think so|not sure|I'm not sure|sure?|yes?|ok?|okay?|really?|yes??
Yes, right?|is it?|is that right?|yes but|yes, but not today|yes but change the address|ok but wait
sure, but why|yes and also cancel the other one|yes if it is free|yes, what is the status?|yes or no|yes/no
yes no|no yes|yes, no|yesn't|yess|yesss|yesssss|okkk|yes...|yes..|ok…|sure...|well, yes|hmm|hm, yes|uh|um yes
er, ok|"yes"|'yes'|“yes”|‘yes’|(yes)|[yes]|*yes*|**yes**|_yes_|`yes`|> yes|- yes|# yes|/yes|<b>yes</b>|yes;
yes: go|yes = no|yes 1|1|1 yes|y|Y|k|yes👍|👍|👌|🙏|✅|ok 🙂|:)|he said yes|she told me to say yes|say yes
if yes|yes man|yesterday|yes-no|oh|oh?|thanks|thank you|please|hello|hi|okay then cancel|ok cancel|of course not
certainly not|absolutely not|definitely not|not ok|not okay|not agreed|I do not|I don't agree|I disagree
disagree|incorrect|that's not correct|that is not right|wrong|please wait|please confirm|can you confirm
confirm what|please confirm the price|do it not|do it later|do it tomorrow|go away|go ahead and stop|let's not
let me think|let me check|stop it|I agree with you but no|agree to disagree|right|right?|fine?|whatever
up to you|as you like|why|what|who|ye s|y e s|yes\u200bno|y\u200bes|yes\u202e|\u202eyes|у\u0435\u0455|yеs
y\u0301es|ok\u0000|yes\u2063|не|да|oui|si|ja
"""


def split(*lists: str) -> list[str]:
    return [word for words in lists for word in words.replace("\n", "|").split("|") if word.strip()]


YES = [*split(YES_ZH, YES_EN), "好\n谢谢", "是的\r\n", "yes\n", "yes,\nthank you"]
NO = [*split(NO_ZH, NO_EN), "yes\nno", "> 退货？\n是"]


def test_there_are_many_wordings() -> None:
    assert len(set(YES)) >= 170
    assert len(set(NO)) >= 350
    assert not set(YES) & set(NO)


@pytest.mark.parametrize("text", YES)
def test_a_plain_yes(text: str) -> None:
    assert is_plain_yes(text)


@pytest.mark.parametrize("text", NO)
def test_anything_else(text: str) -> None:
    assert not is_plain_yes(text)


@pytest.mark.parametrize("text", ["", " ", "\n", "。。", "...", "\0", "\ud800", "是的" * 200, "yes " * 100])
def test_nothing_and_too_much(text: str) -> None:
    assert not is_plain_yes(text)


@pytest.mark.parametrize("question", ["?", "？", "吗", "吗？", "嗎", "么", "\u2047", "\u00bf"])
@pytest.mark.parametrize("text", ["是", "好的", "可以", "yes", "ok", "go ahead"])
def test_a_question_is_no_yes(text: str, question: str) -> None:
    assert not is_plain_yes(text + question)


@given(st.sampled_from(YES), st.characters(exclude_characters=" ,.!~，。！、～\uff5e\u301c"))
def test_a_character_more_is_a_yes_only_where_it_says_nothing(text: str, character: str) -> None:
    """Space and points of all widths may stand at the end, and syllables that make another yes on the list."""
    if is_plain_yes(text + character):
        folded = unicodedata.normalize("NFKC", character)
        assert folded.isspace() or folded in set(" ,.!~") or "\u3400" <= folded <= "\u9fff" or character.isalpha()


@given(st.text(max_size=80))
def test_any_text_is_judged(text: str) -> None:
    if is_plain_yes(text):
        assert any(character.isalpha() for character in text)
        assert len(text) <= MAX_LENGTH


def test_it_takes_no_time() -> None:
    began_s = time.perf_counter()
    for text in ("好的" * 29 + "不", "是的，" * 20 + "x", "yes " * 14 + "n", "嗯 " * 29 + "x", "谢谢 " * 19):
        assert not is_plain_yes(text)
    assert time.perf_counter() - began_s < 1
