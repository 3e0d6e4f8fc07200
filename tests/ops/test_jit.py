"""The ops compiled by XLA: the bits of the plain ops, and their errors."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from fresh_process import output_with_tensorflow
from samples import DATA_FORMATS, DTYPES, NORMS, RULES, array_shape, pairwise, signal, windows_for
from tolerances import tolerance

F32 = np.dtype(np.float32)
Body = Callable[..., Any]


@pytest.fixture(autouse=True)
def xla(native: ModuleType) -> None:
    """Skips where the TensorFlow at hand has no typed FFI; later ones must have our library."""
    why = native.build_info()["no_xla"]
    if tuple(map(int, tf.version.VERSION.split(".")[:2])) < (2, 20):
        pytest.skip(why)
    assert why == ""


def same(plain: Any, jitted: Any) -> None:
    for right, actual in zip(tf.nest.flatten(plain), tf.nest.flatten(jitted), strict=True):
        right, actual = right.numpy(), actual.numpy()
        assert actual.shape == right.shape and actual.dtype == right.dtype
        assert actual.tobytes() == right.tobytes()


def check(body: Body, *given: Any, unknown: bool = False) -> None:
    """`body` has the same bits in a graph and compiled, also for shapes that XLA fixes later."""
    tensors = [tf.constant(each) for each in given]
    plain = tf.function(body)(*tensors)
    same(plain, tf.function(body, jit_compile=True)(*tensors))
    if unknown:
        specs = [tf.TensorSpec([None] * t.shape.rank, t.dtype) for t in tensors]
        same(plain, tf.function(body, input_signature=specs, jit_compile=True)(*tensors))


def with_gradients(function: Body, count: int, order: int = 1) -> Body:
    """The result and the gradients by the first `count` tensors, or those of these."""

    def body(*given: tf.Tensor) -> Any:
        *tensors, slope = given
        watched = tensors[:count]
        with tf.GradientTape() as outer:
            outer.watch(watched)
            with tf.GradientTape() as tape:
                tape.watch(watched)
                y = function(*tensors)
            slopes = tape.gradient(y, watched, slope)
        if order == 1:
            return [y, *slopes]
        return outer.gradient(slopes, watched, unconnected_gradients="zero")

    return body


def check_gradients(function: Body, count: int, *given: Any, unknown: bool = False) -> None:
    """The bits of `function` and its gradients. Second ones are sums, which XLA orders anew."""
    check(with_gradients(function, count), *given, unknown=unknown)
    second = with_gradients(function, count, order=2)
    tensors = [tf.constant(each) for each in given]
    plain, jitted = tf.function(second)(*tensors), tf.function(second, jit_compile=True)(*tensors)
    for right, actual, x in zip(plain, jitted, given, strict=False):
        bound = 4 * tolerance(x.dtype) * np.abs(right.numpy().astype(np.float64)).max()
        assert np.abs(tf.cast(actual - right, tf.float64)).max() <= bound


SIZES = (((7, 9), (3, 12)), ((8,), (5,)), ((6, 5, 4), (3, 5, 8)))


def test_resample(native: ModuleType) -> None:
    for number, (dtype, sizes, norm, data_format, windowed, rule) in enumerate(
        pairwise(DTYPES, SIZES, NORMS, DATA_FORMATS, (False, True), RULES)
    ):
        n, m = sizes
        x = signal(number, array_shape(2, n, 3, data_format), dtype)
        slope = signal(number + 1, array_shape(2, m, 3, data_format), dtype)
        windows = windows_for(number, n, m, dtype, **rule) if windowed else None
        given = [each for each in windows or () if each is not None]

        def function(
            x: Any, *weights: Any, m=m, norm=norm, form=data_format, windows=windows, rule=rule
        ) -> Any:
            left = list(weights)
            chosen = windows and [None if w is None else left.pop(0) for w in windows]
            return native.resample(x, m, norm=norm, data_format=form, windows=chosen, **rule)

        check_gradients(function, 1 + len(given), x, *given, slope, unknown=number % 3 == 0)


def test_spectral_conv(native: ModuleType) -> None:
    for number, (dtype, sizes, data_format, (mixed, out)) in enumerate(
        pairwise(DTYPES, SIZES, DATA_FORMATS, (((3, 4), 4), ((3,), 3), ((), 3)))
    ):
        n, m = sizes
        modes = tuple(min(each, 3) for each in n)
        pairs = np.float64 if dtype == np.float64 else np.float32
        weights = signal(number, (*modes[:-1], 2, *mixed, 2), np.dtype(pairs))
        x = signal(number, array_shape(2, n, 3, data_format), dtype)
        slope = signal(number + 1, array_shape(2, m, out, data_format), dtype)

        def function(x: Any, weights: Any, m=m, form=data_format) -> Any:
            turned = tf.complex(weights[..., 0], weights[..., 1])
            return native.spectral_conv(x, turned, output_size=m, data_format=form)

        check_gradients(function, 2, x, weights, slope, unknown=number % 3 == 0)


def test_filter(native: ModuleType) -> None:
    """The rank of the response says whether it is shared, for shapes of any kind."""
    for number, (dtype, n, data_format, channels) in enumerate(
        pairwise(DTYPES, ((7, 9), (8,), (4, 5, 6)), DATA_FORMATS, ((), (3,)))
    ):
        real = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        response = signal(number, (*n[:-1], n[-1] // 2 + 1, *channels), real)
        x, slope = (signal(each, array_shape(2, n, 3, data_format), dtype) for each in (2, 3))

        def function(x: Any, response: Any, form=data_format) -> Any:
            return native.filter(x, response, data_format=form)

        check_gradients(function, 2, x, response, slope, unknown=number % 2 == 0)


@pytest.mark.parametrize("padding", ["same", "valid", "circular"])
def test_conv(native: ModuleType, padding: str) -> None:
    for number, (dtype, n, data_format, groups) in enumerate(
        pairwise(DTYPES, ((8, 9), (12,)), DATA_FORMATS, (1, 2, None))
    ):
        taps = (3,) * len(n)
        filters = signal(number, (*taps, 4 // (groups or 1), 2 if groups is None else 6), dtype)
        x = signal(number, array_shape(2, n, 4, data_format), dtype)
        m = tuple(each - 2 for each in n) if padding == "valid" else n
        slope = signal(number, array_shape(2, m, 8 if groups is None else 6, data_format), dtype)

        def function(x: Any, filters: Any, groups=groups, form=data_format) -> Any:
            settings = dict(padding=padding, data_format=form, algorithm="fft")
            if groups is None:
                return native.depthwise_conv(x, filters, **settings)
            return native.conv(x, filters, groups=groups, **settings)

        check_gradients(function, 2, x, filters, slope, unknown=number % 3 == 0)


def test_what_is_composed(native: ModuleType) -> None:
    """To rounding: XLA orders sums anew."""
    x, cutoff = signal(0, (2, 9, 8, 3), F32), np.float32(0.6)

    def soft(kind: str, shape: str) -> Body:
        run = getattr(native, kind)
        return lambda x, cutoff: run(x, cutoff, shape=shape, softness=0.3)

    bodies = [soft(*each) for each in product(("low_pass", "high_pass"), ("radial", "box"))]
    bodies += [
        lambda x, cutoff: native.band_pass(x, cutoff / 2, cutoff, softness=0.2),
        lambda x, cutoff: native.aliasing(x + cutoff * x**2, (4, 3)),
        lambda x, cutoff: native.pool(x * cutoff, (5, 4), boundary="symmetric", windows="hann"),
        lambda x, cutoff: native.responses.resize(x[0, :, :5], (9, 8), (12, 6)) * cutoff,
    ]
    for body in bodies:
        function = with_gradients(body, 2)
        slope = tf.ones_like(body(x, cutoff))
        given = [tf.constant(each) for each in (x, cutoff)]
        specs = [tf.TensorSpec([None] * 4), tf.TensorSpec([]), tf.TensorSpec(slope.shape)]
        for settings in (dict(), dict(input_signature=specs)):
            plain = tf.function(function, **settings)(*given, slope)
            jitted = tf.function(function, jit_compile=True, **settings)(*given, slope)
            for right, actual in zip(plain, jitted, strict=True):
                assert np.abs(actual - right).max() <= 2e-6 * np.abs(right).max()


@pytest.mark.parametrize("taps", [3, 31])
def test_auto_chooses_when_it_is_compiled(native: ModuleType, taps: int) -> None:
    """TensorFlow's kernel and XLA's round differently; unknown shapes have the op that chooses."""
    x, filters = signal(0, (1, 64, 64, 2), F32), signal(1, (taps, taps, 2, 3), F32)
    body = with_gradients(lambda x, f: native.conv(x, f, algorithm="auto"), 2)
    given = [tf.constant(each) for each in (x, filters, signal(2, (1, 64, 64, 3), F32))]
    specs = [tf.TensorSpec([None] * 4, tf.float32)] * 3
    plain = body(*given)
    for settings in ({}, {"input_signature": specs}):
        jitted = tf.function(body, jit_compile=True, **settings)(*given)
        for right, actual in zip(plain, jitted, strict=True):
            assert np.abs(actual - right).max() <= 1e-5 * np.abs(right).max()


def test_a_size_may_be_an_argument(native: ModuleType) -> None:
    x = signal(0, (2, 16, 16, 3), F32)
    pool = tf.function(lambda x, size: native.pool(x, size), jit_compile=True)
    for size in ((8, 8), (5, 16)):
        same(native.pool(x, size), pool(x, tf.constant(size)))
    assert pool.experimental_get_tracing_count() == 1
    half = tf.function(lambda x: native.pool(x, tf.shape(x)[1:3] // 2), jit_compile=True)
    same(native.pool(x, (8, 8)), half(x))


def test_what_has_no_work(native: ModuleType) -> None:
    check(lambda x: native.pool(x, (2, 2)), signal(0, (0, 4, 4, 3), F32), unknown=True)
    check(lambda x: native.resample(x, (4, 4)), signal(0, (2, 4, 4, 3), F32), unknown=True)


def test_calls_in_one_program_share_threads(native: ModuleType) -> None:
    def body(x: tf.Tensor) -> tf.Tensor:
        return tf.add_n([native.resample(x * float(i), (33, 20)) for i in range(1, 9)])

    check(body, signal(0, (8, 64, 64, 4), F32))


def test_loops(native: ModuleType) -> None:
    x = signal(0, (5, 9, 3), F32)

    def repeat(x: tf.Tensor) -> tf.Tensor:
        return tf.while_loop(
            lambda i, _: i < 4,
            lambda i, y: (i + 1, native.resample(y, 9, windows=[tf.linspace(1.0, 0.5, 5)])),
            [0, x],
        )[1]

    check(repeat, x)
    check(lambda x: tf.vectorized_map(lambda one: native.pool(one[tf.newaxis], 4)[0], x), x)


def test_errors_are_ours(native: ModuleType) -> None:
    pool = tf.function(lambda x, size: native.pool(x, size), jit_compile=True)
    x = tf.zeros([1, 8, 8, 1])
    for size, text in (((9, 4), r"output_size\[0\]: 9"), ((4, 0), r"output_size\[1\]: 0")):
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            pool(x, tf.constant(size))

    # The rule of a filter is the op's: XLA leaves assertions out.
    specs = [tf.TensorSpec([None] * 4), tf.TensorSpec([None] * 2)]
    graph = tf.function(native.filter, input_signature=specs, jit_compile=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"response: shape \[8, 4\]; allowed"):
        graph(x, tf.ones([8, 4]))

    @tf.function(jit_compile=True)
    def masked(x: tf.Tensor) -> tf.Tensor:
        return native.pool(tf.boolean_mask(x, x[:, 0, 0, 0] > 0), (4, 4))

    with pytest.raises((tf.errors.UnimplementedError, tf.errors.InvalidArgumentError)):
        masked(x)


def test_keras_trains_compiled(native: ModuleType) -> None:
    keras = pytest.importorskip("keras", minversion="3")
    losses = []
    for jit in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [
                keras.Input((12, 12, 1)),
                native.layers.FFTConv2D(4, 5, activation="relu"),
                native.layers.SpectralPooling2D(strides=1.5),
                native.layers.SpectralConv2D(3, 3),
                keras.layers.GlobalAveragePooling2D(),
            ]
        )
        assert all(layer.supports_jit for layer in model.layers)
        model.compile("sgd", "mse", jit_compile=jit)
        x, y = signal(0, (16, 12, 12, 1), F32), signal(1, (16, 3), F32)
        losses.append(model.fit(x, y, epochs=2, batch_size=8, verbose=0).history["loss"])
    assert np.allclose(*losses, rtol=1e-5)


def test_a_second_copy_does_not_end_the_process(native: ModuleType, tmp_path: Path) -> None:
    """Another folder with the same libraries, opened by hand."""
    printed = output_with_tensorflow(
        f"""
        import shutil, tensorflow as tf
        from pathlib import Path
        import spectral_ops as so
        first = Path(so.build_info()["library"]).parent
        for path in first.glob("*.so"):
            shutil.copy(path, {str(tmp_path)!r})
        (second,) = Path({str(tmp_path)!r}).glob("_spectral_ops_jit_*.so")
        tf.load_library(str(second))
        pool = tf.function(lambda x: so.pool(x, 4), jit_compile=True)
        print(float(tf.reduce_max(tf.abs(pool(tf.ones([1, 8, 1])) - 1))) < 1e-6)
        """,
        tmp_path,
    )
    assert printed.split()[-1] == "True"
