"""Constrained decoding: what an answer must be, as a grammar, and the grammar as a mask over tokens.

The grammars are llguidance's: https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from model.errors import SchemaError
from model.schemas import ANY_OBJECT, closed
from model.tokenizer import Tokenizer
from model.tools import CLOSE, OPEN, Tool

# Optional white space would let a weak model pad an answer without end; the separators are those of Python's json.
LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

CLOSING = f"}}\n{CLOSE}"

# Text that neither is nor contains a call. Its first sign already tells the two apart.
TEXT = r"TEXT: /[^<](.|\n)*/ & ~/(.|\n)*<tool_call>(.|\n)*/"


@dataclass(frozen=True)
class Constraint:
    """What an answer must be: JSON of `schema`, calls of `tools`, or free text; any of those that are given.

    `has_many` lets it call more than once.
    """

    schema: Mapping[str, Any] | None = None
    tools: tuple[Tool, ...] = ()
    is_text_allowed: bool = False
    has_many: bool = True

    def check(self) -> None:
        """Raises `SchemaError` with the cause."""
        if self.schema is not None:
            _check_schema(self.schema)
        for tool in self.tools:
            if tool.parameters.get("type", "object") != "object":
                raise SchemaError("arguments are an object", tool.name)
            _check_schema(_parameters(tool), tool.name)

    @property
    def grammar(self) -> str:
        """In Lark's notation."""
        return "\n".join(self._rules())

    def _rules(self) -> Iterator[str]:
        kinds = {"TEXT": self.is_text_allowed, "json": self.schema is not None, "calls": bool(self.tools)}
        yield f"start: {' | '.join(name for name, is_given in kinds.items() if is_given)}"
        if self.is_text_allowed:
            yield TEXT
        if self.schema is not None:
            yield f"json: {_json(self.schema)}"
        if self.tools:
            yield 'calls: call ("\\n" call)*' if self.has_many else "calls: call"
            yield f"call: {' | '.join(f'call_{i}' for i in range(len(self.tools)))}"
        for i, tool in enumerate(self.tools):  # a schema of its own for each, so that "#/$defs" is found in it
            opening = f'{OPEN}\n{{"name": {json.dumps(tool.name)}, "arguments": '
            yield f"call_{i}: {json.dumps(opening)} {_json(_parameters(tool))} {json.dumps(CLOSING)}"


class GrammarCompiler:
    """Makes masks for one tokenizer, which is prepared when the first is asked for (0.5 s at 60,000 tokens)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def _prepared(self) -> LLTokenizer:
        tokenizer = self._tokenizer
        return LLTokenizer(tokenizer.to_json(), n_vocab=tokenizer.vocab_size, eos_token=list(tokenizer.end_ids))

    def compile(self, constraint: Constraint) -> "GrammarMask":
        """Raises `SchemaError`. May be called from any thread."""
        constraint.check()
        matcher = LLMatcher(self._prepared, LLMatcher.grammar_from_lark(constraint.grammar), log_level=0)
        if matcher.is_error():
            raise SchemaError(matcher.get_error())
        return GrammarMask(matcher, self._tokenizer)


class GrammarMask:
    """A `TokenMask` for all sequences of one request: each is at its own place in the grammar.

    End tokens are allowed exactly where the grammar is complete. Where it becomes too complex to follow, an answer
    ends, and `error` says so: the step that it shares with others must not fail.
    """

    def __init__(self, matcher: LLMatcher, tokenizer: Tokenizer) -> None:
        self.error: SchemaError | None = None
        self._start = matcher
        self._places: dict[tuple[int, ...], LLMatcher] = {(): matcher}
        self._bits = allocate_token_bitmask(1, tokenizer.vocab_size)
        self._tokenizer = tokenizer

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        matcher = self._place(tuple(generated))
        fill_next_token_bitmask(matcher, self._bits, 0)
        bits = np.unpackbits(self._bits.view(np.uint8), bitorder="little")
        allowed = bits[: self._tokenizer.vocab_size].astype(np.bool_)
        if matcher.is_error():
            self.error = SchemaError(matcher.get_error())
            allowed[:] = False
            allowed[list(self._tokenizer.end_ids)] = True
        return allowed

    def _place(self, generated: tuple[int, ...]) -> LLMatcher:
        """Samples go on together, so only the places of this length and the last are kept."""
        if generated not in self._places:
            before = self._places.get(generated[:-1])
            matcher = (before or self._start).deep_copy()
            matcher.consume_tokens(list(generated[-1:] if before else generated))
            self._places = {key: m for key, m in self._places.items() if len(key) >= len(generated) - 1}
            self._places[generated] = matcher
        return self._places[generated]


def _parameters(tool: Tool) -> Mapping[str, Any]:
    return {**ANY_OBJECT, **tool.parameters}


def _check_schema(schema: Mapping[str, Any], tool: str | None = None) -> None:
    try:
        cause = LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(_with_layout(schema)))
    except ValueError as error:
        cause = str(error)
    if cause:
        raise SchemaError(cause, tool)


def _json(schema: Mapping[str, Any]) -> str:
    return f"%json {json.dumps(_with_layout(schema))}"


def _with_layout(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**closed(schema), "x-guidance": LAYOUT}
