"""`tf.vectorized_map` and jacobians: the iterations in one call, with the results of a loop."""

import logging
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from samples import RULES, signal, weights_for

F32 = np.dtype(np.float32)
LOOP = 3
Body = Callable[..., Any]


def mapped(body: Body, given: Sequence[Any], stacked: Sequence[bool], **settings: Any) -> Any:
    """`body` of each iteration's tensors, where only those that are stacked change."""
    changing = [each for each, yes in zip(given, stacked, strict=True) if yes]

    def run(elements: Sequence[tf.Tensor]) -> Any:
        left = list(elements)
        arguments = [
            left.pop(0) if yes else each[0] for each, yes in zip(given, stacked, strict=True)
        ]
        return body(*arguments)

    return tf.vectorized_map(run, tuple(changing), **settings)


def check(
    body: Body,
    given: Sequence[Any],
    stacked: Sequence[bool],
    bound: float,
    *,
    unknown: bool = True,
) -> None:
    """Without a fallback, `unknown` in a graph of unknown sizes, too; `bound` 0: the same bits."""
    given = [tf.constant(each) for each in given]
    expected = [
        body(*[each[i if yes else 0] for each, yes in zip(given, stacked, strict=True)])
        for i in range(LOOP)
    ]
    expected = [np.stack(each) for each in zip(*map(tf.nest.flatten, expected), strict=True)]
    specs = [tf.TensorSpec([LOOP, *[None] * (t.shape.rank - 1)], t.dtype) for t in given]
    settings = dict(fallback_to_while_loop=False)
    graph = tf.function(lambda *t: mapped(body, t, stacked, **settings), input_signature=specs)
    runs = [lambda: mapped(body, given, stacked, **settings)]
    if unknown:
        runs.append(lambda: graph(*given))
    for run in runs:
        y = run()
        for actual, right in zip(tf.nest.flatten(y), expected, strict=True):
            assert actual.shape == right.shape
            error = np.abs(actual.numpy() - right).max()
            assert error <= bound * np.abs(right).max()


def with_gradients(function: Body) -> Body:
    """The result of a function of two tensors, its gradients, and theirs."""

    def body(a: tf.Tensor, b: tf.Tensor, g: tf.Tensor) -> Any:
        with tf.GradientTape() as outer:
            outer.watch([a, b])
            with tf.GradientTape() as tape:
                tape.watch([a, b])
                y = function(a, b)
            slopes = tape.gradient(y, [a, b], g)
        return [y, *slopes, *outer.gradient(slopes, [a, b])]

    return body


