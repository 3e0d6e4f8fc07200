"""One level of a wavelet transform by the kernels, and the gradients of its ops."""

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library
from spectral_ops._arguments.common import dynamic_lengths, signal_shape
from spectral_ops._arguments.rules import Numbers, shape_of
from spectral_ops._arguments.wavelet import Level, band_axes
from spectral_ops._cascade import Maps
from spectral_ops.ops._gradient import Entries, gradient_of

_ATTRIBUTES = ("rule", "mode", "level", "data_format")


def _analysis(x: tf.Tensor, filters: tf.Tensor, level: Level, name: str | None) -> tf.Tensor:
    return _analyze(x, [filters] * level.rank, name=name, **_attributes(level))


def _synthesis(
    bands: tf.Tensor,
    filters: tf.Tensor,
    level: Level,
    size: tf.Tensor,
    sizes: Numbers,
    name: str | None,
) -> tf.Tensor:
    y = _synthesize(bands, size, [filters] * level.rank, name=name, **_attributes(level))
    batch, _, _, channels = band_axes(shape_of(bands, level.rank + 3), level.data_format)
    y.set_shape(signal_shape(batch, sizes, channels, level.data_format))
    return y


MAPS = Maps(_analysis, _synthesis)


def _attributes(level: Level) -> dict[str, Any]:
    return dict(rule=level.rule, mode=level.mode, level=level.number, data_format=level.data_format)


def _analyze(
    x: tf.Tensor, filters: Sequence[tf.Tensor], name: str | None = None, **attributes: Any
) -> tf.Tensor:
    """From samples to bands, by one filter pair [2, taps] for each axis."""
    return _library.ops.spectral_ops_wavelet_analysis(x=x, filters=filters, name=name, **attributes)


def _synthesize(
    bands: tf.Tensor,
    size: tf.Tensor,
    filters: Sequence[tf.Tensor],
    name: str | None = None,
    **attributes: Any,
) -> tf.Tensor:
    """From bands to samples: for the same filters and attributes the adjoint."""
    return _library.ops.spectral_ops_wavelet_synthesis(
        bands=bands, size=size, filters=filters, name=name, **attributes
    )


def _slope(
    x: tf.Tensor, bands: tf.Tensor, filters: Sequence[tf.Tensor], axis: int, **attributes: Any
) -> tf.Tensor:
    """The gradient of <bands, analysis(x)> = <x, synthesis(bands)> by the filters of one axis."""
    wide = filters[axis].dtype  # half types are not rounded on the way
    return _library.ops.spectral_ops_wavelet_filter_gradient(
        x=tf.cast(x, wide), bands=tf.cast(bands, wide), filters=filters, axis=axis, **attributes
    )


def _slopes(
    x: tf.Tensor, bands: tf.Tensor, filters: Sequence[tf.Tensor], **attributes: Any
) -> Entries:
    axes = range(len(filters))
    return [functools.partial(_slope, x, bands, filters, axis, **attributes) for axis in axes]


def _size_of(x: tf.Tensor, attributes: dict[str, Any]) -> tf.Tensor:
    return dynamic_lengths(x, attributes["data_format"])


@gradient_of("SpectralOps>WaveletAnalysis", *_ATTRIBUTES)
def _analysis_gradient(inputs: Any, grad_output: tf.Tensor, **attributes: Any) -> Entries:
    x, *filters = inputs
    return (
        lambda: _synthesize(grad_output, _size_of(x, attributes), filters, **attributes),
        *_slopes(x, grad_output, filters, **attributes),
    )


@gradient_of("SpectralOps>WaveletSynthesis", *_ATTRIBUTES)
def _synthesis_gradient(inputs: Any, grad_output: tf.Tensor, **attributes: Any) -> Entries:
    bands, _, *filters = inputs
    return (
        lambda: _analyze(grad_output, filters, **attributes),
        None,
        *_slopes(grad_output, bands, filters, **attributes),
    )


@gradient_of("SpectralOps>WaveletFilterGradient", "axis", *_ATTRIBUTES)
def _slope_gradient(inputs: Any, weight: tf.Tensor, axis: int, **attributes: Any) -> Entries:
    """<weight, slope> is <bands, analysis(x)> with `weight` for the filters of the axis."""
    x, bands, *filters = inputs
    filters[axis] = weight
    slopes = list(_slopes(x, bands, filters, **attributes))
    slopes[axis] = None
    return (
        lambda: _synthesize(bands, _size_of(x, attributes), filters, **attributes),
        lambda: _analyze(x, filters, **attributes),
        *slopes,
    )
