"""Every layer: what it computes, its shapes, policies and layouts, and its place in a model."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from samples import same_bits

from layers.cases import CASES, Case, channels_first, channels_last
from spectral_ops import layers
from spectral_ops.ops import has_xla

POLICIES = ("mixed_float16", "mixed_bfloat16", "float16", "float64")

every_layer = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def test_no_layer_is_left_out() -> None:
    made = {type(case.layer()).__name__ for case in CASES.values()}
    assert made == set(layers.__all__)


@every_layer
def test_is_the_function(case: Case) -> None:
    """To the last bit, alone and inside tf.function."""
    layer, x = case.layer(), tf.constant(case.input())
    y = layer(x)
    for weight in layer.weights:  # biases and windows are not what they were at first
        if weight.dtype == "float32":
            weight.assign(weight + 0.1)
    y = layer(x)
    assert np.abs(y.numpy()).max() > 0
    expected = case.expected(layer, x).numpy()
    assert same_bits(y.numpy(), expected)
    assert same_bits(tf.function(layer)(x).numpy(), expected)


@every_layer
def test_shapes(case: Case) -> None:
    """Symbolic, with sizes that are known or not; the model gives the layer's own bits."""
    x = case.input()
    layer = case.layer()
    y = layer(x).numpy()
    assert case.knows(layer.compute_output_shape(x.shape), y.shape)
    assert case.knows(layer.compute_output_spec(keras.KerasTensor(x.shape)).shape, y.shape)
    known = keras.Input(case.shape)
    assert case.knows(layer(known).shape[1:], y.shape[1:])
    shape = (*[None] * (len(case.shape) - 1), case.shape[-1])
    unknown = keras.Input(shape)
    inferred = layer(unknown).shape
    assert len(inferred) == y.ndim and inferred[-1] == y.shape[-1]
    for n, m, given in zip(inferred, y.shape, (None, *shape), strict=True):
        assert n in (m, None) or given is not None
    for symbol in (known, unknown):
        model = keras.Model(symbol, layer(symbol))
        assert same_bits(model.predict(x, verbose=0), y)
        assert not model(x[:0]).numpy().size


@every_layer
@pytest.mark.parametrize("policy", POLICIES)
def test_policies(case: Case, policy: str) -> None:
    """The result has the policy's type, and what no policy may round is not rounded."""
    layer, x = case.layer(dtype=policy), case.input(np.float64)
    with tf.GradientTape() as tape:
        y = layer(x, training=True)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) ** 2)
    assert y.dtype.name == layer.compute_dtype
    assert layer(keras.Input(case.shape, dtype="float64")).dtype == layer.compute_dtype
    slopes = tape.gradient(loss, layer.trainable_variables)
    for weight, slope in zip(layer.trainable_variables, slopes, strict=True):
        assert np.isfinite(slope.numpy()).all()
        wide = weight.name.startswith(("window", "spectrum", "response", "cutoff", "strides"))
        wide |= "SpectralConv" in str(type(layer))
        wide |= weight.name in ("analysis", "synthesis")
        if wide and weight.name != "bias":
            assert weight.dtype == ("float64" if policy == "float64" else "float32")
    if "Dropout" not in type(layer).__name__:
        same = case.layer()
        same.build(x.shape)
        same.set_weights(layer.get_weights())
        bound = dict(float64=1e-6, float32=1e-6, float16=1e-2, bfloat16=6e-2)[layer.compute_dtype]
        expected = same(x).numpy()
        error = np.abs(np.asarray(y, np.float64) - expected).max()
        assert error <= bound * max(1, np.abs(expected).max())


@every_layer
def test_integers(case: Case) -> None:
    """As the symbolic type says: pixels become the layer's own type, half or not."""
    pixels = np.random.default_rng(0).integers(0, 256, (2, *case.shape)).astype(np.uint8)
    for policy in ("float32", "mixed_float16"):
        layer = case.layer(dtype=policy)
        symbol = keras.Input(case.shape, dtype="uint8")
        model = keras.Model(symbol, layer(symbol))
        y = model(pixels)
        assert y.dtype.name == model.output.dtype == layer.compute_dtype
        assert same_bits(y.numpy(), layer(pixels.astype(layer.compute_dtype)).numpy())


