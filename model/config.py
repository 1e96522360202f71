"""The configuration of a MiniCPM-V-2_6 checkpoint, as published in its `config.json`."""

from typing import Any, ClassVar

from transformers import Qwen2Config, SiglipVisionConfig

from model.errors import LoadError

SUPPORTED_VERSION = "2.6"

PUBLISHED_VISION = {
    "hidden_size": 1152,
    "image_size": 980,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "num_hidden_layers": 27,
    "patch_size": 14,
}
"""The vision tower of MiniCPM-V-2_6, which the makers' own code takes where a configuration says nothing of it."""


class MiniCPMVConfig(Qwen2Config):
    """Qwen2's fields at the top level, as in the checkpoint, and beside them those of the vision part.

    `image_size` is the side, in pixels, of a square with the largest area of a view; `query_num` the number of tokens
    of a view; `vision_batch_size` the largest number of views in one forward.

    Fields that nothing reads here are kept as part of the published file.

    Raises `LoadError` for another version of MiniCPM-V, and for options that MiniCPM-V-2_6 does not use.
    """

    model_type = "minicpmv"
    sub_configs: ClassVar[dict[str, type]] = {"vision_config": SiglipVisionConfig}

    version: str | float = SUPPORTED_VERSION
    image_size: int = 448
    patch_size: int = 14
    query_num: int = 64
    slice_mode: bool = True
    use_image_id: bool = True
    vision_batch_size: int = 16
    drop_vision_last_layer: bool = False
    batch_vision_input: bool = True
    slice_config: dict[str, Any] | None = None
    vision_config: Any = None

    def __post_init__(self, **kwargs: Any) -> None:
        self.version = str(self.version)
        if isinstance(self.vision_config, dict):
            self.vision_config = SiglipVisionConfig(**_without_type(self.vision_config))
        elif self.vision_config is None:
            self.vision_config = SiglipVisionConfig(**PUBLISHED_VISION)
        super().__post_init__(**kwargs)
        self._refuse_other_models()

    def _refuse_other_models(self) -> None:
        if self.version != SUPPORTED_VERSION:
            raise LoadError(
                f"this is MiniCPM-V version {self.version}; only MiniCPM-V-2_6 (version {SUPPORTED_VERSION}) is served"
            )
        if self.drop_vision_last_layer:
            raise LoadError("drop_vision_last_layer is true; MiniCPM-V-2_6 uses every vision layer")
        if not self.slice_mode:
            raise LoadError("slice_mode is false; MiniCPM-V-2_6 is served with slices only")


def _without_type(vision: dict[str, Any]) -> dict[str, Any]:
    """Drop the published type, `siglip`: in transformers it names SigLIP's text and vision towers together."""
    return {key: value for key, value in vision.items() if key != "model_type"}
