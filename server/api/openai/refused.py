"""Fields of other servers and of OpenAI itself that are not done here: those that would change an answer are refused.

Each comes with the values that ask for nothing. References:
https://platform.openai.com/docs/api-reference/chat/create
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
https://docs.sglang.ai/basic_usage/sampling_params.html
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
https://huggingface.co/docs/text-generation-inference/reference/api_reference
"""

from collections.abc import Mapping
from typing import Any

Values = tuple[Any, ...]

FORMATS = (
    "guided_json",
    "guided_regex",
    "guided_choice",
    "guided_grammar",
    "guided_whitespace_pattern",
    "structured_outputs",
    "structural_tag",
    "json_schema",
    "grammar",
    "grammar_lazy",
    "grammar_triggers",
    "regex",
    "ebnf",
)
"""What an answer must follow; `response_format` is how that is asked for here."""

DRAWING = (
    "top_a",
    "mirostat",
    "mirostat_mode",
    "dry_multiplier",
    "xtc_probability",
    "epsilon_cutoff",
    "eta_cutoff",
    "dynatemp_range",
    "dynamic_temperature",
    "smoothing_factor",
    "early_stopping",
    "diversity_penalty",
    "no_repeat_ngram_size",
    "penalty_alpha",
    "negative_prompt",
    "watermark",
    "logits_processors",
    "logit_processor",
    "custom_logit_processor",
)
"""How tokens are chosen."""

TOKENS = (
    "allowed_token_ids",
    "bad_words",
    "bad_words_ids",
    "suppress_tokens",
    "begin_suppress_tokens",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "stop_token_ids",
    "stop_regex",
    "include_stop_str_in_output",
    "no_stop_trim",
    "ban_eos_token",
    "stop_sequences",
    "min_new_tokens",
    "max_length",
    "min_length",
)
"""Which tokens an answer may have, and where it ends."""

PROMPT = (
    "system",
    "system_prompt",
    "prompt",
    "input",
    "images",
    "suffix",
    "documents",
    "chat_template",
    "mm_processor_kwargs",
    "lora",
    "lora_path",
    "lora_request",
    "adapter_id",
    "functions",
    "web_search_options",
)
"""What the model sees."""

ANSWER = ("audio", "echo", "prompt_logprobs", "background")
"""What comes back."""

REFUSED: Mapping[str, Values] = {
    **dict.fromkeys((*FORMATS, *DRAWING, *TOKENS, *PROMPT, *ANSWER), ()),
    "typical_p": (1,),
    "tfs_z": (1,),
    "top_n_sigma": (-1,),
    "length_penalty": (1,),
    "encoder_repetition_penalty": (1,),
    "guidance_scale": (1,),
    "n_predict": (-1,),
    "max_new_tokens": (-1,),
    "truncate_prompt_tokens": (-1,),
    "function_call": ("none", "auto"),
    "modalities": (["text"],),
}

OTHERS_REFUSED: Mapping[str, Values] = {
    **REFUSED,
    **dict.fromkeys(("messages", "stop", "logit_bias", "logprobs", "min_tokens", "min_p", "ignore_eos"), ()),
    **dict.fromkeys(("presence_penalty", "frequency_penalty", "use_beam_search"), ()),
    **dict.fromkeys(("n", "best_of", "num_beams", "repetition_penalty", "repeat_penalty"), (1,)),
    **dict.fromkeys(("max_tokens", "max_completion_tokens"), (-1,)),
    "response_format": ({"type": "text"},),
}
"""The same for other routes that answer, which do not have these fields of a chat completion; those they have count."""

IGNORED: Mapping[str, Values] = {
    "store": (False,),
    "service_tier": ("auto", "default"),
    "verbosity": ("medium",),
    "reasoning_effort": ("none",),
    "think": (False,),
    "enable_thinking": (False,),
    "skip_special_tokens": (True,),
    "spaces_between_special_tokens": (True,),
    "add_special_tokens": (False,),
    "chat_template_kwargs": ({}, {"enable_thinking": False}),
    "cache_prompt": (True, False),
}
"""Fields without effect that clients always send, with the values that need not be told."""

MESSAGE_REFUSED: Mapping[str, Values] = {"audio": (), "images": ()}
