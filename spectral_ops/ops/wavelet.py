"""The wavelet functions: `dwt`, `idwt` and what is made of them."""

from typing import Any

import tensorflow as tf

from spectral_ops import _cascade
from spectral_ops.ops._fallback import with_fallback
from spectral_ops.ops._wavelet_maps import MAPS


@with_fallback
def dwt(
    x: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """One level of the wavelet transform of `x` on all its spatial axes, in one pass.

    Equivalent to `pywt.dwtn(x, wavelet, mode, axes=spatial)`, its bands in the order of
    `wavelets.band_names`: for images "aa", "ad", "da", "dd", where the first letter is the first
    axis', a for the lowpass and d for the highpass filter.

    Args:
      x: float [batch, *spatial, channels], 1, 2 or 3 spatial axes of 1 to 2**24 samples. float16
        and bfloat16 accumulate in float32.
      wavelet: a name of `wavelets.names()`; an object with `filter_bank`, such as a
        `pywt.Wavelet`; or filters (dec_lo, dec_hi) or (dec_lo, dec_hi, rec_lo, rec_hi), 1-D of one
        even number of taps from 2 to 1024. As tensors they may be learned: float64 for float64
        `x`, else float32 (with half `x` also a half type, cast up).
      mode: what `x` is extended by at its ends, as PyWavelets names it: "zero", "constant",
        "symmetric", "reflect", "periodic", "smooth", "periodization", "antisymmetric" or
        "antireflect". "reflect" and "antireflect" need two samples.
      data_format: "channels_last", or "channels_first": [batch, channels, *spatial].
      name: of the op.

    Returns: as `x`, [batch, *half, 2**rank, channels]; channels_first [batch, 2**rank, channels,
      *half]. An axis of n samples has (n + taps - 1) // 2 coefficients, of "periodization"
      (n + 1) // 2.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the exact adjoint in every mode (not `idwt`, which is the inverse); of any order, for
      `x` and the filters.

    Source: Mallat 1989, doi:10.1109/34.192463; PyWavelets, Lee et al. 2019,
      doi:10.21105/joss.01237; docs/conventions.md.
    """
    return _cascade.dwt(MAPS, x, wavelet, mode, data_format, name)


@with_fallback
def idwt(
    bands: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    output_size: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """The inverse of `dwt`: samples from the bands of one level.

    Equivalent to `pywt.idwtn(bands, wavelet, mode, axes=spatial)`, without its last sample on axes
    where `output_size` is odd. PyWavelets' own tables reconstruct to 1e-10 or better, but "dmey"
    only to 1e-2.

    Args:
      bands: float [batch, *half, 2**rank, channels], as `dwt` gives them.
      wavelet: as for `dwt`. Of two filters alone, the reverse of each reconstructs.
      mode: that of the `dwt`.
      output_size: samples per spatial axis: an int for one axis, a sequence of ints, or an int
        tensor whose length is known. h coefficients are those of 2*h - taps + 2 samples or of one
        fewer (of "periodization" 2*h or 2*h - 1); None: the larger.
      data_format: "channels_last", or "channels_first": [batch, 2**rank, channels, *half].
      name: of the op.

    Returns: as `bands`, [batch, *output_size, channels].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the exact adjoint; of any order, for `bands` and the filters.

    Source: as for `dwt`.
    """
    return _cascade.idwt(MAPS, bands, wavelet, mode, output_size, data_format, name)


@with_fallback
def wavedec(
    x: Any,
    wavelet: Any,
    *,
    level: int | None = None,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> list[tf.Tensor]:
    """Several levels of `dwt`, each of the lowpass band of the one before.

    Equivalent to `pywt.wavedecn(x, wavelet, mode, level, axes=spatial)`, or `pywt.wavedec` and
    `pywt.wavedec2`, with the details of a level as one tensor.

    Args:
      x: as for `dwt`.
      wavelet: as for `dwt`.
      level: 0 to 24 levels. None: `pywt.dwt_max_level` of the shortest axis, the last level with a
        coefficient free of both ends; lengths must then be known. More are computed all the same.
      mode: as for `dwt`, the same on each level.
      data_format: as for `dwt`.
      name: of the operation.

    Returns: a list [a_L, details_L, .., details_1], the coarsest level first: the lowpass band
      [batch, *small, channels], and for each level the others, [batch, *half, 2**rank - 1,
      channels] in the order of `wavelets.band_names` without the first.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: that of `dwt`, level by level.

    Source: as for `dwt`.
    """
    return _cascade.wavedec(MAPS, x, wavelet, level, mode, data_format, name)


@with_fallback
def waverec(
    coefficients: Any,
    wavelet: Any,
    *,
    mode: str = "symmetric",
    output_size: Any = None,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """The inverse of `wavedec`.

    Equivalent to `pywt.waverecn`, which also trims each approximation to its details where it has
    one sample more, and at the end to `output_size`, which PyWavelets does not know: without it, an
    odd length comes back one sample longer.

    Args:
      coefficients: a list [a_L, details_L, .., details_1], as `wavedec` gives it.
      wavelet: as for `idwt`.
      mode: that of the `wavedec`.
      output_size: samples per spatial axis of the result, as for `idwt`. None: all there are.
      data_format: as for `dwt`; bands are as `idwt` takes them.
      name: of the operation.

    Returns: [batch, *output_size, channels].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: that of `idwt`, level by level.

    Source: as for `dwt`.
    """
    return _cascade.waverec(MAPS, coefficients, wavelet, mode, output_size, data_format, name)


@with_fallback
def swt(
    x: Any,
    wavelet: Any,
    level: int,
    *,
    norm: bool = False,
    data_format: str = "channels_last",
    name: str | None = None,
) -> list[tf.Tensor]:
    """The stationary wavelet transform: nothing is decimated, so it moves as `x` moves.

    Equivalent to `pywt.swtn(x, wavelet, level, norm=norm, trim_approx=True, axes=spatial)` where
    the number of samples is a multiple of 2**level; it may be any. Level l dilates the filters by
    2**(l - 1) and is circular over the samples.

    Args:
      x: as for `dwt`.
      wavelet: as for `dwt`.
      level: 0 to 24 levels.
      norm: divides each filter by sqrt(2), so that an orthogonal wavelet keeps the energy.
      data_format: as for `dwt`.
      name: of the operation.

    Returns: a list [a_L, details_L, .., details_1] as of `wavedec`, all of the size of `x`.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the exact adjoint; of any order, for `x` and the filters.

    Source: Nason & Silverman 1995, doi:10.1007/978-1-4612-2544-7_17; docs/conventions.md.
    """
    return _cascade.swt(MAPS, x, wavelet, level, norm, data_format, name)


@with_fallback
def iswt(
    coefficients: Any,
    wavelet: Any,
    *,
    norm: bool = False,
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """The inverse of `swt`: on each level and axis half the sum of both synthesis filters.

    Equivalent to `pywt.iswtn(coefficients, wavelet, norm=norm, axes=spatial)` where the samples
    are a multiple of 2**levels, and exact for any number of them.

    Args:
      coefficients: a list [a_L, details_L, .., details_1], as `swt` gives it.
      wavelet: as for `idwt`.
      norm: that of the `swt`.
      data_format: as for `dwt`; bands are as `idwt` takes them.
      name: of the operation.

    Returns: [batch, *spatial, channels].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: the exact adjoint; of any order, for the coefficients and the filters.

    Source: as for `swt`.
    """
    return _cascade.iswt(MAPS, coefficients, wavelet, norm, data_format, name)


@with_fallback
def wavelet_packets(
    x: Any,
    wavelet: Any,
    level: int,
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Several levels of `dwt`, each of every band of the one before.

    Equivalent to the nodes of `level` of `pywt.WaveletPacketND(x, wavelet, mode, axes=spatial)`, or
    of `pywt.WaveletPacket`, in natural order: the first level's band counts most, so that two
    levels of one axis are "aa", "ad", "da", "dd".

    Args:
      x: as for `dwt`.
      wavelet: as for `dwt`.
      level: 0 levels or more, with at most 2**24 bands.
      mode: as for `dwt`. (`pywt.WaveletPacket2D` has "smooth" unless told otherwise.)
      data_format: as for `dwt`.
      name: of the operation.

    Returns: [batch, *small, (2**rank)**level, channels]; channels_first [batch, bands, channels,
      *small].

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: that of `dwt`, level by level.

    Source: Coifman & Wickerhauser 1992, doi:10.1109/18.119732.
    """
    return _cascade.wavelet_packets(MAPS, x, wavelet, level, mode, data_format, name)


@with_fallback
def wavelet_pool(
    x: Any,
    wavelet: Any = "haar",
    *,
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Pools by two: the lowpass band of `dwt`, scaled so that a constant keeps its value.

    Equivalent to `pywt.dwtn(..)["aa"] / 2` of images, by sqrt(2) for each axis. With "haar", even
    sizes are average pooling's; smoother wavelets alias less.

    Args:
      x: as for `dwt`.
      wavelet: as for `dwt`.
      mode: as for `dwt`. "zero" and "antisymmetric" do not keep a constant at the ends, for to them
        it ends there.
      data_format: as for `dwt`.
      name: of the operation.

    Returns: as `x`, [batch, *half, channels] with the lengths of `dwt`.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: that of `dwt`.

    Source: Williams & Li 2018, "Wavelet pooling for convolutional neural networks" (ICLR).
    """
    return _cascade.wavelet_pool(MAPS, x, wavelet, mode, data_format, name)


@with_fallback
def wavelet_denoise(
    x: Any,
    wavelet: Any,
    *,
    level: int | None = None,
    threshold: Any = "bayes",
    method: str = "soft",
    mode: str = "symmetric",
    data_format: str = "channels_last",
    name: str | None = None,
) -> tf.Tensor:
    """Removes white noise, which small coefficients are.

    Equivalent to `waverec` of what `wavedec` gives, the details shrunk by a threshold for each
    image, band and channel. The deviation s of the noise is that of an image's channel: the median
    of |d| over the finest level's band of all highpass filters, divided by 0.6745.

    Args:
      x: as for `dwt`, but float16 and bfloat16 are float32 from end to end.
      wavelet: as for `dwt`.
      level: 0 to 24 levels. None: three fewer than `wavedec` has, but at least one; lengths must
        then be known.
      threshold: "bayes": s**2 / sqrt(mean(d**2) - s**2) of each band d, all of it where that is not
        positive; "universal": s * sqrt(2 ln N) for N samples; or a number of 0 or more, or a scalar
        tensor, which may be learned.
      method: what becomes of d above the threshold t: "soft" d - t sign(d), "hard" d, "garrote"
        d - t**2 / d. Others become 0.
      mode: as for `dwt`, the same on each level.
      data_format: as for `dwt`.
      name: of the operation.

    Returns: as `x`.

    Raises:
      TypeError, ValueError: an argument that is known to be wrong.
      tf.errors.InvalidArgumentError: one that proves wrong when the graph runs.

    Gradient: TensorFlow's of the thresholds and of what they do, with those of `wavedec` and
      `waverec`. It is finite wherever `x` is, constant images included.

    Source: Donoho & Johnstone 1994, doi:10.1093/biomet/81.3.425 ("universal"); Chang, Yu &
      Vetterli 2000, doi:10.1109/83.862633 ("bayes"); Gao 1998,
      doi:10.1080/10618600.1998.10474789 ("garrote").
    """
    return _cascade.wavelet_denoise(
        MAPS, x, wavelet, level, threshold, method, mode, data_format, name
    )