ALL = [(True, False, False), (False, True, False), (False, False, True), (True, False, True)]
ALL += [(True, True, True)]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_resample(native: ModuleType, data_format: str) -> None:
    last = data_format == "channels_last"
    x = signal(0, (LOOP, 2, 9, 8, 4) if last else (LOOP, 2, 4, 9, 8), F32)
    for function, size, rule in (
        (native.pool, (5, 6), RULES[0]),
        (native.resample, (4, 11), RULES[1]),
        (native.resample, (5, 11), RULES[2]),
    ):
        window = signal(1, (5 if "boundary" in rule else size[0] // 2 + 1,), F32)
        settings = dict(rule, windows=[window, None], data_format=data_format)

        def body(
            x: tf.Tensor, function: Body = function, size: Any = size, settings: Any = settings
        ) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x, size, **settings)
            return y, tape.gradient(y, x, y)

        check(body, [x], [True], 0)


@pytest.mark.parametrize("channels", [(3, 2), (3,), ()], ids=["dense", "separable", "shared"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_spectral_conv(native: ModuleType, channels: Any, data_format: str) -> None:
    last = data_format == "channels_last"
    x = signal(0, (LOOP, 2, 9, 8, 3) if last else (LOOP, 2, 3, 9, 8), F32)
    weights = weights_for(1, (LOOP, 4, 3), channels, F32)
    out = channels[-1] if channels else 3
    g = signal(2, (LOOP, 2, 5, 6, out) if last else (LOOP, 2, out, 5, 6), F32)
    settings = dict(output_size=(5, 6), data_format=data_format)

    def function(x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        return native.spectral_conv(x, weights, **settings)

    for stacked in ALL[:2]:
        check(lambda x, w, g: function(x, w), [x, weights, g], stacked, 0)
    if len(channels) < 2:
        for stacked in ALL:  # TensorFlow vectorizes no gradient of a cond: no weights that are cut
            body = with_gradients(function)
            check(body, [x, weights, g], stacked, 1e-6, unknown=not stacked[1])
    else:  # the gradient of the weights alone, of one side that changes
        for stacked in ALL[:3]:
            body = with_gradients(function)
            first = lambda *a, body=body: body(*a)[1:3]  # noqa: E731
            check(first, [x, weights, g], stacked, 1e-6, unknown=not stacked[1])


@pytest.mark.parametrize("channels", [(3,), ()], ids=["each", "shared"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_filter(native: ModuleType, channels: Any, data_format: str) -> None:
    """Both gradients come from one op, which becomes two."""
    last = data_format == "channels_last"
    x, g = (signal(i, (LOOP, 2, 8, 6, 3) if last else (LOOP, 2, 3, 8, 6), F32) for i in (0, 2))
    response = weights_for(1, (LOOP, 8, 4), channels, F32)

    def function(x: tf.Tensor, response: tf.Tensor) -> tf.Tensor:
        return native.filter(x, response, data_format=data_format)

    for stacked in ALL:
        check(with_gradients(function), [x, response, g], stacked, 1e-6, unknown=not stacked[1])


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_wavelets(native: ModuleType, data_format: str) -> None:
    """There and back, with the gradients, in the batch."""
    last = data_format == "channels_last"
    x = signal(0, (LOOP, 2, 9, 8, 3) if last else (LOOP, 2, 3, 9, 8), F32)
    for mode in ("symmetric", "periodization", "smooth"):

        def body(x: tf.Tensor, mode: str = mode) -> Any:
            how = dict(mode=mode, data_format=data_format)
            with tf.GradientTape() as tape:
                tape.watch(x)
                bands = native.dwt(x, "db3", **how)
                y = native.idwt(bands, "db3", output_size=(9, 8), **how)
                still = native.swt(y, "db3", 2, data_format=data_format)
                again = native.iswt(still, "db3", data_format=data_format)
            return bands, y, *still, again, tape.gradient(again, x, x)

        check(body, [x], [True], 0)


CONVOLUTIONS = [  # (groups, 0: depthwise; channels of x, of filters)
    (1, 4, (4, 3)),
    (2, 4, (2, 6)),
    (0, 4, (4, 2)),
]


@pytest.mark.parametrize(("groups", "inputs", "channels"), CONVOLUTIONS)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_conv(
    native: ModuleType, groups: int, inputs: int, channels: Any, data_format: str
) -> None:
    last = data_format == "channels_last"
    out = channels[1] if groups else inputs * channels[1]
    x = signal(0, (LOOP, 2, 9, 8, inputs) if last else (LOOP, 2, inputs, 9, 8), F32)
    filters = signal(1, (LOOP, 3, 4, *channels), F32)
    g = signal(2, (LOOP, 2, 9, 8, out) if last else (LOOP, 2, out, 9, 8), F32)
    settings: dict[str, Any] = dict(data_format=data_format, algorithm="fft", padding="circular")

    def function(x: tf.Tensor, filters: tf.Tensor) -> tf.Tensor:
        if not groups:
            return native.depthwise_conv(x, filters, **settings)
        return native.conv(x, filters, groups=groups, **settings)

    for stacked in ALL:
        check(with_gradients(function), [x, filters, g], stacked, 2e-5)


class Log(logging.Handler):
    """What TensorFlow says."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def test_what_fits_nowhere_is_looped_without_a_warning(native: ModuleType) -> None:
    x, window = signal(0, (LOOP, 2, 9, 3), F32), signal(1, (LOOP, 3), F32)
    weights = weights_for(2, (LOOP, 3), (3, 2), F32)
    bodies: list[tuple[Body, list[np.ndarray]]] = [
        (lambda x, w: native.pool(x, 5, windows=[w]), [x, window]),
        (lambda x, w: native.spectral_conv(x, w), [x, weights]),
        (lambda x, f: native.dwt(x, f), [x, signal(3, (LOOP, 2, 4), F32)]),
    ]
    log = Log()
    tf.get_logger().addHandler(log)
    try:
        for body, given in bodies:
            y = mapped(body, [tf.constant(each) for each in given], [True, True])
            expected = [body(*[each[i] for each in given]).numpy() for i in range(LOOP)]
            assert np.allclose(y, expected, atol=1e-6)
            assert not log.said
            with pytest.raises(ValueError, match="iteration"):
                mapped(body, given, [True, True], fallback_to_while_loop=False)
            log.said.clear()
    finally:
        tf.get_logger().removeHandler(log)


def test_what_is_composed(native: ModuleType) -> None:
    """In the batch of the ops that they are made of."""
    x = signal(0, (LOOP, 2, 9, 8, 3), F32)
    bodies: list[Body] = [
        lambda x: native.waverec(native.wavedec(x, "db2", level=2), "db2"),
        lambda x: native.wavelet_packets(x, "haar", 2),
        lambda x: native.wavelet_pool(x, "db2"),
        lambda x: native.wavelet_denoise(x, "db2", level=2),
        lambda x: native.low_pass(x, 0.5, softness=0.2),
        lambda x: native.high_pass(x, 0.5, shape="box"),
        lambda x: native.aliasing(x, (4, 4)),
        lambda x: native.pool(x, (4, 4), boundary="symmetric", windows="hamming"),
    ]
    for body in bodies:

        def with_slope(x: tf.Tensor, body: Body = body) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = body(x)
            return y, tape.gradient(y, x, y)

        check(with_slope, [x], [True], 2e-6)


def test_jacobians(native: ModuleType) -> None:
    """Those of a loop, for every function and parameter; per-example gradients."""
    x = tf.constant(signal(0, (2, 6, 3), np.float64))
    window = tf.constant(signal(1, (3,), np.float64))
    filters = tf.constant(signal(2, (3, 3, 2), np.float64))
    weights = tf.constant(weights_for(3, (3,), (3, 2), np.float64))
    pairs = tf.stack([tf.math.real(weights), tf.math.imag(weights)], -1)
    cutoff = tf.constant(0.5, tf.float64)
    bank = tf.constant(signal(4, (2, 4), np.float64))
    calls: list[tuple[Body, tf.Tensor]] = [
        (lambda x, w: native.pool(x, 4, windows=[w]), window),
        (lambda x, f: native.conv(x, f, algorithm="fft"), filters),
        (lambda x, f: native.depthwise_conv(x, f, algorithm="fft"), filters),
        (lambda x, w: native.spectral_conv(x, w), pairs),
        (lambda x, c: native.low_pass(x, c, softness=0.6), cutoff),
        (lambda x, f: tf.reshape(native.dwt(x, f), (2, 8, 3)), bank),
    ]
    for call, parameter in calls:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, parameter])
            y = call(x, parameter)
        for source in (x, parameter):
            fast = tape.jacobian(y, source)
            loop = tape.jacobian(y, source, experimental_use_pfor=False)
            assert np.allclose(fast, loop, atol=1e-12)
        batch = tape.batch_jacobian(y, x)
        full = tape.jacobian(y, x, experimental_use_pfor=False)
        assert np.allclose(batch, np.einsum("biojn->biojn", [full[b, :, :, b] for b in range(2)]))
