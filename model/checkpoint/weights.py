"""Reading the weights of a checkpoint into the model, in the type of numbers that was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers.utils import logging

from model.checkpoint.inspect import Checkpoint
from model.errors import LoadError, first_line
from model.minicpmv import MiniCPMV
from model.quantization import check_quantized, make_bitsandbytes_config, prepare_int4_layers, quiet_bitsandbytes


def read_weights(
    checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype, vision_kernel: str, quantization: str
) -> MiniCPMV:
    """Return the model for inference on `device`, every number that is not quantised in `dtype`.

    A checkpoint in full precision is quantised on the way. `vision_kernel` is a name that transformers has for an
    attention kernel. Raises `LoadError` where the tensors are not exactly the model's, or not finite numbers.
    """
    folder = checkpoint.folder
    given: dict[str, Any] = {"dtype": dtype, "attn_implementation": vision_kernel, "device_map": {"": device}}
    if quantization != "none":
        quiet_bitsandbytes()
    if quantization != checkpoint.quantization:
        given["quantization_config"] = make_bitsandbytes_config(quantization, dtype)
    try:
        with _quiet_transformers():
            model, report = MiniCPMV.from_pretrained(
                folder, config=checkpoint.config, output_loading_info=True, ignore_mismatched_sizes=True, **given
            )
    except (OSError, ValueError, RuntimeError, ImportError, SafetensorError) as error:
        raise LoadError(f"no weights can be loaded from {folder}: {first_line(error)}") from error
    _check_report(checkpoint, report)
    check_quantized(model, quantization)
    prepare_int4_layers(model, dtype)
    _cast(model, dtype)
    _check_finite(checkpoint, model)
    model.eval().requires_grad_(False)
    loaded: MiniCPMV = model
    return loaded


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Drop its warnings about tensors that are missing or too many: they are checked here, with what is accepted."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)


def _check_report(checkpoint: Checkpoint, report: dict[str, Any]) -> None:
    """Raise `LoadError`, with the first few names, where the checkpoint's tensors are not exactly the model's."""
    for kind, what in (("missing", "missing"), ("unexpected", "unexpected"), ("mismatched", "of another shape")):
        found = {key if isinstance(key, str) else key[0] for key in report[f"{kind}_keys"]}
        keys = sorted(found.difference(checkpoint.extra_names))
        if keys:
            count = "1 tensor is" if len(keys) == 1 else f"{len(keys)} tensors are"
            shown = ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")
            raise LoadError(
                f"the checkpoint in {checkpoint.folder} is damaged or not MiniCPM-V-2_6: {count} {what} ({shown})"
            )


def _cast(model: MiniCPMV, dtype: torch.dtype) -> None:
    """Cast every parameter that is not quantised: of a quantised checkpoint transformers leaves them as stored."""
    for parameter in model.parameters():
        if parameter.is_floating_point() and not hasattr(parameter, "quant_state"):
            parameter.data = parameter.data.to(dtype)


def _check_finite(checkpoint: Checkpoint, model: MiniCPMV) -> None:
    for name, parameter in model.named_parameters():
        if not all(bound.isfinite() for numbers in _list_numbers(parameter) for bound in numbers.aminmax()):
            raise LoadError(
                f"the checkpoint in {checkpoint.folder} is damaged: {name} holds infinite or undefined numbers"
            )


def _list_numbers(parameter: Tensor) -> list[Tensor]:
    """Return what may be infinite or undefined in a parameter: itself, or the scales of its quantised numbers."""
    state = getattr(parameter, "quant_state", None)
    if state is not None:
        return [state.state2.absmax, state.offset] if state.nested else [state.absmax]
    scales = getattr(parameter, "SCB", None)
    return [numbers for numbers in (parameter, scales) if numbers is not None and numbers.is_floating_point()]
