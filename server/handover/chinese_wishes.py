"""How customers ask for a person in Chinese. The words are folded: simplified characters, without spaces."""

import re

MANUAL = (
    r"人工(?!智能|费|湖|草|钻|宝石|珍珠|合成|养|制|呼吸|成本|皮|棉|毛|关节|晶|耳蜗|授|繁殖|降雨|色素|香精|甜味"
    r"|心脏|泪|造"
    r"|智|鱼|沙滩|岛|林|增雨|流产|受精|的(?!客服|服务|人))"
)
REAL = (
    r"(?:真人|活人)(?!实拍|模特|秀|图|拍|穿|上身|照|视频|版|试|尺寸|大小|比例|示范|演示|展示|手办|快打|大小"
    r"|发|头发|娃娃|广告|案例|一样|似的)"
)
STAFF = (
    r"(?:客服(?!电话|热线|号码|说|讲|告诉|回复我|答应|承诺|跟我|态度|让我|叫我|给我|邮箱|地址|时间|上班)"
    r"|专员|坐席|座席|接线员|话务员)"
)
BOSS = r"(?:经理|老板(?!娘|电器|键)|主管|领导|负责人|店长|店主|掌柜|值班经理|上级|上司)(?!办公|桌|椅|款|裙)"
YOURS = (
    r"(?:一下|一个|一位|个|位|你们|你们家|您们|贵司|贵店|你家|咱们|店里|店|在线|的|真正的|真实的"
    r"|售后|售前|专业|专门){0,4}"
)

BRING = (
    r"(?:转接|转到|转入|转给|转成|转至|转|接通|接入|接|换成|换|找|叫|联系|联络|连接|连线|呼叫|切换到|切换|切到|切|喊"
    r"|派|安排|请求|申请|要求|呼|请|走|进入|联系到|找到|投诉到|投诉给|反馈到|反馈给|升级到|提交给|交给)"
)
WANT = r"(?:我要|我需要|需要|我想要|想要|给我|帮我|我只要|只要|就要|要|让|来|有没有|有|改|用|选|选择|上)"
TALK = r"(?:说话|聊天|聊聊|聊|谈谈|谈|沟通|对话|交流|讲话|通话|联系|说|服务|回答|回复|接待|处理|解决|跟进)"

REQUESTS = (
    re.compile(f"(?:{BRING}|{WANT}){YOURS}(?:{MANUAL}|{REAL})"),
    re.compile(f"{BRING}{YOURS}(?:{STAFF}|{BOSS})"),
    re.compile(f"(?:我要|我想要|我需要|给我){YOURS}(?:{STAFF})$"),
    re.compile(f"(?:跟|和|与|同){YOURS}(?:{MANUAL}(?:客服|服务)?|{REAL}|{STAFF}|{BOSS}|客服){TALK}(?!过|了)"),
    re.compile(
        f"(?:我要|我想|想|让我|能|可以|可否|我要求)(?:直接)?(?:跟|和|与|找)(?:一个|个|一位|位)?(?:真正的|真实的|真的)?人{TALK}"
    ),
    re.compile(
        r"(?:叫|让|换|找|请)(?:一个|个|一位|位)(?:真正的|真)?人(?:来|跟我|和我|回答|回复|处理|解决|接待"
        r"|给我)"
    ),
    re.compile(
        r"(?:叫|让|换|找|请|派)(?:一个|个|一位|位)(?:更)?(?:懂|专业|明白|靠谱|管事|内行|有经验|能解决|能处理|会处理|能做主)"
        r".{0,6}人(?!推荐|用|穿|戴|做|写|都|的|体|像|物)"
    ),
    re.compile(
        rf"(?:能|可以|可否|能否|能不能|可不可以|请|想|要|希望|麻烦)(?:由|让){YOURS}(?:{MANUAL}|{REAL})(?:客服|坐席)?(?:来)?{TALK}"
    ),
    re.compile(r"^(?:请问)?(?:你们|你们店|店里|贵店)?(?:还)?有(?:没有)?(?:在线)?客服(?:吗|么|嘛)?$"),
    re.compile(
        r"人工(?:客服|服务|坐席|座席)(?:在吗|在不在|呢|在哪|有吗|有没有|快来|来一下|来|出来|帮我|处理|介入|在线吗)"
    ),
    re.compile(r"(?:人工|真人)(?:介入|来处理|处理一下|帮我|给我|来)"),
    re.compile(
        r"(?:不要|不想要|不想跟|不想和|别让|别用|受够了|拒绝)(?:你们|这个|这种|你这|再)?(?:的)?"
        r"(?:机器人|自动回复|智能客服|ai客服)(?!吸|扫|玩具|款|图案|模型|积木|手表)"
    ),
)
WHOLE = re.compile(
    r"(?:你好|您好|请|麻烦|快|快点|赶紧|马上|立即|立刻|那|哎|喂|直接|我要|还是|现在)*"
    r"(?:人工客服|人工服务|人工坐席|人工座席|人工台|在线人工|真人客服|真人服务|客服人员|接线员|话务员|人工|真人|活人)+"
    r"(?:吧|啊|呀|哦|呢|了|谢谢|快点|快|麻烦了|好吗|可以吗|行吗|有吗|在吗|请|咨询|热线)*"
)
"""A clause that is nothing but the name of what is asked for."""

