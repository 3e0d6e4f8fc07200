"""How the gradient of an op is registered: in one way for every operator."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library

Entries = Sequence[Callable[[], tf.Tensor] | None]
AtOnce = Callable[..., Sequence[tf.Tensor | None] | None]


def gradient_of(
    op_type: str, *attributes: str, at_once: AtOnce | None = None
) -> Callable[[Callable[..., Entries]], Callable[..., Entries]]:
    """Registers the function below it as the gradient of the ops `op_type`.

    The function takes the op's inputs, the gradients of its outputs and, by name, `attributes` of
    the op. It returns for each input None, or a function without arguments that makes its gradient,
    which is called where somebody wants that.

    Where it is known that all of these are wanted, `at_once` makes them by one op, of the same
    arguments but for the op's outputs behind its inputs, or gives None where it has no such op. A
    graph whose gradient is asked for later does not say what is wanted; there each has an op of its
    own, and TensorFlow drops those that nobody uses.
    """

    def register(function: Callable[..., Entries]) -> Callable[..., Entries]:
        def gradient(op: Any, *grad_outputs: tf.Tensor) -> list[tf.Tensor | None]:
            values = {name: _attribute(op, name) for name in attributes}
            entries = function(op.inputs, *grad_outputs, **values)
            # A tape's stand-in for an op has these; None where no input is to be skipped.
            says = hasattr(op, "skip_input_indices")
            unwanted = (op.skip_input_indices if says else None) or ()
            wanted = [i for i, entry in enumerate(entries) if entry and i not in unwanted]
            gradients: list[tf.Tensor | None] = [None] * len(entries)
            made = None
            if at_once and says and len(wanted) == sum(map(bool, entries)):
                made = at_once(op.inputs, op.outputs, *grad_outputs, **values)
            for i in wanted:
                entry = entries[i]
                assert entry
                gradients[i] = grad = entry() if made is None else made[i]
                assert grad is not None
                grad.set_shape(op.inputs[i].shape)
            return gradients

        _library.register_gradient(op_type, gradient)
        return function

    return register


def _attribute(op: Any, name: str) -> Any:
    value = op.get_attr(name)
    return value.decode() if isinstance(value, bytes) else value
