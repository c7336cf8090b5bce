"""Whether to compute in bf16: where the hardware does, it takes about half the time of fp32."""

from __future__ import annotations

import torch


def computes_bf16(precision: str, device: str | None = None) -> bool:
    """Whether a recipe's `precision` means bf16 here.

    Args:
        precision: `bf16`, `fp32`, or `auto` for bf16 on hardware that computes in it.
        device: `cpu` or `cuda`; None for a GPU where there is one.
    """
    if precision != "auto":
        return precision == "bf16"
    if device == "cpu" or not torch.cuda.is_available():
        return bool(torch.cpu._is_avx512_bf16_supported())
    return bool(torch.cuda.is_bf16_supported())