NEGATION = re.compile(
    r"(?:不用|不要|不必|不需要|无需|无须|毋须|别|勿|甭|不想|先不|暂不|暂时不|没要|没让|没有要|没说|没想|并不"
    r"|不是|取消|不再"
    r"|不愿|不肯|不打算|不劳|用不着|没必要|没有必要|不急着|免得|省得|不准备|不会|千万别|避免|不|没|没有|谁|从不|以免)"
    r"(?:再|要|需要|用|想|给我|帮我|我|你|你们|去|急着|先|马上|立即|立刻|现在|打算|能|会|得|再次|说|让|是|想要"
    r"|人家|自己)*$"
)
ASIDE = re.compile(
    r"(?:能不能|可不可以|可以不可以|能否|是不是|行不行|好不好|要不然|要不|不如|不管|要么|忍不住"
    r"|(?:为什么|为啥|怎么|干嘛|凭什么|什么时候|何时|还|咋)(?:还)?(?:一直)?不(?:能|给|让|帮|肯)?(?:我)?"
    r"|不能(?=.*吗)|不可以(?=.*吗)"
    r"|(?:我)?(?:不要|不想要?|不跟|不和|别|讨厌)(?:再)?(?:和|跟|用)?(?:你|机器人|智能客服|ai|自动回复"
    r"|机器)(?:聊天|聊|说话|说|谈|回答|回复|了)*)"
)
"""What has the look of a negation and is none, before a request."""

PAST = re.compile(
    r"(?:昨天|昨晚|前天|上次|上回|之前|以前|刚才|刚刚|曾经|上周|上个月|那天|早上|当时|每次|已经|后来)"
    r".{0,8}(?:找|联系|问|打|转|叫|跟|和|接|请)"
)
OTHERS = re.compile(
    r"(?:你是|您是|是不是|(?<![还要])是|像|跟|和|如|当|招|招聘|做|应聘|成为|由|用|靠|纯|全|属于|支持"
    r"|改成)(?:一个|个|一位|你们|不是)?$"
)
"""What makes a name of a person a statement and no request, right before it."""

MENTIONED = re.compile(
    r"(?:什么意思|翻译|怎么说|用英[语文]|英[语文]怎么|怎么读|怎么写|印上|印着|印在|绣|歌词|书名|电影)"
)


def is_about_words(text: str) -> bool:
    """Whether a message is about words as such: what they mean, or how they are translated."""
    return MENTIONED.search(text) is not None


def asks_for_person(clause: str) -> bool:
    """Whether a clause asks for a person."""
    if WHOLE.fullmatch(clause):
        return True
    if PAST.search(clause):
        return False
    plain = ASIDE.sub("", clause)
    if plain != clause and WHOLE.fullmatch(plain):
        return True
    if plain != clause and REQUESTS[-1].search(clause):
        return True
    return any(_is_request(pattern, plain) for pattern in REQUESTS)


def _is_request(pattern: re.Pattern[str], clause: str) -> bool:
    return any(
        not NEGATION.search(clause[: match.start()]) and not OTHERS.search(clause[: match.start()])
        for match in pattern.finditer(clause)
    )
