"""`spectral_conv`: its values and shapes."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import oracle
import pytest
import tensorflow as tf
from fresh_process import output_of
from samples import DATA_FORMATS, DTYPES, NORMS, array_shape, signal, weights_for
from tolerances import assert_close

F32, F64 = DTYPES[:2]
CASES = (  # (spatial, modes of the weights, output size)
    ((1,), (1,), (3,)),
    ((9,), (4,), (6,)),
    ((8,), (5,), (13,)),
    ((2, 2), (2, 2), (1, 2)),
    ((8, 12), (8, 7), (4, 6)),
    ((7, 5), (5, 3), (9, 4)),
    ((8, 9), (5, 4), (8, 9)),
    ((5, 3, 8), (4, 3, 5), (3, 6, 8)),
)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("spatial", "modes", "output_size"), CASES)
def test_matches_oracle(
    implementation: ModuleType,
    spatial: tuple[int, ...],
    modes: tuple[int, ...],
    output_size: tuple[int, ...],
    dtype: np.dtype,
    data_format: str,
) -> None:
    x = signal(0, array_shape(2, spatial, 3, data_format), dtype)
    for channels in ((3, 4), (3,)):
        weights = weights_for(1, modes, channels, dtype)
        kept = tuple(max(1, k - 1) for k in modes)
        for settings in (
            dict(),
            *(dict(output_size=output_size, norm=norm) for norm in NORMS),
            dict(output_size=output_size, modes=kept),
        ):
            settings = dict(data_format=data_format, **settings)
            y = implementation.spectral_conv(x, weights, **settings)
            assert_close(y.numpy(), oracle.spectral_conv(x, weights, **settings), dtype)


@pytest.mark.parametrize("data_format", DATA_FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_matches_reference(
    native: ModuleType, reference: ModuleType, dtype: np.dtype, data_format: str
) -> None:
    x = tf.constant(signal(0, array_shape(4, (31, 24), 17, data_format), dtype))
    weights = tf.constant(weights_for(1, (12, 9), (17, 20), dtype))
    for settings in (dict(), dict(output_size=(16, 12)), dict(modes=(7, 9), norm="ortho")):
        y = native.spectral_conv(x, weights, data_format=data_format, **settings)
        expected = reference.spectral_conv(x, weights, data_format=data_format, **settings)
        # each may err by the tolerance; half types may land on neighbouring numbers
        assert_close(y.numpy(), expected.numpy().astype(np.float64), dtype, factor=2)


def test_arguments_of_any_kind(implementation: ModuleType) -> None:
    """Sizes as ints, arrays and tensors; weights as variables and nested lists."""
    x, weights = signal(0, (2, 8, 3), F32), weights_for(1, (4,), (3, 2), F32)
    expected = oracle.spectral_conv(x, weights, output_size=(6,), modes=(5,))
    for output_size in (6, [6], np.array([6]), tf.constant(6), tf.constant([6], tf.int64)):
        for modes in (5, (5,), np.int64(5), np.array([5])):
            for given in (weights, tf.Variable(weights), weights.tolist()):
                y = implementation.spectral_conv(
                    x, given, output_size=output_size, modes=modes, name="layer"
                )
                assert_close(y.numpy(), expected, F32)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_nothing_in_nothing_out(implementation: ModuleType, dtype: np.dtype) -> None:
    for batch, channels, out in ((0, 3, 2), (2, 0, 3), (2, 3, 0), (0, 0, 0)):
        x = tf.Variable(tf.zeros((batch, 6, 5, channels), dtype))
        weights = tf.Variable(weights_for(0, (3, 2), (channels, out), dtype))
        with tf.GradientTape() as tape:
            y = implementation.spectral_conv(x, weights, output_size=(4, 9))
        assert y.shape == (batch, 4, 9, out) and y.dtype == dtype and not y.numpy().any()
        grad_x, slope = tape.gradient(y, [x, weights])
        assert grad_x.shape == x.shape and slope.shape == weights.shape
        assert not slope.numpy().any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_propagates(implementation: ModuleType, value: float) -> None:
    x, weights = signal(0, (3, 6, 7, 4), F32), weights_for(1, (3, 3), (4, 4), F32)
    clean = implementation.spectral_conv(x, weights).numpy()
    x[1, 2, 3, 1] = value
    y = implementation.spectral_conv(x, weights).numpy()
    assert not np.isfinite(y[1]).any()
    assert np.array_equal(y[[0, 2]], clean[[0, 2]])


SPECS: list[tuple[Any, Any, Any, Any]] = [  # (x, weights, output_size, the result's shape)
    ([2, 8, 6, 3], [4, 3, 3, 5], (4, 9), [2, 4, 9, 5]),
    ([2, 8, 6, 3], [4, 3, 3, 5], None, [2, 8, 6, 5]),
    ([2, 8, 6, 3], [4, 3, 3], None, [2, 8, 6, 3]),
    ([None, 8, None, 3], [4, 3, 3, 5], None, [None, 8, None, 5]),
    ([None, 8, None, 3], [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
    ([None, None, None, None], [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
    ([None, None, None, 3], [None, None, None, None], (4, 9), [None, 4, 9, None]),
    ([2, 8, 6, 3], [None, 3, None, 5], "tensor", [2, None, None, 5]),
    (None, [4, 3, 3, 5], (4, 9), [None, 4, 9, 5]),
]


@pytest.mark.parametrize(("x", "weights", "output_size", "expected"), SPECS)
def test_shape_function(
    implementation: ModuleType, x: Any, weights: Any, output_size: Any, expected: list
) -> None:
    signature = [tf.TensorSpec(x, tf.float32), tf.TensorSpec(weights, tf.complex64)]
    if output_size == "tensor":
        signature.append(tf.TensorSpec([2], tf.int32))

    @tf.function(input_signature=signature)
    def graph(x: tf.Tensor, weights: tf.Tensor, size: Any = output_size) -> tf.Tensor:
        return implementation.spectral_conv(x, weights, output_size=size)

    concrete = graph.get_concrete_function()
    assert concrete.output_shapes.as_list() == expected
    given = signal(0, (2, 8, 6, 3), F32)
    w = weights_for(1, (4, 3), (3, 5)[: len(weights) - 2], F32)
    size = (5, 7) if output_size == "tensor" else output_size
    arguments = [tf.constant(given), tf.constant(w)]
    if output_size == "tensor":
        arguments.append(tf.constant(size))
    y = concrete(*arguments).numpy()
    assert_close(y, oracle.spectral_conv(given, w, output_size=size), F32)


def test_shape_of_the_op_alone(native: ModuleType) -> None:
    """What the op's own shape function knows, without what the public function adds."""
    from spectral_ops import _library

    @tf.function
    def shapes() -> None:
        def of(x: Any, weights: Any, size: Any, adjoint: bool = False) -> tf.TensorShape:
            return _library.ops.spectral_ops_spectral_conv(
                x=tf.raw_ops.Placeholder(dtype=tf.float32, shape=x),
                weights=tf.raw_ops.Placeholder(dtype=tf.complex64, shape=weights),
                output_size=size,
                modes=[],
                norm="forward",
                data_format="channels_last",
                adjoint=adjoint,
            ).shape

        placeholder = tf.raw_ops.Placeholder
        unknown = tf.TensorShape(None)
        assert of([2, 8, 6, 3], [4, 3, 3, 5], [4, 9]) == (2, 4, 9, 5)
        assert of([2, 8, 6, 5], [4, 3, 3, 5], [8, 9], adjoint=True) == (2, 8, 9, 3)
        assert of([2, 8, 6, 3], [4, 3, None], [4, 9]) == (2, 4, 9, 3)
        assert of([2, 8, 6, 3], unknown, [4, 9]).as_list() == [2, 4, 9, None]
        assert of(unknown, unknown, [4, 9]).as_list() == [None, 4, 9, None]
        vector = placeholder(dtype=tf.int32, shape=[2])
        assert of([2, 8, 6, 3], [4, 3, 3, 5], vector).as_list() == [2, None, None, 5]
        any_vector = placeholder(dtype=tf.int32, shape=unknown)
        assert of([2, 8, 6, 3], [4, 3, 3, 5], any_vector).as_list() == [2, None, None, 5]
        assert of(unknown, [4, 3, 3, 5], any_vector).rank is None

    shapes.get_concrete_function()


