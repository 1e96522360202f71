"""MiniCPM-V-2_6: the vision tower, the resampler and Qwen2, under the names its checkpoint uses."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, Qwen2ForCausalLM

from model.auto import register
from model.config import MiniCPMVConfig
from model.images import View
from model.resampler import CrossAttention, Resampler
from model.vision import VisionEmbeddings, VisionTower


class MiniCPMV(PreTrainedModel):
    """The whole model, an ordinary transformers model with submodules `vpm`, `resampler` and `llm`."""

    config_class = MiniCPMVConfig
    base_model_prefix = ""
    main_input_name = "inputs_embeds"
    input_modalities = ("image", "text")
    _no_split_modules = ("Qwen2DecoderLayer", "VisionLayer", "Resampler")
    _supports_flash_attn = True
    _supports_sdpa = True

    def __init__(self, config: MiniCPMVConfig) -> None:
        super().__init__(config)
        self.vpm = VisionTower(config.vision_config)
        self.resampler = Resampler(config.query_num, config.hidden_size, config.vision_config.hidden_size)
        self.llm = Qwen2ForCausalLM(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        embeddings: nn.Module = self.llm.get_input_embeddings()
        return embeddings

    def get_output_embeddings(self) -> nn.Module:
        head: nn.Module = self.llm.get_output_embeddings()
        return head

    def encode_views(self, views: Sequence[View]) -> Tensor:
        """Return the features of V views, `[V, num_queries, width]`, computed `vision_batch_size` views at a time."""
        if not views:
            return self.resampler.query.new_empty(0, self.config.query_num, self.config.hidden_size)
        size = self.config.vision_batch_size
        return torch.cat([self._encode_batch(views[i : i + size]) for i in range(0, len(views), size)])

    def _encode_batch(self, views: Sequence[View]) -> Tensor:
        grids = [(view.rows, view.columns) for view in views]
        patches = torch.cat([view.patches for view in views]).to(self.device, non_blocking=True)
        kernel = self.config.vision_config._attn_implementation
        features: Tensor = self.resampler(self.vpm(patches, grids), grids, kernel)
        return features

    def embed(self, input_ids: Tensor, features: Tensor, image_bounds: Sequence[tuple[int, int]]) -> Tensor:
        """Return the embeddings of text, with the views' features in place of the image tokens.

        input_ids `[T]`, features `[V, num_queries, width]`, image_bounds one [start, end) a view -> `[T, width]`.
        Raises `ValueError` where the bounds do not fit the features one for one.
        """
        sizes = [end - start for start, end in image_bounds]
        if sizes != [features.shape[1]] * len(features):
            raise ValueError(
                f"{len(features)} views of {features.shape[1]} tokens do not fit bounds of lengths {sizes}"
            )
        embeds: Tensor = self.get_input_embeddings()(input_ids)
        if image_bounds:
            positions = torch.cat([torch.arange(start, end) for start, end in image_bounds]).to(embeds.device)
            embeds = embeds.index_put((positions,), features.flatten(0, 1).to(embeds.dtype))
        return embeds

    def forward(self, inputs_embeds: Tensor, **kwargs: Any) -> Any:
        """Run Qwen2 on embeddings `[B, T, width]` made by `embed()`."""
        return self.llm(inputs_embeds=inputs_embeds, **kwargs)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        std = self.config.initializer_range
        super()._init_weights(module)
        if isinstance(module, VisionEmbeddings):
            # torch's default, a standard deviation of 1, would drown the patches
            nn.init.normal_(module.position_embedding.weight, std=std)
        if isinstance(module, CrossAttention):
            nn.init.xavier_uniform_(module.in_proj_weight)
            nn.init.zeros_(module.in_proj_bias)
        if isinstance(module, Resampler):
            nn.init.normal_(module.query, std=std)
            nn.init.normal_(module.proj, std=module.proj.shape[0] ** -0.5)


register()
