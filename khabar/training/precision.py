"""What a recipe's `device` and `precision` mean on this machine."""

from __future__ import annotations

import torch


def device_of(device: str) -> str:
    """`cpu`, or with `auto` the GPU where there is one: `cuda` or `mps`."""
    if device == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def computes_bf16(precision: str, device: str) -> bool:
    """Whether to compute in bf16.

    Args:
        precision: `bf16`, `fp32`, or `auto` for bf16 on hardware that computes in it.
        device: `cpu`, `cuda` or `mps`.
    """
    if precision != "auto":
        return precision == "bf16"
    if device == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return device == "cuda" and bool(torch.cuda.is_bf16_supported(including_emulation=False))
