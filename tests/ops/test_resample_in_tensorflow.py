"""`pool` and `resample` inside what TensorFlow and Keras wrap around them."""

from pathlib import Path
from types import ModuleType

import numpy as np
import oracle
import tensorflow as tf
from fresh_process import output_with_tensorflow
from samples import signal
from tolerances import assert_close

X = signal(0, (4, 8, 6, 3), np.float32)
POOLED = oracle.resample(X, (4, 5))


def test_map_fn(implementation: ModuleType) -> None:
    y = tf.map_fn(lambda image: implementation.pool(image[tf.newaxis], (4, 5))[0], X)
    assert_close(y.numpy(), POOLED, np.float32)


def test_vectorized_map(implementation: ModuleType) -> None:
    y = tf.vectorized_map(lambda image: implementation.pool(image[tf.newaxis], (4, 5))[0], X)
    assert_close(y.numpy(), POOLED, np.float32)


def test_while_loop(implementation: ModuleType) -> None:
    """Sizes that change from turn to turn."""

    @tf.function
    def graph(x: tf.Tensor) -> tf.Tensor:
        def shrink(height: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return height - 1, implementation.pool(x, tf.stack([height, 6]))

        invariants = (tf.TensorShape([]), tf.TensorShape([4, None, None, 3]))
        return tf.while_loop(lambda height, x: height > 3, shrink, (7, x), invariants)[1]

    expected = X
    for height in range(7, 3, -1):
        expected = oracle.resample(expected, (height, 6))
    assert_close(graph(tf.constant(X)).numpy(), expected, np.float32)


def test_data_pipeline(implementation: ModuleType) -> None:
    data = tf.data.Dataset.from_tensor_slices(X).batch(2)
    data = data.map(lambda images: implementation.pool(images, (4, 5)), num_parallel_calls=2)
    y = np.concatenate(list(data.as_numpy_iterator()))
    assert_close(y, POOLED, np.float32)


def test_keras_model_trains(implementation: ModuleType) -> None:
    pooling = tf.keras.layers.Lambda(
        lambda images: implementation.pool(images, (4, 5)), output_shape=(4, 5, 2)
    )
    model = tf.keras.Sequential(
        [
            tf.keras.Input((8, 6, 3)),
            tf.keras.layers.Conv2D(2, 3, padding="same"),
            pooling,
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(1),
        ]
    )
    assert model.output_shape == (None, 1)
    model.compile(optimizer="sgd", loss="mse", jit_compile=False)
    before = [w.numpy() for w in model.layers[0].trainable_weights]
    history = model.fit(X, np.ones((4, 1), np.float32), batch_size=4, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for old, new in zip(before, model.layers[0].trainable_weights, strict=True):
        assert np.isfinite(new.numpy()).all() and np.any(old != new.numpy())


def test_mixed_precision_policy(implementation: ModuleType) -> None:
    pooling = tf.keras.layers.Lambda(
        lambda images: implementation.pool(images, (4, 5)), dtype="mixed_bfloat16"
    )
    y = pooling(X)
    assert y.dtype == tf.bfloat16
    assert_close(y.numpy(), oracle.resample(X.astype(y.numpy().dtype), (4, 5)), y.numpy().dtype)


def test_graphs_from_before_there_were_rules(native: ModuleType) -> None:
    """Their ops have no such attributes: they are periodic and keep sample 0, as gradients are."""
    window = np.linspace(1, 0.5, 3).astype(np.float32)
    with tf.Graph().as_default() as graph:
        given = tf.compat.v1.placeholder(tf.float32, X.shape, "given")
        native.pool(given, (4, 5), windows=[None, window], name="pooled")
    definition = graph.as_graph_def()
    (node,) = (node for node in definition.node if node.op == "SpectralOps>Resample")
    del node.attr["boundary"], node.attr["alignment"]

    @tf.function
    def old(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        (y,) = tf.graph_util.import_graph_def(definition, {"given:0": x}, ["pooled:0"])
        return y, tf.gradients(y, x)[0]

    y, slope = old(tf.constant(X))
    expected = oracle.resample(X, (4, 5), windows=[None, window])
    assert_close(y.numpy(), expected, np.float32)
    expected = oracle.resample_adjoint(np.ones(y.shape), (8, 6), windows=[None, window])
    assert_close(slope.numpy(), expected, np.float32)


def test_memory_beside_input_and_output(tmp_path: Path) -> None:
    """A batch of 400 MB takes no more scratch than one image does for each thread."""
    script = """
        import tensorflow as tf
        import spectral_ops

        def peak():  # bytes; getrusage would begin at what the process that forked this one had
            lines = open("/proc/self/status").read().splitlines()
            return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

        pool = tf.function(lambda x: spectral_ops.pool(x, (28, 28)), autograph=False)
        pool(tf.ones((8, 56, 56, 64)))
        x = tf.ones((512, 56, 56, 64))
        before = peak()
        y = pool(x)
        print(peak() - before, 4 * tf.size(y).numpy(), spectral_ops.build_info()["implementation"])
    """
    grown, output, implementation = output_with_tensorflow(script, tmp_path).split()
    assert implementation == "native"
    assert int(grown) - int(output) <= 40 * 2**20
    assert int(grown) >= int(output) // 2  # it does see what is allocated
