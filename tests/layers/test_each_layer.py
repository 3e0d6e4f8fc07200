"""What one kind of layer promises beyond the others."""

from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from samples import same_bits

from spectral_ops import layers, low_pass, resample

STRIDES = (1, 1.4, 2, 2.5, 4 / 3, 1.1, np.float32(1.7), Fraction(22, 7), 3.333, 100)


def test_strides_are_exact() -> None:
    """ceil(n / stride) in integers, the same where n is known only when the graph runs."""
    assert layers.SpectralPooling1D(strides=1.4).compute_output_shape((1, 21, 1)) == (1, 15, 1)
    for stride in STRIDES:
        layer = layers.SpectralPooling1D(strides=stride)
        ratio = Fraction(float(stride)).limit_denominator(1000)
        again = layers.SpectralPooling1D.from_config(layer.get_config())
        graph = tf.function(layer, input_signature=[tf.TensorSpec([1, None, 1])])
        for n in (1, 2, 5, 7, 14, 20, 21, 22, 63, 64, 700, 1001):
            m = -(-n * ratio.denominator // ratio.numerator)
            x = tf.ones((1, n, 1))
            for each in (layer, again):
                assert each.compute_output_shape(x.shape) == (1, m, 1)
            assert layer(x).shape == (1, m, 1)
            assert graph(x).shape == (1, m, 1)
        assert graph.experimental_get_tracing_count() == 1


def test_strides_of_average_pooling() -> None:
    """The shapes of "same" pooling for whole strides."""
    for n in range(1, 12):
        for stride in (1, 2, 3, 5):
            rival = keras.layers.AveragePooling1D(stride, padding="same")
            shape = rival.compute_output_shape((2, n, 3))
            assert layers.SpectralPooling1D(strides=stride).compute_output_shape((2, n, 3)) == shape


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_stands_where_kerass_convolution_does(rank: int) -> None:
    """The same weights give the same result; the arguments have the same order."""
    x = np.random.default_rng(0).standard_normal((2, *(9, 8, 7)[:rank], 4)).astype("f")
    ours, rivals = getattr(layers, f"FFTConv{rank}D"), getattr(keras.layers, f"Conv{rank}D")
    for padding in ("valid", "same"):
        given = (6, 3, 1, padding, "channels_last", 1, 1, "tanh", True, "he_normal")
        layer, rival = ours(*given), rivals(*given)
        expected = rival(x).numpy()
        layer.build(x.shape)
        layer.set_weights(rival.get_weights())
        assert np.allclose(layer(x), expected, atol=1e-5)
        assert layer.compute_output_shape(x.shape) == rival.compute_output_shape(x.shape)
    if rank < 3:
        ours = getattr(layers, f"FFTDepthwiseConv{rank}D")
        rivals = getattr(keras.layers, f"DepthwiseConv{rank}D")
        settings = dict(depth_multiplier=2, padding="same", activation="relu")
        layer, rival = ours(3, **settings), rivals(3, **settings)
        expected = rival(x).numpy()
        layer.build(x.shape)
        layer.set_weights(rival.get_weights())
        assert np.allclose(layer(x), expected, atol=1e-5)


def test_a_spectrum_begins_where_its_initializer_would() -> None:
    """With the gradient of the filters, transformed: the map is an isometry."""
    x = np.random.default_rng(0).standard_normal((2, 9, 8, 3)).astype("f")
    made, slopes = [], []
    for parametrization in ("spatial", "spectral"):
        initializer = keras.initializers.HeNormal(seed=5)
        settings = dict(kernel_initializer=initializer, parametrization=parametrization)
        layer = layers.FFTConv2D(4, (3, 4), use_bias=False, **settings)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        made.append(tf.convert_to_tensor(layer.kernel).numpy())
        slopes.append(tape.gradient(loss, layer.trainable_variables)[0].numpy())
    assert np.allclose(made[0], made[1], atol=1e-6)
    assert np.isclose(np.linalg.norm(slopes[0]), np.linalg.norm(slopes[1]), rtol=1e-4)
    assert not np.allclose(slopes[0], slopes[1])


def test_regularizer_and_constraint_act() -> None:
    x = np.ones((1, 5, 5, 2), "f")
    settings = dict(kernel_regularizer="l2", kernel_constraint="max_norm", bias_regularizer="l1")
    for layer in (layers.FFTConv2D(3, 3, **settings), layers.SpectralConv2D(3, 3, **settings)):
        layer(x, training=True)
        assert len(layer.losses) == 2
        assert layer.trainable_weights[0].constraint is not None


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_global_filter_serves_other_resolutions(rank: int) -> None:
    """By the same frequencies: of an image that both hold, the same image, finer or coarser."""
    kind = getattr(layers, f"GlobalFilter{rank}D")
    n, m = (7, 9, 5)[:rank], (9, 13, 8)[:rank]
    x = np.random.default_rng(0).standard_normal((2, *n, 3)).astype("f")
    layer = kind()
    y = layer(x).numpy()
    fine = resample(x, m)
    assert layer(fine).shape == fine.shape
    assert np.allclose(layer(fine), resample(y, m), atol=1e-6)
    graph = tf.function(layer, input_signature=[tf.TensorSpec([None] * (rank + 1) + [3])])
    for given in (x, fine):
        assert np.allclose(graph(given), layer(given), atol=1e-6)
    assert graph.experimental_get_tracing_count() == 1
    sized = kind(size=n)
    sized.build((None, *[None] * rank, 3))
    sized.set_weights(layer.get_weights())
    assert same_bits(sized(x).numpy(), y)


def test_a_global_filter_is_gfnets() -> None:
    """`irfft2(rfft2(x, norm="ortho") * weight, norm="ortho")`, with its initial weights."""
    x = np.random.default_rng(1).standard_normal((2, 14, 14, 16)).astype("f")
    layer = layers.GlobalFilter2D()
    y = layer(x).numpy()
    weight = layer.get_weights()[0].astype(np.float64)
    assert weight.shape == (14, 8, 16, 2) and 0.018 < weight.std() < 0.022
    spectrum = np.fft.rfft2(x.astype(np.float64), axes=(1, 2), norm="ortho")
    spectrum *= weight[..., 0] + 1j * weight[..., 1]
    expected = np.fft.irfft2(spectrum, (14, 14), axes=(1, 2), norm="ortho")
    assert np.linalg.norm(y - expected) <= 1e-6 * np.linalg.norm(expected)


def band_limited(cutoff: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise, and what of it lies below a cutoff."""
    x = np.random.default_rng(2).standard_normal((count, 64, 1)).astype("f")
    return x, low_pass(x, cutoff, softness=0.2).numpy()


def test_a_cutoff_is_learned() -> None:
    x, y = band_limited(0.55, 64)
    layer = layers.FrequencyFilter1D("low", 0.9, softness=0.2, learned=True)
    model = keras.Sequential([keras.Input((64, 1)), layer])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(x, y, epochs=100, batch_size=64, verbose=0)
    assert abs(layer.get_weights()[0][0] - 0.55) <= 0.01


def test_cutoffs_stay_in_their_range() -> None:
    """Whatever an optimizer does; those of a band in order."""
    x = tf.constant(np.random.default_rng(3).standard_normal((2, 8, 6, 2)), tf.float32)
    for kind, cutoff, most, shape in (
        ("low", 0.5, 2**0.5, "radial"),
        ("high", 0.5, 1.0, "box"),
        ("band", (0.3, 0.6), 2**0.5, "radial"),
        ("band", (0.3, 0.6), 1.0, "box"),
    ):
        layer = layers.FrequencyFilter2D(kind, cutoff, shape=shape, softness=0.1, learned=True)
        layer(x)
        (weight,) = layer.trainable_variables
        optimizer = keras.optimizers.SGD(1.0)
        for step in ([-100.0, -50.0], [50.0, 100.0], [100.0, -100.0], [-100.0, 100.0], [0.0, 0.0]):
            optimizer.apply([tf.constant(step[: weight.shape[0]])], [weight])
            values = weight.numpy()
            assert (values > 0).all() and (values <= np.float32(most)).all()
            assert (np.diff(values) > 0).all()
            assert np.isfinite(layer(x)).all()


def test_strides_are_learned() -> None:
    """From what is left of a signal, how much of it there was to leave."""
    keras.utils.set_random_seed(0)
    x, y = band_limited(0.4, 64)
    layer = layers.DiffStride1D(1.5, smoothness=2.0)
    model = keras.Sequential([keras.Input((64, 1)), layer, layers.SpectralResampling1D(64)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    assert not model.jit_compile
    first = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=40, batch_size=64, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.2 * first
    assert 2 < layer.get_weights()[0][0] < 3  # half of the spectrum passes at 64/2 - 2 * 2


def test_strides_stay_within_their_limits() -> None:
    x = np.random.default_rng(4).standard_normal((2, 24, 20, 1)).astype("f")
    layer = layers.DiffStride2D(2, lower_limit=1.2, upper_limit=3)
    layer(x)
    (weight,) = layer.trainable_variables
    optimizer = keras.optimizers.SGD(1.0)
    for step, expected in (([-9.0, 9.0], (3, 1.2)), ([9.0, -9.0], (1.2, 3))):
        optimizer.apply([tf.constant(step)], [weight])
        assert np.allclose(weight.numpy(), expected)


@pytest.mark.parametrize("n", [5, 8, 9, 40])
def test_a_stride_of_1_can_be_left(n: int) -> None:
    """Where the mask would end beyond the spectrum, there is a gradient still, and no shrinking."""
    x = tf.constant(np.random.default_rng(5).standard_normal((2, n, 3)), tf.float32)
    layer = layers.DiffStride1D(1)
    with tf.GradientTape() as tape:
        y = layer(x)
        loss = tf.reduce_sum(y**2)
    (slope,) = tape.gradient(loss, layer.trainable_variables)
    assert y.shape == x.shape
    assert slope.numpy()[0] < 0  # more stride, less energy


def test_a_regularizer_sees_the_strides() -> None:
    layer = layers.DiffStride2D((2, 4), strides_regularizer=keras.regularizers.L1(0.5))
    layer(np.ones((1, 16, 16, 1), np.float32))
    assert np.isclose(layer.losses[0], 3.0)


def test_what_comes_after_learned_strides() -> None:
    """Takes any size: a convolution and a global pooling do."""
    model = keras.Sequential(
        [
            keras.Input((20, 24, 3)),
            layers.FFTConv2D(4, 3, padding="same", activation="relu"),
            layers.DiffStride2D((2, 3)),
            layers.FFTConv2D(4, 3, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )
    assert model.layers[1].output.shape == (None, None, None, 4)
    model.compile("adam", "mse")
    rng = np.random.default_rng(6)
    x, y = rng.standard_normal((8, 20, 24, 3)), rng.standard_normal((8, 1))
    before = model.get_weights()
    losses = model.fit(x, y, batch_size=4, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert all(np.any(a != b) for a, b in zip(model.get_weights(), before, strict=True))


@pytest.mark.parametrize("kind", ["SpectralPooling2D", "SpectralResampling2D"])
def test_flips_commute_with_centered_and_symmetric_layers(kind: str) -> None:
    """So that augmentation by flips is exact; where sample 0 stays it is not."""
    x = np.random.default_rng(7).standard_normal((1, 12, 9, 2)).astype("f")
    for settings, exact in (
        (dict(alignment="center"), True),
        (dict(boundary="symmetric"), True),
        ({}, False),
    ):
        layer = getattr(layers, kind)((5, 6), **settings)
        flipped = layer(x[:, :, ::-1])[:, :, ::-1]
        assert np.allclose(flipped, layer(x), atol=1e-6) == exact


def test_named_windows_of_a_layer_fit_any_input() -> None:
    """They are made for each size; numbers are for one."""
    layer = layers.SpectralPooling1D(strides=2, windows=("tukey", 0.5))
    assert layer.get_config()["windows"] == (("tukey", 0.5),)
    again = layers.SpectralPooling1D.from_config(layer.get_config() | {"windows": ["tukey", 0.5]})
    for n in (8, 13):
        x = np.random.default_rng(n).standard_normal((2, n, 3)).astype("f")
        assert same_bits(layer(x).numpy(), again(x).numpy())
        assert not np.allclose(layer(x), layers.SpectralPooling1D(strides=2)(x), atol=1e-3)


def test_dropout_is_the_identity_but_in_training() -> None:
    layer = layers.FrequencyDropout2D(0.2)
    x = tf.random.normal((2, 9, 8, 3))
    assert same_bits(layer(x).numpy(), x.numpy())
    assert same_bits(layer(x, training=False).numpy(), x.numpy())
    everything = layers.FrequencyDropout2D(1)(x, training=True)
    assert np.allclose(everything, x, atol=1e-5)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_dropout_keeps_the_low_band(known: bool) -> None:
    """One cutoff a call, for every axis, image and channel; nothing is traced again."""
    n, least = (31, 40), 0.25
    x = np.random.default_rng(0).standard_normal((2, *n, 3)).astype("f")
    layer = layers.FrequencyDropout2D(least, seed=1)
    shape = x.shape if known else [None] * 4
    spec = tf.TensorSpec([*shape[:-1], 3])
    graph = tf.function(lambda x: layer(x, training=True), input_signature=[spec])
    spectrum = np.fft.fft2(x, axes=(1, 2))
    fractions = [np.abs(np.fft.fftfreq(size)) * 2 for size in n]
    kept_of = []
    for _ in range(8):
        y = np.fft.fft2(graph(tf.constant(x)).numpy(), axes=(1, 2))
        kept = np.abs(y) > 1e-2 * np.abs(spectrum)
        assert (kept == kept[:1, :, :, :1]).all()
        along = [kept[0, :, 0, 0], kept[0, 0, :, 0]]
        below = max(fractions[axis][along[axis]].max() for axis in (0, 1))
        above = min(fractions[axis][~along[axis]].min(initial=2) for axis in (0, 1))
        assert least - 0.07 <= below < above  # some c lies between, the same for both axes
        box = np.logical_and.outer(fractions[0] <= below, fractions[1] <= below)
        assert np.array_equal(kept[0, :, :, 0], box)
        assert np.allclose(y[:, box], spectrum[:, box], atol=1e-2)
        kept_of.append(box.sum())
    assert len(set(kept_of)) > 3
    assert graph.experimental_get_tracing_count() == 1


def test_dropout_with_a_seed_repeats() -> None:
    x = tf.random.normal((2, 33, 3))
    runs = []
    for _ in range(2):
        layer = layers.FrequencyDropout1D(0.1, seed=7)
        runs.append([layer(x, training=True).numpy() for _ in range(4)])
    assert all(same_bits(a, b) for a, b in zip(*runs, strict=True))
    assert not same_bits(runs[0][0], runs[0][1])
