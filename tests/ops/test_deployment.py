"""What docs/deployment.md says of places that take no op libraries."""

from pathlib import Path
from types import ModuleType

import numpy as np
import tensorflow as tf
from fresh_process import output_with_tensorflow
from samples import signal

F32 = np.dtype(np.float32)


def test_a_model_of_the_reference_needs_no_package(native: ModuleType, tmp_path: Path) -> None:
    x = signal(0, (1, 12, 12, 2), F32)
    taps = signal(1, (3, 3, 2, 4), F32)
    np.savez(tmp_path / "given.npz", x=x, taps=taps)
    output_with_tensorflow(
        """
        import numpy as np
        import tensorflow as tf
        import spectral_ops as so

        given = np.load("given.npz")
        model = tf.Module()
        model.taps = tf.Variable(given["taps"])
        model.run = tf.function(
            lambda x: so.pool(so.conv(x, model.taps), (7, 5)),
            input_signature=[tf.TensorSpec([None, 12, 12, 2])],
        )
        tf.saved_model.save(model, "exported")
        """,
        tmp_path,
        environment={"SPECTRAL_OPS_IMPLEMENTATION": "reference"},
    )
    output_with_tensorflow(
        """
        import sys
        import numpy as np
        import tensorflow as tf

        model = tf.saved_model.load("exported")
        np.save("y.npy", model.run(tf.constant(np.load("given.npz")["x"])))
        assert "spectral_ops" not in sys.modules
        """,
        tmp_path,
    )
    expected = native.pool(native.conv(x, taps), (7, 5)).numpy()
    assert np.abs(np.load(tmp_path / "y.npy") - expected).max() <= 1e-5 * np.abs(expected).max()


def test_pooling_by_matrices_in_tflite(native: ModuleType) -> None:
    def matrix(n: int, m: int) -> np.ndarray:
        return native.resample(tf.eye(n)[tf.newaxis], m)[0].numpy()

    rows, columns = matrix(21, 15), matrix(16, 9)

    @tf.function(input_signature=[tf.TensorSpec([1, 21, 16, 3])])
    def pool(x: tf.Tensor) -> tf.Tensor:
        y = tf.einsum("jh,bhwc->bjwc", rows, x)
        return tf.einsum("kw,bjwc->bjkc", columns, y)

    graph = pool.get_concrete_function()
    converted = tf.lite.TFLiteConverter.from_concrete_functions([graph], pool).convert()
    interpreter = tf.lite.Interpreter(model_content=converted)
    interpreter.allocate_tensors()
    x = signal(0, (1, 21, 16, 3), F32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    y = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.abs(y - native.pool(x, (15, 9))).max() <= 5e-6