def test_same_bits_from_run_to_run(tmp_path: Path) -> None:
    """And from process to process, gradients too."""
    script = """
        import hashlib
        import numpy as np
        import tensorflow as tf
        import spectral_ops

        rng = np.random.default_rng(0)
        x = tf.constant(rng.standard_normal((5, 40, 31, 18)), tf.float32)
        parts = rng.standard_normal((2, 12, 9, 18, 7))
        weights = tf.constant(parts[0] + 1j * parts[1], tf.complex64)
        g = tf.constant(rng.standard_normal((5, 20, 37, 7)), tf.float32)

        def digest():
            with tf.GradientTape() as tape:
                tape.watch([x, weights])
                y = spectral_ops.spectral_conv(x, weights, output_size=(20, 37))
            tensors = [y, *tape.gradient(y, [x, weights], g)]
            return hashlib.sha256(b"".join(t.numpy().tobytes() for t in tensors)).hexdigest()

        assert spectral_ops.build_info()["implementation"] == "native"
        digests = {digest() for _ in range(10)}
        assert len(digests) == 1, digests
        print(*digests)
    """
    settings = {"SPECTRAL_OPS_IMPLEMENTATION": "native"}
    assert output_of(script, tmp_path, environment=settings) == output_of(
        script, tmp_path, environment=settings
    )


def test_layer_trains(implementation: ModuleType) -> None:
    """Complex weights from an optimizer reach the weights that made the data."""
    x = tf.constant(signal(0, (8, 12, 3), F32))
    true = weights_for(1, (3,), (3, 2), F32)
    true[0] = true[0].real  # the imaginary part there cannot be learned
    y = implementation.spectral_conv(x, true)
    weights = tf.Variable(tf.zeros((3, 3, 2), tf.complex64))

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            difference = implementation.spectral_conv(x, weights) - y
            loss = tf.reduce_mean(difference**2)
        weights.assign_sub(0.3 * tape.gradient(loss, weights))
        return loss

    first = float(step())
    for _ in range(400):
        last = float(step())
    assert last < 1e-3 * first