@every_layer
def test_channels_first(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for, and as Keras is configured."""
    layer, x = case.layer(), case.input()
    y = layer(x).numpy()
    keras.config.set_image_data_format("channels_first")
    try:
        configured = case.layer()
    finally:
        keras.config.set_image_data_format("channels_last")
    assert configured.data_format == "channels_first"
    for other in (configured, case.layer(data_format="channels_first")):
        turned = channels_first(x)
        other.build(turned.shape)
        other.set_weights(layer.get_weights())
        given = other(turned)
        assert case.knows(other.compute_output_shape(turned.shape), given.shape)
        assert np.allclose(channels_last(given), y, atol=1e-5)


@every_layer
def test_configuration(case: Case) -> None:
    """A layer of another's config is the same layer; a model can be cloned."""
    layer = case.layer()
    x = case.input()
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    model = keras.Sequential([keras.Input(case.shape), layer])
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert same_bits(clone(x).numpy(), model(x).numpy())


@every_layer
@pytest.mark.parametrize("steps", [3, None])
def test_time_distributed(case: Case, steps: int | None) -> None:
    layer = case.layer()
    x = np.stack([case.input() * scale for scale in (1, 2, 3)], 1)
    symbol = keras.Input((steps, *case.shape))
    model = keras.Model(symbol, keras.layers.TimeDistributed(layer)(symbol))
    y = model(x)
    assert y.shape[1] == 3
    assert case.knows(layer.compute_output_shape(x[:, 0].shape), (len(y), *y.shape[2:]))
    for step in range(3):
        expected = layer(x[:, step]).numpy()
        assert np.allclose(y[:, step], expected, atol=1e-5 * np.abs(expected).max())


class Devices:
    """A machine that lists a GPU, where Keras compiles with XLA by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listed = tf.config.list_physical_devices
        gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda *a: [*listed(*a), gpu])


def small_model() -> Any:
    """Every two-dimensional layer that trains, or whose function another is."""
    return keras.Sequential(
        [
            keras.Input((16, 12, 3)),
            layers.FFTConv2D(4, 5, padding="same", activation="relu"),
            layers.SpectralPooling2D(strides=1.4, windows="learned"),
            layers.FrequencyDropout2D(0.3, seed=0),
            layers.GlobalFilter2D(),
            layers.FrequencyFilter2D("band", (0.3, 0.9), softness=0.5, learned=True),
            layers.FFTDepthwiseConv2D(3, parametrization="spectral"),
            layers.SpectralConv2D(4, 5, activation="relu", kernel_regularizer="l2"),
            layers.SpectralResampling2D(4, boundary="symmetric", windows="learned"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("gpu", [False, True], ids=["cpu", "a GPU is listed"])
def test_fit(policy: str, gpu: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Keras' own choice of compilation, and every weight moves."""
    if gpu:
        Devices(monkeypatch)
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        model = small_model()
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile("adam", "mse")
    assert model.jit_compile == (gpu and has_xla())
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((8, 16, 12, 3)), rng.standard_normal((8, 1))
    before = model.get_weights()
    losses = model.fit(x, y, batch_size=8, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    moved = [np.any(a != b) for a, b in zip(model.get_weights(), before, strict=True)]
    assert all(moved)
    assert np.isfinite(model.evaluate(x, y, verbose=0))


def test_a_spectral_convolution_learns() -> None:
    """The derivative of a signal, which Fourier modes give exactly; pairs serve Adam."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    modes = np.fft.rfftfreq(32, 1 / 32)[:6]
    spectra = rng.standard_normal((64, 6)) + 1j * rng.standard_normal((64, 6))
    spectra[:, 0] = 0
    x = np.fft.irfft(spectra, 32)
    y = np.fft.irfft(spectra * 1j * modes, 32)
    model = keras.Sequential([keras.Input((32, 1)), layers.SpectralConv1D(1, 10)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(x[..., None], y[..., None], epochs=60, batch_size=64, verbose=0)
    error = model.predict(x[..., None], verbose=0)[..., 0] - y
    assert np.linalg.norm(error) <= 0.05 * np.linalg.norm(y)
