"""Layers of `low_pass`, `high_pass` and `band_pass`."""

from typing import Any

import tensorflow as tf

from spectral_ops import ops
from spectral_ops._arguments.common import one_of
from spectral_ops._arguments.passes import Pass, as_pass, highest
from spectral_ops.layers._base import Constraint, Shape, SpectralLayer, keras, register

_KINDS: dict[str, Any] = {"low": ops.low_pass, "high": ops.high_pass, "band": ops.band_pass}
_LEAST = 1e-3  # of a learned cutoff, and of the distance between two


class _InRange(Constraint):
    """Cutoffs that a pass takes: within its range and in order."""

    def __init__(self, most: float) -> None:
        self.most = most

    def __call__(self, cutoffs: Any) -> tf.Tensor:
        low, *more = tf.unstack(tf.convert_to_tensor(cutoffs))
        low = tf.clip_by_value(low, _LEAST, self.most - _LEAST * len(more))
        high = [tf.minimum(tf.maximum(each, low + _LEAST), self.most) for each in more]
        return tf.stack([low, *high])


class _FrequencyFilter(SpectralLayer):
    def __init__(
        self,
        kind: str,
        cutoff: Any,
        *,
        learned: bool = False,
        shape: str = "radial",
        softness: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        with self.named():
            one_of("kind", kind, tuple(_KINDS))
            given = self._as_pass(kind, cutoff, softness, shape)
            self.softness = given.softness.known
            self.cutoffs = [edge.known for edge in (given.low, given.high) if edge]
            if None in (self.softness, *self.cutoffs):
                raise TypeError(
                    f"cutoff: {cutoff!r}, softness: {softness!r}; allowed: numbers that are known"
                )
            if learned and given.is_hard:
                raise ValueError(
                    "softness: 0.0; allowed with learned=True: more than 0, for a step has no "
                    "gradient"
                )
        self.kind = kind
        self.learned = bool(learned)
        self.shape = shape
        self._weight: Any = None

    def _as_pass(self, kind: str, cutoff: Any, softness: Any, shape: Any) -> Pass:
        if kind == "low":
            return as_pass(None, ("cutoff", cutoff), softness, shape, self.rank)
        if kind == "high":
            return as_pass(("cutoff", cutoff), None, softness, shape, self.rank)
        pair = cutoff if isinstance(cutoff, list | tuple) else ()
        if len(pair) != 2:
            raise TypeError(
                f"cutoff: {cutoff!r}; allowed with kind 'band': two numbers, (low, high)"
            )
        return as_pass(("low", pair[0]), ("high", pair[1]), softness, shape, self.rank)

    def build(self, input_shape: Any) -> None:
        """Checks what is known of the input; makes the cutoffs that are learned."""
        self.compute_output_shape(input_shape)
        if self.learned:
            self._weight = self.add_weight(
                name="cutoff",
                shape=(len(self.cutoffs),),
                initializer=keras.initializers.Constant(self.cutoffs),
                constraint=_InRange(highest(self.shape, self.rank)),
                dtype=self.wide_dtype,
                autocast=False,
            )
        self.built = True

    def call(self, inputs: Any) -> tf.Tensor:
        """What passes of the input."""
        cutoffs = self.cutoffs
        if self._weight is not None:
            cutoffs = tf.unstack(tf.convert_to_tensor(self._weight))
        return _KINDS[self.kind](
            self.as_floats(inputs),
            *cutoffs,
            shape=self.shape,
            softness=self.softness,
            data_format=self.data_format,
        )

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The input's."""
        with self.named():
            self.axes_of(input_shape)
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same layer of."""
        return super().get_config() | {
            "kind": self.kind,
            "cutoff": self.cutoffs if self.kind == "band" else self.cutoffs[0],
            "learned": self.learned,
            "shape": self.shape,
            "softness": self.softness,
            "data_format": self.data_format,
        }


@register
class FrequencyFilter2D(_FrequencyFilter):
    """Lets low or high frequencies of its input pass, or a band between two cutoffs.

    Equivalent to: `spectral_ops.low_pass(x, cutoff)`, `high_pass(x, cutoff)` or
    `band_pass(x, *cutoff)`. Frequencies count in parts of Nyquist's.

    Args:
      kind: "low", "high" or "band": what passes.
      cutoff: more than 0 and at most sqrt(2), with shape="box" at most 1; for a band two, the lower
        first.
      learned: whether cutoffs are weights, which `cutoff` initializes. `softness` must then be more
        than 0, and a constraint keeps them in their range, those of a band in order.
      shape: "radial", a disc about frequency 0, or "box", up to the cutoff on each axis.
      softness: 0 for a step at a cutoff; else the width of a slope about it.
      data_format: "channels_last", "channels_first" or None: as Keras is configured.

    Input: float [batch, height, width, channels]; channels_first [batch, channels, height, width].
      Sizes may be unknown until the model runs.

    Output: as the input.

    Weights: cutoff [1], for a band [2], where learned; no policy rounds them: float64 where the
      layer computes in it, else float32.

    Raises:
      TypeError, ValueError: an argument that is wrong, when the layer is made; one that does not
        fit the input, when it is built. The message names layer and argument.

    Source: docs/conventions.md, section 16.
    """

    rank = 2


@register
class FrequencyFilter1D(_FrequencyFilter):
    """Lets low or high frequencies of [batch, time, channels] pass, or a band.

    Equivalent to: `low_pass`, `high_pass` or `band_pass`. Arguments, errors and source are those of
    `FrequencyFilter2D`, with one spatial axis: cutoffs are at most 1.
    """

    rank = 1


@register
class FrequencyFilter3D(_FrequencyFilter):
    """Lets low or high frequencies of [batch, depth, height, width, channels] pass, or a band.

    Equivalent to: `low_pass`, `high_pass` or `band_pass`. Arguments, errors and source are those of
    `FrequencyFilter2D`, with three spatial axes: radial cutoffs are at most sqrt(3).
    """

    rank = 3
