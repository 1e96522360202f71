"""The tensors that a MiniCPM-V-2_6 must have, by name and shape, from its configuration alone."""

from model.config import MiniCPMVConfig

Shape = tuple[int, ...]

HEAD, EMBEDDING = "llm.lm_head.weight", "llm.model.embed_tokens.weight"
FINAL_NORM, VISION_NORM = "llm.model.norm.weight", "vpm.post_layernorm.weight"
PATCHES, POSITIONS = "vpm.embeddings.patch_embedding.weight", "vpm.embeddings.position_embedding.weight"
QUERY = "resampler.query"
TABLES = (EMBEDDING, POSITIONS)
"""The matrices called `weight` that are looked up, and not those of a linear layer."""


def list_shapes(config: MiniCPMVConfig) -> dict[str, Shape]:
    """Return the shape of every tensor, the head included where it is tied."""
    return _list_language(config) | _list_vision(config) | _list_resampler(config)


def list_linear(shapes: dict[str, Shape]) -> set[str]:
    """Return the names of linear layers, those that bitsandbytes may quantise."""
    return {
        name.removesuffix(".weight")
        for name, shape in shapes.items()
        if len(shape) == 2 and name.endswith(".weight") and name not in TABLES
    }


def _list_language(config: MiniCPMVConfig) -> dict[str, Shape]:
    """The names of transformers' `Qwen2ForCausalLM`."""
    width, hidden = config.hidden_size, config.intermediate_size
    head_dim = width // config.num_attention_heads
    rows = {"q": width, "k": head_dim * config.num_key_value_heads, "v": head_dim * config.num_key_value_heads}
    layer: dict[str, Shape] = {
        **{f"self_attn.{name}_proj.weight": (size, width) for name, size in rows.items()},
        **{f"self_attn.{name}_proj.bias": (size,) for name, size in rows.items()},
        "self_attn.o_proj.weight": (width, width),
        "mlp.gate_proj.weight": (hidden, width),
        "mlp.up_proj.weight": (hidden, width),
        "mlp.down_proj.weight": (width, hidden),
        "input_layernorm.weight": (width,),
        "post_attention_layernorm.weight": (width,),
    }
    table = (config.vocab_size, width)
    return _repeat("llm.model.layers", config.num_hidden_layers, layer) | {
        EMBEDDING: table,
        HEAD: table,
        FINAL_NORM: (width,),
    }


def _list_vision(config: MiniCPMVConfig) -> dict[str, Shape]:
    vision = config.vision_config
    width, hidden, side = vision.hidden_size, vision.intermediate_size, vision.patch_size
    layer: dict[str, Shape] = {
        **{f"self_attn.{name}_proj.weight": (width, width) for name in ("q", "k", "v", "out")},
        **{f"self_attn.{name}_proj.bias": (width,) for name in ("q", "k", "v", "out")},
        **_list_norm("layer_norm1", width),
        **_list_norm("layer_norm2", width),
        "mlp.fc1.weight": (hidden, width),
        "mlp.fc1.bias": (hidden,),
        "mlp.fc2.weight": (width, hidden),
        "mlp.fc2.bias": (width,),
    }
    return _repeat("vpm.encoder.layers", vision.num_hidden_layers, layer) | {
        PATCHES: (width, 3, side, side),
        "vpm.embeddings.patch_embedding.bias": (width,),
        POSITIONS: ((vision.image_size // side) ** 2, width),
        **_list_norm("vpm.post_layernorm", width),
    }


def _list_resampler(config: MiniCPMVConfig) -> dict[str, Shape]:
    width = config.hidden_size
    return {
        QUERY: (config.query_num, width),
        "resampler.proj": (width, width),
        "resampler.kv_proj.weight": (width, config.vision_config.hidden_size),
        "resampler.attn.in_proj_weight": (3 * width, width),
        "resampler.attn.in_proj_bias": (3 * width,),
        "resampler.attn.out_proj.weight": (width, width),
        "resampler.attn.out_proj.bias": (width,),
        **_list_norm("resampler.ln_q", width),
        **_list_norm("resampler.ln_kv", width),
        **_list_norm("resampler.ln_post", width),
    }


def _list_norm(name: str, width: int) -> dict[str, Shape]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _repeat(name: str, num_layers: int, layer: dict[str, Shape]) -> dict[str, Shape]:
    return {f"{name}.{i}.{key}": shape for i in range(num_layers) for key, shape in layer.items()}
