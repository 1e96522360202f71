"""A masked answer always fits the grammar, and every answer that fits the grammar is allowed."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import numpy as np
import pytest

from model.chat import ChatModel
from model.constraint import Constraint, GrammarCompiler, GrammarMask
from model.errors import SchemaError
from model.schemas import ANY_OBJECT
from model.tokenizer import Tokenizer
from model.tools import Tool, ToolCallReader
from tests.helpers.fakes import byte_tokenizer

SHIRT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "蓝色"]},
        "price": {"type": "integer", "minimum": 0, "maximum": 999},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
    },
    "required": ["colour", "price", "tags"],
    "additionalProperties": False,
}
NESTED: dict[str, Any] = {
    "$defs": {"n": {"type": "boolean"}},
    "properties": {"yes": {"$ref": "#/$defs/n"}},
    "required": ["yes"],
}
BUY = Tool("buy", parameters=SHIRT)
ASK = Tool("ask", parameters=NESTED)


@pytest.fixture(scope="module", params=["bytes", "recorded"])
def tokenizer(request: pytest.FixtureRequest, chat_model: ChatModel) -> Tokenizer:
    return byte_tokenizer() if request.param == "bytes" else chat_model.builder.tokenizer


def mask_of(tokenizer: Tokenizer, **given: Any) -> GrammarMask:
    return GrammarCompiler(tokenizer).compile(Constraint(**given))


def random_answer(mask: GrammarMask, tokenizer: Tokenizer, seed: int) -> str:
    """Return the answer of a model that chooses any allowed token."""
    rng = random.Random(seed)
    ids: list[int] = []
    while True:
        allowed = np.nonzero(mask(ids))[0].tolist()
        token_id = rng.choice(allowed)
        if token_id in tokenizer.end_ids:
            return tokenizer.decode(ids)
        ids.append(token_id)
        assert len(ids) < 500


def is_allowed(mask: GrammarMask, tokenizer: Tokenizer, text: str) -> bool:
    """Return whether the mask allows each token of the text, and an end token after it."""
    ids = tokenizer.encode(text)
    return all(mask(ids[:i])[token_id] for i, token_id in enumerate(ids)) and bool(mask(ids)[tokenizer.end_ids[0]])


@pytest.mark.parametrize("seed", range(10))
def test_answers_follow_the_schema(tokenizer: Tokenizer, seed: int) -> None:
    value = json.loads(random_answer(mask_of(tokenizer, schema=SHIRT), tokenizer, seed))
    assert list(value) == ["colour", "price", "tags"]
    assert value["colour"] in ("red", "蓝色")
    assert 0 <= value["price"] <= 999
    assert all(len(tag) <= 3 for tag in value["tags"])


@pytest.mark.parametrize("text", ["{}", '{"a": [1, {"b": null}], "c": "é\\n"}'])
def test_any_object_is_allowed(tokenizer: Tokenizer, text: str) -> None:
    assert is_allowed(mask_of(tokenizer, schema=ANY_OBJECT), tokenizer, text)


@pytest.mark.parametrize("text", ["[]", "hello", '{"a":  1}', "{} ", " {}", "{\n}"])
def test_other_values_and_padding_are_not_allowed(tokenizer: Tokenizer, text: str) -> None:
    assert not is_allowed(mask_of(tokenizer, schema=ANY_OBJECT), tokenizer, text)


def test_an_object_has_no_properties_but_those_listed(tokenizer: Tokenizer) -> None:
    assert not is_allowed(mask_of(tokenizer, schema=NESTED), tokenizer, '{"yes": true, "more": 1}')


def test_end_tokens_are_allowed_exactly_where_the_answer_is_complete(tokenizer: Tokenizer) -> None:
    mask = mask_of(tokenizer, schema={"type": "integer", "minimum": 1, "maximum": 99})
    ids = tokenizer.encode("7")
    assert not mask([])[list(tokenizer.end_ids)].any()
    assert mask(ids)[list(tokenizer.end_ids)].all()
    assert mask(ids).sum() > 2, "a second digit may follow"
    assert np.nonzero(mask(ids * 2))[0].tolist() == sorted(tokenizer.end_ids)


def test_control_tokens_are_not_text(tokenizer: Tokenizer) -> None:
    allowed = mask_of(tokenizer, schema={"type": "string"})(tokenizer.encode('"'))
    assert not allowed[tokenizer.control_id("<image>")]
    assert not allowed[tokenizer.control_id("<|im_start|>")]


def test_each_answer_of_one_request_has_its_own_state(tokenizer: Tokenizer) -> None:
    mask = mask_of(tokenizer, schema={"enum": ["abc", "xyz"]})
    one, two = tokenizer.encode('"abc"'), tokenizer.encode('"xyz"')
    for i in range(max(len(one), len(two)) + 1):
        for ids in (one, two):
            allowed = mask(ids[:i])
            assert allowed[ids[i]] if i < len(ids) else allowed[tokenizer.end_ids[0]]


def test_a_dropped_state_is_computed_again(tokenizer: Tokenizer) -> None:
    mask = mask_of(tokenizer, schema=SHIRT)
    ids = tokenizer.encode('{"colour": "red", "price": 5')
    expected = mask_of(tokenizer, schema=SHIRT)(ids)
    assert (mask(ids) == expected).all()
    mask([])
    assert (mask(ids) == expected).all()


@pytest.mark.parametrize("seed", range(5))
def test_calls_have_a_known_name_and_valid_arguments(tokenizer: Tokenizer, seed: int) -> None:
    answer = random_answer(mask_of(tokenizer, tools=(BUY, ASK), is_parallel_allowed=False), tokenizer, seed)
    (call,) = ToolCallReader({"buy", "ask"}).add(answer)
    assert not isinstance(call, str)
    arguments = json.loads(call.arguments)
    assert set(arguments) == ({"yes"} if call.name == "ask" else {"colour", "price", "tags"})


CALL = '<tool_call>\n{"name": "ask", "arguments": {"yes": true}}\n</tool_call>'


@pytest.mark.parametrize(
    ("given", "allowed", "refused"),
    [
        ({"is_parallel_allowed": False}, [CALL], [f"{CALL}\n{CALL}", "hello", ""]),
        ({"is_parallel_allowed": True}, [CALL, f"{CALL}\n{CALL}"], [f"{CALL}{CALL}", f"hello\n{CALL}"]),
        ({"is_text_allowed": True}, [CALL, "hello <b>"], [f"hello {CALL}", f"{CALL} hello", CALL[:-1]]),
        ({"schema": ANY_OBJECT}, [CALL, "{}"], ["hello", f"{{}}\n{CALL}"]),
    ],
)
def test_what_is_allowed_beside_calls(
    tokenizer: Tokenizer, given: dict[str, Any], allowed: list[str], refused: list[str]
) -> None:
    for text in allowed:
        assert is_allowed(mask_of(tokenizer, tools=(ASK,), **given), tokenizer, text)
    for text in refused:
        assert not is_allowed(mask_of(tokenizer, tools=(ASK,), **given), tokenizer, text)


def test_a_function_without_parameters_takes_an_object(tokenizer: Tokenizer) -> None:
    mask = mask_of(tokenizer, tools=(Tool("now"),))
    assert is_allowed(mask, tokenizer, '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>')


@pytest.mark.parametrize(
    ("schema", "cause"),
    [
        ({"type": "thing"}, "thing is no type of JSON"),
        ({"not": {"type": "string"}}, "it uses not, which cannot be enforced"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"$ref": "http://example.com/schema"}, "example.com"),
        ({"type": "integer", "minimum": 5, "maximum": 1}, r"no answer could follow it: minimum 5 > maximum 1"),
        ({"type": "string", "pattern": "(?=a)"}, "look-around"),
        ({"enum": ["\ud800"]}, "half of a character"),
    ],
)
def test_a_schema_that_cannot_be_enforced_is_refused_with_the_cause(schema: dict[str, Any], cause: str) -> None:
    compiler = GrammarCompiler(byte_tokenizer())
    with pytest.raises(SchemaError, match=f"the schema: .*{cause}") as refused:
        compiler.compile(Constraint(schema))
    assert refused.value.tool is None
    with pytest.raises(SchemaError, match="the function odd") as refused:
        compiler.compile(Constraint(tools=(Tool("odd", parameters={"properties": {"a": schema}, "required": ["a"]}),)))
    assert refused.value.tool == "odd"


def test_an_error_does_not_repeat_the_schema() -> None:
    """The parser state in llguidance's messages holds the whole grammar."""
    many = {"type": "object", "properties": {f"property{i}": {"type": "string"} for i in range(2500)}}
    mask = mask_of(byte_tokenizer(), schema=many)
    mask(byte_tokenizer().encode("{"))
    assert mask.error is not None
    assert "property7" not in str(mask.error)


