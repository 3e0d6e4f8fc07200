"""The `wavelet` of a call as filters: a name, an object with `filter_bank`, or tensors."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from spectral_ops._arguments.common import as_partner, computing_type, half_partners, is_tensor
from spectral_ops._arguments.rules import Rules, assertions, equal, refuse, shape_of
from spectral_ops.wavelets import known_bank

MAX_TAPS = 1024  # as kMaxTaps in csrc/core/wavelet.h
_ALLOWED = (
    "allowed: a name of wavelets.names(), an object with filter_bank, or (dec_lo, dec_hi) or "
    "(dec_lo, dec_hi, rec_lo, rec_hi), 1-D tensors of one even length"
)


def as_filters(wavelet: Any, x_dtype: tf.DType, *, reconstruction: bool = False) -> tf.Tensor:
    """The lowpass and the highpass filter [2, taps] of one side, in the computing type."""
    dtype = computing_type(x_dtype)
    if isinstance(wavelet, str):
        return tf.constant(_named(wavelet, reconstruction), dtype)
    name, filters = _given(wavelet)
    if is_tensor(filters):
        return _pair_of(name, filters, x_dtype, reconstruction)
    tensors = []
    for k, each in enumerate(filters):
        label, halves = f"{name}[{k}]", half_partners(x_dtype)
        given = as_partner(label, each, dtype, x_dtype, others=halves, cast_arrays=True)
        if given.shape.rank not in (None, 1):
            raise ValueError(f"{label}: shape {given.shape} is not 1-D; {_ALLOWED}")
        tensors.append(tf.cast(tf.ensure_shape(given, [None]), dtype))
    refuse(_equal_taps(name, tensors, running=False))
    with tf.control_dependencies(assertions(_equal_taps(name, tensors, running=True))):
        pair = tf.stack(tensors[-2:] if reconstruction else tensors[:2])
    return tf.reverse(pair, [1]) if reconstruction and len(tensors) == 2 else pair


def as_numbers(wavelet: Any) -> str | list[list[float]]:
    """`wavelet` as a config can hold it: its name, or its filters as floats."""
    if isinstance(wavelet, str):
        known_bank(wavelet)
        return wavelet.lower()
    name, filters = _given(wavelet)
    try:
        filters = np.asarray(filters) if is_tensor(filters) else filters
        numbers = [np.asarray(each, np.float64).tolist() for each in filters]
    except (TypeError, ValueError, NotImplementedError):
        raise TypeError(f"{name}: {wavelet!r} has no numbers; {_ALLOWED}") from None
    refuse(filter_rules(as_filters(numbers, tf.float64), running=False))
    return numbers


def bank_of(numbers: str | list[list[float]]) -> np.ndarray:  # [4, taps], float64
    """All filters of what `as_numbers` gives: of two alone the reverse of each reconstructs."""
    if isinstance(numbers, str):
        return np.stack(known_bank(numbers))
    given = np.array(numbers)
    return given if len(given) == 4 else np.concatenate([given, given[:, ::-1]])


def taps_of(filters: tf.Tensor, running: bool = False, dtype: tf.DType = tf.int32) -> Any:
    """The length of filters [2, taps]."""
    return shape_of(filters, 2, running, dtype)[1]


def filter_rules(filters: tf.Tensor, *, running: bool) -> Rules:
    """How many taps filters [2, taps] may have."""
    taps = taps_of(filters, running)
    if taps is not None:
        text = "wavelet: filters of {} taps; allowed: an even number from 2 to {}"
        holds = (taps >= 2) & (taps <= MAX_TAPS) & equal(taps % 2, 0)
        yield holds, text, taps, MAX_TAPS


def _given(wavelet: Any) -> tuple[str, Any]:
    """The filters of a wavelet that has no name, a list or a tensor; and how messages call them."""
    name = "wavelet"
    if not is_tensor(wavelet) and hasattr(wavelet, "filter_bank"):
        name, wavelet = "wavelet.filter_bank", wavelet.filter_bank
    if is_tensor(wavelet) or isinstance(wavelet, np.ndarray):
        shape = tf.TensorShape(wavelet.shape)
        if shape.rank not in (None, 2) or (shape.rank and shape[0] not in (None, 2, 4)):
            raise ValueError(f"{name}: a tensor of shape {shape}; {_ALLOWED}")
        return name, wavelet if is_tensor(wavelet) else list(wavelet)
    if isinstance(wavelet, str | bytes) or not isinstance(wavelet, Sequence):
        raise TypeError(f"{name}: {wavelet!r}; {_ALLOWED}")
    if len(wavelet) not in (2, 4):
        raise ValueError(f"{name}: {len(wavelet)} filters; {_ALLOWED}")
    return name, list(wavelet)


def _pair_of(name: str, bank: Any, x_dtype: tf.DType, reconstruction: bool) -> tf.Tensor:
    """What `as_filters` gives of a tensor, whose shape may be known when the graph runs."""
    dtype = computing_type(x_dtype)
    bank = as_partner(name, bank, dtype, x_dtype, others=half_partners(x_dtype))
    bank = tf.cast(tf.ensure_shape(bank, [None, None]), dtype)
    with tf.control_dependencies(assertions(_count_rules(name, bank, running=True))):
        pair = bank[-2:] if reconstruction else bank[:2]
    pair = tf.ensure_shape(pair, [2, None])
    if not reconstruction:
        return pair
    mirrored = tf.reverse(pair, [1])
    count = bank.shape[0]
    if count is not None:
        return mirrored if count == 2 else pair
    return tf.where(tf.equal(tf.shape(bank)[0], 2), mirrored, pair)


def _count_rules(name: str, bank: tf.Tensor, *, running: bool) -> Rules:
    count = shape_of(bank, 2, running)[0]
    if count is not None:
        yield equal(count, 2) | equal(count, 4), f"{name}: {{}} filters; {_ALLOWED}", count


def _equal_taps(name: str, filters: Sequence[tf.Tensor], *, running: bool) -> Rules:
    first, *others = (shape_of(each, 1, running)[0] for each in filters)
    for k, taps in enumerate(others, 1):
        if first is not None and taps is not None:
            text = f"{name}[{k}]: {{}} taps; allowed: {{}}, as {name}[0] has"
            yield equal(taps, first), text, taps, first


@functools.cache
def _named(name: str, reconstruction: bool) -> np.ndarray:  # [2, taps]
    bank = known_bank(name)
    return np.stack(bank[2:] if reconstruction else bank[:2])
