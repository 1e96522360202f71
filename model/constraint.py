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
from model.prompt import Prompt
from model.schema_checks import check_references, check_values, drop_idle_keywords, explain_refusal
from model.schema_choices import separate_choices
from model.schema_closing import close_objects
from model.schema_references import write_references
from model.schemas import ANY_OBJECT
from model.tokenizer import Tokenizer
from model.tools import CALL_END, CALL_START, Tool

# Optional white space would let a weak model pad an answer without end; the separators are those of Python's json.
LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}

ARGUMENTS_END = f"}}\n{CALL_END}"

# Text that neither is a call nor contains one. Its first character already tells it from a call.
TEXT_RULE = r"TEXT: /[^<](.|\n)*/ & ~/(.|\n)*<tool_call>(.|\n)*/"


@dataclass(frozen=True)
class Constraint:
    """What an answer must be: JSON of `schema`, calls of `tools`, or free text; any one of those that are given.

    With `is_parallel_allowed` an answer may hold several calls.
    """

    schema: Mapping[str, Any] | None = None
    tools: tuple[Tool, ...] = ()
    is_text_allowed: bool = False
    is_parallel_allowed: bool = True

    def check(self) -> None:
        """Raise `SchemaError`, with the cause, for a schema that cannot be enforced."""
        if self.schema is not None:
            _check_schema(self.schema)
        for tool in self.tools:
            if _parameters(tool)["type"] != "object":
                raise SchemaError("arguments", tool=tool.name)
            _check_schema(_parameters(tool), tool.name)

    @property
    def grammar(self) -> str:
        """The grammar in llguidance's dialect of Lark."""
        return "\n".join(self._rules())

    def _rules(self) -> Iterator[str]:
        kinds = {"TEXT": self.is_text_allowed, "json": self.schema is not None, "calls": bool(self.tools)}
        yield f"start: {' | '.join(name for name, is_given in kinds.items() if is_given)}"
        if self.is_text_allowed:
            yield TEXT_RULE
        if self.schema is not None:
            yield f"json: {_json_directive(self.schema)}"
        if self.tools:
            yield 'calls: call ("\\n" call)*' if self.is_parallel_allowed else "calls: call"
            yield f"call: {' | '.join(f'call_{i}' for i in range(len(self.tools)))}"
        for i, tool in enumerate(self.tools):  # one schema a tool, so that "#/$defs" is resolved within it
            start = f'{CALL_START}\n{{"name": {json.dumps(tool.name)}, "arguments": '
            yield f"call_{i}: {json.dumps(start)} {_json_directive(_parameters(tool))} {json.dumps(ARGUMENTS_END)}"


class GrammarCompiler:
    """Compiles constraints for one tokenizer, which is prepared at the first one (0.5 s at 60,000 tokens)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @cached_property
    def _ll_tokenizer(self) -> LLTokenizer:
        tokenizer = self._tokenizer
        return LLTokenizer(tokenizer.to_json(), n_vocab=tokenizer.vocab_size, eos_token=list(tokenizer.end_ids))

    def compile(self, constraint: Constraint, prompt: Prompt | None = None) -> "GrammarMask":
        """Return the mask of a constraint on the answer to a prompt, together with the message that it continues.

        Raises `SchemaError`, also where that message does not begin such an answer. May be called from any thread.
        """
        constraint.check()
        matcher = LLMatcher(self._ll_tokenizer, LLMatcher.grammar_from_lark(constraint.grammar), log_level=0)
        if matcher.is_error():
            raise explain_refusal(matcher.get_error())
        if prompt is not None and prompt.num_continued:
            _continue(matcher, prompt)
        return GrammarMask(matcher, self._tokenizer)


class GrammarMask:
    """A `TokenMask` for all sequences of one request, each at its own state of the grammar.

    End tokens are allowed exactly where the grammar is complete. Where llguidance gives up on a grammar, only end
    tokens are allowed and `error` holds the cause: an exception would end the other requests of the step too.
    """

    def __init__(self, matcher: LLMatcher, tokenizer: Tokenizer) -> None:
        self.error: SchemaError | None = None
        self._start = matcher
        self._matchers: dict[tuple[int, ...], LLMatcher] = {(): matcher}
        self._bits = allocate_token_bitmask(1, tokenizer.vocab_size)
        self._tokenizer = tokenizer

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return a bool array `[vocab_size]`, true for each token that may follow the ids generated so far."""
        matcher = self._advance_to(tuple(generated))
        fill_next_token_bitmask(matcher, self._bits, 0)
        bits = np.unpackbits(self._bits.view(np.uint8), bitorder="little")
        allowed = bits[: self._tokenizer.vocab_size].astype(np.bool_)
        if matcher.is_error():
            self.error = explain_refusal(matcher.get_error())
            allowed[:] = False
            allowed[list(self._tokenizer.end_ids)] = True
        return allowed

    def _advance_to(self, generated: tuple[int, ...]) -> LLMatcher:
        """Return the matcher after these ids, advanced by one token from the last step's where that is still kept.

        The sequences of a request grow together, so only matchers of this length and the one before are kept.
        """
        if generated not in self._matchers:
            before = self._matchers.get(generated[:-1])
            matcher = (before or self._start).deep_copy()
            matcher.consume_tokens(list(generated[-1:] if before else generated))
            self._matchers = {ids: m for ids, m in self._matchers.items() if len(ids) >= len(generated) - 1}
            self._matchers[generated] = matcher
        return self._matchers[generated]


def _continue(matcher: LLMatcher, prompt: Prompt) -> None:
    """Advance a matcher to the end of the message that the answer continues, but for what is written anew."""
    num_written_anew = len(prompt.input_ids) - len(prompt.fixed_ids)
    ids = list(prompt.continued_ids)
    if matcher.validate_tokens(ids) < len(ids):
        raise SchemaError("prefix")
    matcher.consume_tokens(ids[: len(ids) - num_written_anew])


def _parameters(tool: Tool) -> Mapping[str, Any]:
    return {**ANY_OBJECT, **{key: value for key, value in tool.parameters.items() if value is not None}}


def _check_schema(schema: Mapping[str, Any], tool: str | None = None) -> None:
    """Raise `SchemaError` for a schema that cannot be enforced."""
    try:
        check_values(schema)
        check_references(schema)
        message = LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(_prepare(schema)))
        if message:
            raise explain_refusal(message)
    except SchemaError as error:
        raise SchemaError(error.reason, error.detail, tool) from error
    except ValueError as error:
        raise SchemaError("form", tool=tool) from error


def _json_directive(schema: Mapping[str, Any]) -> str:
    return f"%json {json.dumps(_prepare(schema))}"


def _prepare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as a grammar is made of it. Raises `SchemaError` for one that unfolds without bounds."""
    kept = drop_idle_keywords(write_references(schema))
    return {**close_objects(separate_choices(kept)), "x-guidance": LAYOUT}