ODD: list[dict[str, Any]] = [
    {"type": "string", "format": "colour"},
    {"type": "string", "pattern": "a", "format": "date"},
    {"oneOf": [{"type": "number"}, {"type": "integer"}]},
    {"oneOf": [{"type": "object", "properties": {"k": {"const": k}, k: {"type": "null"}}} for k in "ab"]},
    {"oneOf": []},
    {"allOf": [{"properties": {"a": {"type": "null"}}}, {"properties": {"b": {}}, "required": ["b"]}]},
    {"allOf": [{"type": "string"}, {"type": "null"}]},
    {"$ref": "#"},
    {"$ref": "#name"},
    {"$ref": 3},
    {"$dynamicRef": "#a"},
    {"$defs": {"a": {"not": {}}}, "$ref": "#/$defs/a"},
    {"type": "object", "properties": {"a": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["a"]},
    {"type": "array", "items": {"$ref": "#"}, "maxItems": 2},
    {"type": "object", "patternProperties": {"^a": {"type": "null"}}},
    {"type": "object", "patternProperties": {"(": True}},
    {"type": "object", "propertyNames": {"maxLength": 1}},
    {"type": "object", "additionalProperties": {"type": "boolean"}, "maxProperties": 2},
    {"if": {"type": "null"}, "then": {}},
    {"then": {"type": "null"}, "type": "boolean"},
    {"required": [3]},
    {"properties": {"a": True}, "allOf": 3},
    {"properties": {"a": True}, "$ref": "#/$defs/x", "$defs": {"x": {"properties": {"b": True}}}, "allOf": {}},
    {"oneOf": [{"type": "null"}, {"type": "string"}], "anyOf": [True], "allOf": "x"},
    {"properties": []},
    {"type": ["string", 3]},
    {"type": []},
    {"enum": []},
    {"enum": {}},
    {"const": float("nan")},
    {"minimum": 10**30},
    {"pattern": r"(a)\1"},
    {"pattern": r"\bword"},
    {"type": "string", "pattern": "^(a{2}){3}$"},
    {"type": "integer", "multipleOf": 0},
    {"type": "string", "minLength": 2, "maxLength": "1"},
    {"type": "array", "prefixItems": [{"type": "null"}], "items": False},
    {"contentEncoding": "base64", "type": "boolean", "nullable": True, "x-guidance": {"coerce_one_of": True}},
    {"properties": {"\udc00": {}}},
]
OUTER: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    lambda schema: schema,
    lambda schema: {"type": "object", "properties": {"p": schema}, "required": ["p"]},
    lambda schema: {"type": "array", "items": schema, "minItems": 1, "maxItems": 1},
    lambda schema: {"anyOf": [schema, {"const": "other"}]},
    lambda schema: {"$defs": {"d": schema}, "properties": {"p": {"$ref": "#/$defs/d"}}, "required": ["p"]},
    lambda schema: {"allOf": [schema, {"title": "t"}]},
]
INNER_WORDS = re.compile(r"(?i)lark|guidance|unimplemented|ast\b|lexer|parser|grammar|grm|<state>|rust|serde")


