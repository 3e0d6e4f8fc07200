"""What one kind of layer promises beyond the others."""

from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from samples import same_bits

from spectral_ops import layers

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
