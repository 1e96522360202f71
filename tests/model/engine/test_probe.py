"""A kernel is chosen only when its results are correct."""

from typing import Any

import pytest
import torch
from torch import Tensor

from model.engine import probe
from model.engine.attention import SdpaKernel
from model.engine.probe import choose_kernel, find_error
from model.errors import LoadError

FLOAT32 = torch.empty(0)


class WrongKernel(SdpaKernel):
    name = "wrong"

    def attend(self, *args: Any) -> Tensor:
        return super().attend(*args) * 1.01


class UnwrittenKernel(SdpaKernel):
    """A kernel that leaves a row unwritten, as some releases of torch do."""

    name = "unwritten"

    def attend(self, *args: Any) -> Tensor:
        out = super().attend(*args)
        out[2] = torch.nan
        return out


class ReadsTooFarKernel(SdpaKernel):
    name = "too far"

    def attend(self, q: Tensor, k: Tensor, v: Tensor, plan: Any, scale: float) -> Tensor:
        return super().attend(q, k, v, plan, scale) + 0 * v[:2].sum()


class RaisingKernel(SdpaKernel):
    name = "raising"

    def attend(self, *_: Any) -> Tensor:
        raise RuntimeError("no kernel image is available\nfor this device")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(28, 4, 128), (6, 2, 32)])
def test_sdpa_is_correct(dtype: torch.dtype, shape: tuple[int, int, int]) -> None:
    assert find_error(SdpaKernel(), *shape, torch.empty(0, dtype=dtype)) is None


@pytest.mark.parametrize(
    ("kernel", "error"),
    [
        (WrongKernel(), "its result is wrong by"),
        (UnwrittenKernel(), "its result is wrong by nan"),
        (ReadsTooFarKernel(), "its result is wrong by nan"),
        (RaisingKernel(), "no kernel image is available"),
    ],
)
def test_errors_of_a_kernel_are_found(kernel: SdpaKernel, error: str) -> None:
    found = find_error(kernel, 4, 2, 16, FLOAT32)
    assert found is not None
    assert found.startswith(error)
    assert "\n" not in found


def test_the_first_correct_kernel_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "KERNELS", (RaisingKernel, WrongKernel, SdpaKernel))
    assert choose_kernel("auto", 4, 2, 16, FLOAT32).name == "sdpa"
    with pytest.raises(LoadError, match=r"no attention kernel called 'wrong' runs here .wrong: its result is wrong by"):
        choose_kernel("wrong", 4, 2, 16, FLOAT32)
    with pytest.raises(LoadError, match=r"called 'fast' runs here .there is none of this name"):
        choose_kernel("fast", 4, 2, 16, FLOAT32)


def test_sdpa_is_chosen_on_a_cpu() -> None:
    assert choose_kernel("auto", 4, 2, 16, FLOAT32).name == "sdpa"


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.bfloat16])
def test_torch_flash_is_correct_on_a_gpu(dtype: torch.dtype) -> None:
    like = torch.empty(0, dtype=dtype, device="cuda")
    assert choose_kernel("torch_flash", 28, 4, 128, like).name == "torch_flash"