def short_answer(mask: GrammarMask, tokenizer: Tokenizer, seed: int) -> str | None:
    """Return an answer of allowed tokens that ends soon; None for one that is long all the same."""
    rng = random.Random(seed)
    closing = {*tokenizer.encode('"}]'), *tokenizer.end_ids}
    ids: list[int] = []
    while len(ids) < 150:
        allowed = np.nonzero(mask(ids))[0].tolist()
        ids.append(rng.choice([token_id for token_id in allowed if token_id in closing] or allowed))
        if ids[-1] in tokenizer.end_ids:
            return tokenizer.decode(ids)
    return None


def test_odd_schemas_are_followed_or_refused_in_plain_words() -> None:
    tokenizer = byte_tokenizer()
    compiler = GrammarCompiler(tokenizer)
    refused: list[SchemaError] = []
    num_checked = 0
    for schema in (wrap(odd) for odd in ODD for wrap in OUTER):
        try:
            mask = compiler.compile(Constraint(schema))
        except SchemaError as error:
            refused.append(error)
            continue
        for answer in (short_answer(mask, tokenizer, seed) for seed in range(2)):
            if mask.error is not None:
                refused.append(mask.error)
            elif answer is not None and jsonschema_rs.meta.is_valid(schema):
                jsonschema_rs.validate(schema, json.loads(answer))
                num_checked += 1
    assert not [str(error) for error in refused if INNER_WORDS.search(str(error)) or error.reason == "other"]
    assert len(refused) > 80
    assert num_checked > 100


