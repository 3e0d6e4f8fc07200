"""The kernels on arrays, without TensorFlow (csrc/python/module.cc)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Windows = Sequence[NDArray[Any] | None] | None

def resample(
    x: NDArray[Any],
    output_size: int | Sequence[int],
    *,
    norm: str = "forward",
    windows: _Windows = None,
    data_format: str = "channels_last",
    downsample_only: bool = False,
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> NDArray[Any]: ...
def resample_adjoint(
    grad_output: NDArray[Any],
    input_size: int | Sequence[int],
    *,
    norm: str = "forward",
    windows: _Windows = None,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
) -> NDArray[Any]: ...
def resample_window_gradient(
    x: NDArray[Any],
    grad_output: NDArray[Any],
    axis: int,
    *,
    norm: str = "forward",
    windows: _Windows = None,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
) -> NDArray[np.floating[Any]]: ...
def resample_plan(
    x_shape: Sequence[int],
    output_size: int | Sequence[int],
    *,
    dtype: str = "float32",
    windowed: bool = False,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> dict[str, Any]: ...
def conv(
    x: NDArray[Any],
    filters: NDArray[Any],
    *,
    padding: str = "same",
    groups: int | None = 1,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    workspace_bytes: int | None = None,
) -> NDArray[Any]: ...
def conv_input_gradient(
    x_shape: Sequence[int],
    filters: NDArray[Any],
    grad_output: NDArray[Any],
    *,
    padding: str = "same",
    groups: int | None = 1,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    workspace_bytes: int | None = None,
) -> NDArray[Any]: ...
def conv_filter_gradient(
    x: NDArray[Any],
    filters_shape: Sequence[int],
    grad_output: NDArray[Any],
    *,
    padding: str = "same",
    groups: int | None = 1,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    workspace_bytes: int | None = None,
) -> NDArray[Any]: ...
def conv_plan(
    x_shape: Sequence[int],
    filters_shape: Sequence[int],
    *,
    map: str = "forward",
    dtype: str = "float32",
    padding: str = "same",
    groups: int | None = 1,
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    workspace_bytes: int | None = None,
) -> dict[str, Any]: ...
def spectral_conv(
    x: NDArray[Any],
    weights: NDArray[Any],
    *,
    modes: int | Sequence[int] | None = None,
    output_size: int | Sequence[int] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> NDArray[Any]: ...
def spectral_conv_adjoint(
    grad_output: NDArray[Any],
    weights: NDArray[Any],
    input_size: int | Sequence[int],
    *,
    modes: int | Sequence[int] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> NDArray[Any]: ...
def spectral_conv_weight_gradient(
    x: NDArray[Any],
    grad_output: NDArray[Any],
    weights_shape: Sequence[int],
    *,
    modes: int | Sequence[int] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> NDArray[Any]: ...
def spectral_conv_and_spectrum(
    x: NDArray[Any],
    weights: NDArray[Any],
    *,
    modes: int | Sequence[int] | None = None,
    output_size: int | Sequence[int] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def spectral_conv_gradients(
    x: NDArray[Any],
    weights: NDArray[Any],
    grad_output: NDArray[Any],
    *,
    modes: int | Sequence[int] | None = None,
    spectrum: NDArray[Any] | None = None,
    norm: str = "forward",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def spectral_conv_plan(
    x_shape: Sequence[int],
    weights_shape: Sequence[int],
    *,
    modes: int | Sequence[int] | None = None,
    output_size: int | Sequence[int] | None = None,
    dtype: str = "float32",
    data_format: str = "channels_last",
    threads: int = 1,
    simd: str | None = None,
    fft_cost: float | None = None,
) -> dict[str, Any]: ...
def axis_cache() -> dict[str, int]: ...
def simd_targets() -> list[str]: ...
def simd_target() -> str: ...
def build_info() -> dict[str, Any]: ...

# The operators as a GPU runs them, as the functions above are, on arrays of some library.
class GpuBackend:
    def resample(
        self,
        x: Any,
        output_size: int | Sequence[int],
        *,
        norm: str = "forward",
        windows: Sequence[Any] | None = None,
        data_format: str = "channels_last",
        downsample_only: bool = False,
    ) -> Any: ...
    def resample_adjoint(
        self,
        grad_output: Any,
        input_size: int | Sequence[int],
        *,
        norm: str = "forward",
        windows: Sequence[Any] | None = None,
        data_format: str = "channels_last",
    ) -> Any: ...
    def resample_window_gradient(
        self,
        x: Any,
        grad_output: Any,
        axis: int,
        *,
        norm: str = "forward",
        windows: Sequence[Any] | None = None,
        data_format: str = "channels_last",
    ) -> Any: ...
    def spectral_conv(
        self,
        x: Any,
        weights: Any,
        *,
        modes: int | Sequence[int] | None = None,
        output_size: int | Sequence[int] | None = None,
        norm: str = "forward",
        data_format: str = "channels_last",
    ) -> Any: ...
    def spectral_conv_adjoint(
        self,
        grad_output: Any,
        weights: Any,
        input_size: int | Sequence[int],
        *,
        modes: int | Sequence[int] | None = None,
        norm: str = "forward",
        data_format: str = "channels_last",
    ) -> Any: ...
    def spectral_conv_weight_gradient(
        self,
        x: Any,
        grad_output: Any,
        weights_shape: Sequence[int],
        *,
        modes: int | Sequence[int] | None = None,
        norm: str = "forward",
        data_format: str = "channels_last",
    ) -> Any: ...
    def spectral_conv_and_spectrum(
        self,
        x: Any,
        weights: Any,
        *,
        modes: int | Sequence[int] | None = None,
        output_size: int | Sequence[int] | None = None,
        norm: str = "forward",
        data_format: str = "channels_last",
    ) -> tuple[Any, Any]: ...
    def spectral_conv_gradients(
        self,
        x: Any,
        weights: Any,
        grad_output: Any,
        *,
        modes: int | Sequence[int] | None = None,
        spectrum: Any = None,
        norm: str = "forward",
        data_format: str = "channels_last",
    ) -> tuple[Any, Any]: ...
    def conv(
        self,
        x: Any,
        filters: Any,
        *,
        padding: str = "same",
        groups: int | None = 1,
        data_format: str = "channels_last",
    ) -> Any: ...
    def conv_input_gradient(
        self,
        x_shape: Sequence[int],
        filters: Any,
        grad_output: Any,
        *,
        padding: str = "same",
        groups: int | None = 1,
        data_format: str = "channels_last",
    ) -> Any: ...
    def conv_filter_gradient(
        self,
        x: Any,
        filters_shape: Sequence[int],
        grad_output: Any,
        *,
        padding: str = "same",
        groups: int | None = 1,
        data_format: str = "channels_last",
    ) -> Any: ...

# With CUDA only.
class Cuda(GpuBackend):
    def __init__(
        self,
        empty: Any,
        *,
        device: int = 0,
        stream: int = 0,
        algorithm: str = "auto",
        chunk_bytes: int | None = None,
        direct_depth: int | None = None,
        folded_depth: int | None = None,
        fuses: bool | None = None,
    ) -> None: ...
