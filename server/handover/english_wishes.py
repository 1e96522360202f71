"""How customers ask for a person in English. The words are folded: small letters, no apostrophes or hyphens."""

import re

REAL = r"(?:(?:real|live|actual|living|proper|genuine|flesh and blood) )"
AGENT = (
    rf"(?:{REAL}*(?:human (?:agent|being|representative|rep|operator|support|advisor|help|assistance)|human|agent"
    r"|representative|rep|operator|advisor|adviser|csr|support (?:agent|rep|representative|person|staff|team)"
    r"|customer (?:service|support|care)(?: (?:agent|rep|representative|person|team|staff))?|service (?:agent"
    r"|rep|representative)"
    rf"|manager|supervisor|team member|staff member)|{REAL}+(?:person|people|chat|support|someone|employee))"
)
PERSON = r"(?:person|someone|somebody|employee|human person|staff|colleague|(?:your|the|support) (?:team|staff|people))"
SOMEONE = (
    r"(?:(?:someone|somebody) (?:human|real|(?:from|on|in|of) (?:your|the) (?:\w+ )?"
    r"(?:team|staff|side|end|shop|store)))"
)
HELP = (
    r"(?:help|assist|call|contact|phone|ring|email|write|answer|reply|respond|handle (?:this|it|that|my)|check|look"
    r"|take (?:over|care|this|a look)|get back|talk|speak|chat|deal)"
)
DETERMINER = r"(?:(?:a|an|the|your|some|one of your|any|another|your own) )?"
PLEASE = r"(?:(?:please|just|now|directly|quickly|immediately|kindly) )?"

TALK = (
    rf"(?:(?:talk|speak|chat) {PLEASE}(?:to|with)|(?:be|get|getting) (?:connected|transferred|put through"
    rf"|passed|forwarded) {PLEASE}(?:to|with)"
    rf"|(?:connect|transfer|switch|forward|redirect|route|direct|refer|pass|hand|escalate|move|send)"
    rf" {PLEASE}(?:(?:me|us|this|it|the chat|this chat) )?{PLEASE}(?:over |on |through |along )?(?:to|with)"
    r"|(?:put|patch) (?:me|us) (?:through to|in touch with|onto|on to|on with|on the line with)"
    r"|in touch with|deal with|communicate with|escalate to|over to)"
)
BRING = (
    r"(?:(?:get|give|find|bring|fetch|send|call) (?:me|us|in|over)|i (?:really |just |only |would |still "
    r"|also )?(?:want|need|demand|require|prefer|request)"
    r"|(?:id|i would|we would|id really|i would really) (?:like|prefer|rather have)|we (?:want|need)|(?:can"
    r"|could|may) (?:i|we|you) (?:please |just )?(?:get|have|see|reach|contact|call|bring)"
    r"|let me (?:have|see)|how (?:can|do|could) i (?:get|reach|contact|find|call)(?: hold of)?|(?:reach|contact"
    r"|request)|get hold of|get(?= (?:a|an|your|the) (?:real|live|human|manager|supervisor))|gimme|wanna|want|need)"
)
END = (
    r"(?= (?:please|pls|plz|now|here|instead|today|asap|right|immediately|at once|for|about|regarding|to|who"
    r"|that|on|and|because"
    r"|directly|via|thanks|thank|not|rather|or|if|as|from|at|so|with|ok|okay|then|since|already|soon|quickly"
    r"|anymore|first|can|is|i|you)\b"
    r"|(?: in (?!the (?:picture|photo|image|video|clip|middle|background|foreground)|this (?:picture|photo"
    r"|image|video)))| ?$)"
)
REQUESTS = (
    re.compile(rf"\b{TALK} {DETERMINER}(?:{AGENT}|{PERSON}|{REAL}*human){END}"),
    re.compile(rf"\b(?:get|give|find|send|bring) (?:me|us) {DETERMINER}{PERSON}{END}"),
    re.compile(
        r"\b(?:can|could|may|will|would|let|please (?:let|have|ask|get)|have)"
        rf" {DETERMINER}(?:{AGENT}|{SOMEONE}|colleague|staff|(?:someone|somebody) else) (?:please |to )?{HELP}\b"
    ),
    re.compile(rf"\b{BRING} {SOMEONE}\b"),
    re.compile(
        rf"\bhave {DETERMINER}{PERSON} (?:please |to )?(?:call|contact|phone|ring|email|write|get back to) (?:me|us)\b"
    ),
    re.compile(rf"\b(?:put|bring|get) {DETERMINER}(?:{AGENT}|{PERSON}) (?:on|in|through|over){END}"),
    re.compile(
        r"\b(?:transfer|connect|redirect|put|hand|pass) me(?: through| over| on)?(?: (?:please|pls|now|already))*$"
        r"|\b(?:please|must|to) escalate (?:this|it|my \w+)|^escalate (?:this|it|my \w+)"
    ),
    re.compile(rf"\b{BRING} (?:to (?:see|have|get|reach|contact) )?{DETERMINER}{AGENT}{END}"),
    re.compile(
        rf"\b(?:{AGENT}|{PERSON}|people|anyone|anybody) (?:(?:there|here|that|who|whom|available|around) )*(?:i"
        rf"|we) (?:can|could|may|might)"
        r" (?:talk|speak|chat|write)"
    ),
    re.compile(
        rf"\b(?:is|are) there (?:{DETERMINER}|any ){AGENT}s?(?: (?:here|there|available|online|around|today|now))*$"
    ),
    re.compile(
        rf"\b(?:need|want|request|requesting|require) (?:to be |to get )?(?:human|live|real) (?:help|assistance"
        rf"|support|contact){END}"
    ),
)
BOTS = r"(?:bot|bots|chatbot|robot|machine|ai|computer|virtual assistant|automated (?:system|replies|answers))"
NO_BOT = re.compile(
    rf"(?:\b(?:dont|do not|not|no longer|never|stop) (?:really )?(?:(?:want|wanna|like|wish|going)(?: to)? )?"
    rf"(?:(?:talk|talking|speak|speaking|chat|chatting|deal|dealing|be answered)(?: (?:to|with|by))? )?(?:a|an"
    rf"|this|the|your|another|some)? ?{BOTS}\b(?: anymore)?)"
)
"""No bot is wanted, which asks for a person where the words are about talking."""

