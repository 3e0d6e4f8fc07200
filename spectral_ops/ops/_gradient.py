"""How the gradient of an op is registered: in one way for every operator."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from spectral_ops import _library

Entries = Sequence[Callable[[], tf.Tensor] | None]


def gradient_of(
    op_type: str, *attributes: str
) -> Callable[[Callable[..., Entries]], Callable[..., Entries]]:
    """Registers the function below it as the gradient of the ops `op_type`.

    The function takes the op's inputs, the gradient of its output and, by name, `attributes` of the
    op. It returns for each input None, or a function without arguments that makes its gradient,
    which is called where somebody wants that.
    """

    def register(function: Callable[..., Entries]) -> Callable[..., Entries]:
        def gradient(op: Any, grad_output: tf.Tensor) -> list[tf.Tensor | None]:
            values = {name: _attribute(op, name) for name in attributes}
            entries = function(op.inputs, grad_output, **values)
            unwanted = getattr(op, "skip_input_indices", None) or ()
            gradients: list[tf.Tensor | None] = [None] * len(entries)
            for i, (entry, tensor) in enumerate(zip(entries, op.inputs, strict=True)):
                if entry is not None and i not in unwanted:
                    gradients[i] = grad = entry()
                    grad.set_shape(tensor.shape)
            return gradients

        _library.register_gradient(op_type, gradient)
        return function

    return register


def _attribute(op: Any, name: str) -> Any:
    value = op.get_attr(name)
    return value.decode() if isinstance(value, bytes) else value