def test_an_answer_continues_a_message_of_its_form(chat_model: ChatModel) -> None:
    tokenizer, compiler = chat_model.builder.tokenizer, GrammarCompiler(chat_model.builder.tokenizer)
    for given, text in (({"schema": NESTED}, '{"yes'), ({"tools": (ASK,)}, "<tool_"), ({"schema": NESTED}, "")):
        msgs = [{"role": "user", "content": "a"}, {"role": "assistant", "content": text}]
        prompt = chat_model.prepare(msgs).prompt
        mask = compiler.compile(Constraint(**given), prompt)
        kept = tokenizer.decode(prompt.fixed_ids[len(prompt.input_ids) - prompt.num_continued :])
        answer = random_answer(mask, tokenizer, seed=1)
        assert kept + answer in ('{"yes": true}', '{"yes": false}') or ToolCallReader({"ask"}).add(kept + answer)
    msgs = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "Sure: "}]
    with pytest.raises(SchemaError, match="the message to continue does not begin an answer of this form"):
        compiler.compile(Constraint(NESTED), chat_model.prepare(msgs).prompt)


def test_arguments_must_be_an_object() -> None:
    with pytest.raises(SchemaError, match="the function odd: the arguments must be an object"):
        Constraint(tools=(Tool("odd", parameters={"type": "string"}),)).check()


def test_arguments_with_nulls_are_an_object(tokenizer: Tokenizer) -> None:
    mask = mask_of(tokenizer, tools=(Tool("now", parameters={"type": None, "properties": None, "required": None}),))
    assert is_allowed(mask, tokenizer, '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>')
    assert not is_allowed(mask, tokenizer, '<tool_call>\n{"name": "now", "arguments": 5')


def test_a_layout_in_the_schema_is_overridden(tokenizer: Tokenizer) -> None:
    schema = {**ANY_OBJECT, "x-guidance": {"whitespace_flexible": True}}
    assert not is_allowed(mask_of(tokenizer, schema=schema), tokenizer, "{  }")


def test_an_error_while_matching_ends_the_answer_and_is_kept() -> None:
    tokenizer = byte_tokenizer()
    mask = mask_of(tokenizer, schema=ANY_OBJECT)
    allowed = mask(tokenizer.encode("no object"))
    assert np.nonzero(allowed)[0].tolist() == sorted(tokenizer.end_ids)
    assert isinstance(mask.error, SchemaError)


def test_the_engine_holds_answers_to_the_schema(chat_model: ChatModel) -> None:
    tokenizer, engine = chat_model.builder.tokenizer, chat_model.engine
    dialogue = chat_model.prepare([{"role": "user", "content": "a shirt"}], temperature=2.0, top_p=1.0, seed=3, n=3)
    group = engine.add(dialogue.prompt, dialogue.params, dialogue.max_new_tokens, mask=mask_of(tokenizer, schema=SHIRT))
    while not group.is_finished:
        engine.step()
    answers = [tokenizer.decode(sequence.generated) for sequence in group.sequences]
    assert all(json.loads(answer)["colour"] in ("red", "蓝色") for answer in answers)
    assert len(set(answers)) > 1
    assert {sequence.finish_reason for sequence in group.sequences} == {"stop"}