WHOLE = re.compile(
    rf"(?:(?:please|pls|hello|hi|hey|ok|okay|just|yes|sorry|a|an|another|i said|get|to|now|then|your|the) )*"
    rf"(?:{REAL}*(?:human|agent|representative|operator|human agent|human being|human support|human help"
    rf"|customer service|customer support"
    rf"|customer care|customer service (?:agent|rep|representative)|support agent|supervisor|live chat)"
    rf"|{REAL}+(?:person|people|chat|support))"
    r"(?: (?:please|pls|plz|now|thanks|thank you|asap|right now|immediately|here|instead))*"
)
NEGATION = re.compile(
    r"\b(?:dont|do not|didnt|did not|doesnt|does not|no need|not|never|without|no longer|wont|will not"
    r"|would not|wouldnt"
    r"|instead of|rather than|neednt|need not|unnecessary|avoid|cancel|stop|rather not|no reason|no point"
    r"|nobody|no one|before|unless)"
    r"(?: (?:want|need|wish|have|like|to|me|you|i|we|wanna|be|get|going|really|actually|yet|any|a|the|please"
    r"|ever|in|for|even|trying|asking|ask|of|us|just|having|must|talking|speaking|that))*$"
)
ASIDE = re.compile(
    r"\b(?:why (?:dont|do not|wont|cant|can not|didnt|am i not able) (?:you|i|we|they)?|(?:dont|do not) (?:you"
    r"|we|i) have|if (?:you|its) (?:dont|do not|cant|not)"
    r"|(?:cant|can not|couldnt|wouldnt|wont) (?:i|you|we)|(?:cant|can not) you|i dont care)\b"
)
OTHERS = re.compile(
    r"\b(?:he|she|they|friend|son|daughter|wife|husband|mom|mother|kid|kids|child|toy|doll|speaker|watch|phone"
    r"|app|device|it|dog|boss|you|girl|boy|man|woman)"
    r"(?: (?:to|can|could|will|would|wants|want|needs|need|lets|let|able|does|do|did|is|was|like|likes|ever|also))*$"
    r"|\b(?:how to|taught to|able to|feels like i|learn to|afraid to|used to|practice to|training to)$"
    r"|\b(?:yesterday|last time|last week|earlier i|previously|already)\b.*$"
    r"|\b(?:when|while|after) i(?: (?:want|need|have|get))?(?: to)?$"
)
"""Who else may talk to people, and what was before."""

POLITE_YOU = re.compile(
    r"\b(?:can|could|will|would|may|might) (?:you|u)(?: (?:please|just|kindly|maybe))*(?: let me| help me(?: to)?)?$"
)
MENTIONED = re.compile(
    r"\bwhat (?:does|is|do) .*\b(?:mean|meaning)\b|\btranslat|\bpronounce\b|\bspell\b|\bprinted\b|\bprint\b"
    r"|\bengrav|\bsays\b|\bthe (?:words|phrase|sentence)\b|\bin (?:chinese|french|german|spanish)\b"
)


def is_about_words(text: str) -> bool:
    """Whether a message is about words as such: what they mean, or how they are translated."""
    return MENTIONED.search(text) is not None


def asks_for_person(clause: str) -> bool:
    """Whether a clause asks for a person."""
    if WHOLE.fullmatch(clause):
        return True
    no_bot = NO_BOT.search(clause)
    if no_bot is not None and re.search(r"talk|speak|chat|deal|answered", no_bot[0]):
        return True
    plain = " ".join(ASIDE.sub(" ", NO_BOT.sub(" ", clause)).split())
    return any(_is_request(pattern, plain) for pattern in REQUESTS)


def _is_request(pattern: re.Pattern[str], clause: str) -> bool:
    return any(not _is_denied(clause[: match.start()].strip()) for match in pattern.finditer(clause))


def _is_denied(before: str) -> bool:
    """Whether the words before a request make it none."""
    if NEGATION.search(before):
        return True
    return OTHERS.search(before) is not None and POLITE_YOU.search(before) is None
