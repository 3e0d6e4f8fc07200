"""What layers refuse: when they are made or built, naming the layer, the argument and its value."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from refusals import check_refused

from spectral_ops import layers

NAN = float("nan")
Row = tuple[Callable[[], Any], Any, tuple[str, ...]]  # what to call, error, fragments


def layer(kind: str, *given: Any, **settings: Any) -> Any:
    return getattr(layers, kind)(*given, name="mine", **settings)


MADE: list[tuple[str, tuple[Any, ...], dict[str, Any], Any, tuple[str, ...]]] = [
    ("SpectralPooling2D", (), {}, ValueError, ("output_size: None", "strides: None", "one of")),
    ("SpectralPooling2D", (4, 2), {}, ValueError, ("output_size: 4", "strides: 2", "one of")),
    ("SpectralPooling2D", (0,), {}, ValueError, ("output_size: 0", "1 to 16777216")),
    ("SpectralPooling2D", ((4, 4, 4),), {}, ValueError, (r"output_size: \(4, 4, 4\)", "2 of them")),
    ("SpectralPooling2D", ("4",), {}, TypeError, ("output_size: '4'", "int")),
    ("SpectralPooling2D", (True,), {}, TypeError, ("output_size: True", "int")),
    ("SpectralPooling2D", (4.0,), {}, TypeError, (r"output_size: 4\.0", "int")),
    ("SpectralPooling2D", (), dict(strides=0.5), ValueError, (r"strides: 0\.5", "from 1 to")),
    ("SpectralPooling2D", (), dict(strides=0), ValueError, ("strides: 0", "from 1 to")),
    ("SpectralPooling2D", (), dict(strides=NAN), ValueError, ("strides: nan", "from 1 to")),
    ("SpectralPooling2D", (), dict(strides=(1, 2, 3)), ValueError, ("strides", "2 of them")),
    ("SpectralPooling2D", (), dict(strides="2"), TypeError, ("strides: '2'", "number")),
    ("SpectralPooling2D", (), dict(strides=True), TypeError, ("strides: True", "number")),
    ("SpectralPooling2D", (), dict(strides=[1, None]), TypeError, ("strides", "None", "number")),
    (
        "SpectralResampling1D",
        (),
        dict(strides=1e-6),
        ValueError,
        ("strides: 1e-06", r"from 0\.001"),
    ),
    ("SpectralPooling1D", (4,), dict(norm="none"), ValueError, ("norm", "none", "'forward'")),
    ("SpectralPooling1D", (4,), dict(windows="hat"), ValueError, ("windows", "hat", "'learned'")),
    ("SpectralPooling1D", (4,), dict(windows=[1, 2]), ValueError, ("windows: 2", "for 1 spatial")),
    ("SpectralPooling1D", (4,), dict(windows=[["a"]]), TypeError, (r"windows\[0\]", "'a'")),
    ("SpectralPooling1D", (4,), dict(windows=[1.0]), ValueError, (r"windows\[0\]", "1-D")),
    (
        "SpectralPooling1D",
        (4,),
        dict(windows=["hat"]),
        ValueError,
        (r"windows\[0\]: 'hat'", "tukey"),
    ),
    ("SpectralPooling1D", (4,), dict(windows=("tukey", 2)), ValueError, ("'tukey', 2", "0 to 1")),
    (
        "SpectralPooling1D",
        (4,),
        dict(boundary="wrap"),
        ValueError,
        ("boundary", "wrap", "periodic"),
    ),
    ("SpectralPooling1D", (4,), dict(alignment="left"), ValueError, ("alignment", "left", "first")),
    (
        "SpectralResampling2D",
        (4,),
        dict(boundary="symmetric", alignment="first"),
        ValueError,
        ("alignment: 'first'", "'symmetric'", "'center'"),
    ),
    ("SpectralPooling1D", (4,), dict(data_format="NWC"), ValueError, ("data_format", "NWC")),
    ("SpectralConv2D", (0, 4), {}, ValueError, ("filters: 0", "1 to")),
    ("SpectralConv2D", (4.0, 4), {}, TypeError, (r"filters: 4\.0", "int")),
    ("SpectralConv2D", (4, 0), {}, ValueError, ("modes: 0", "1 to")),
    ("SpectralConv2D", (4, (3, 3, 3)), {}, ValueError, ("modes", "2 of them")),
    ("SpectralConv2D", (4, 4), dict(output_size=-1), ValueError, ("output_size: -1", "1 to")),
    ("SpectralConv2D", (4, 4), dict(activation="wave"), ValueError, ("wave",)),
    ("FFTConv2D", (4, 3), dict(strides=2), ValueError, ("strides: 2", "allowed: 1")),
    ("FFTConv2D", (4, 3), dict(strides=(1, 2)), ValueError, (r"strides: \(1, 2\)", "allowed: 1")),
    ("FFTConv2D", (4, 3), dict(dilation_rate=2), ValueError, ("dilation_rate: 2", "allowed: 1")),
    ("FFTConv2D", (4, 0), {}, ValueError, ("kernel_size: 0", "1 to")),
    ("FFTConv2D", (4, 3), dict(groups=3), ValueError, ("groups: 3", "filters, 4")),
    ("FFTConv2D", (4, 3), dict(groups=0), ValueError, ("groups: 0", "1 to")),
    ("FFTConv1D", (4, 3), dict(padding="causal"), ValueError, ("padding", "causal", "'circular'")),
    ("FFTConv2D", (4, 3), dict(padding=1), TypeError, ("padding: 1", "'same'")),
    ("FFTConv2D", (4, 3), dict(algorithm="fast"), ValueError, ("algorithm", "fast", "'auto'")),
    ("FFTConv2D", (4, 3), dict(parametrization="x"), ValueError, ("parametrization", "'spectral'")),
    ("FFTDepthwiseConv2D", (3,), dict(depth_multiplier=0), ValueError, ("depth_multiplier: 0",)),
    ("FFTDepthwiseConv2D", (3,), dict(strides=2), ValueError, ("strides: 2", "allowed: 1")),
    ("GlobalFilter2D", (), dict(size=0), ValueError, ("size: 0", "1 to")),
    ("GlobalFilter2D", (), dict(size=(4, 4, 4)), ValueError, ("size", "2 of them")),
    ("GlobalFilter2D", (), dict(size=4.0), TypeError, (r"size: 4\.0", "int")),
    ("GlobalFilter2D", (), dict(data_format="NHWC"), ValueError, ("data_format", "NHWC")),
    ("FrequencyFilter2D", ("mid", 0.5), {}, ValueError, ("kind: 'mid'", "'low'", "'band'")),
    ("FrequencyFilter2D", (None, 0.5), {}, TypeError, ("kind: None", "'low'")),
    ("FrequencyFilter2D", ("low", "a"), {}, TypeError, ("cutoff: 'a'", "number")),
    ("FrequencyFilter2D", ("low", 0), {}, ValueError, (r"cutoff: 0\.0", "more than 0")),
    ("FrequencyFilter2D", ("high", 1.5), {}, ValueError, (r"cutoff: 1\.5", r"at most 1\.414")),
    ("FrequencyFilter1D", ("high", 1.1), {}, ValueError, (r"cutoff: 1\.1", "at most 1")),
    ("FrequencyFilter2D", ("low", 1.1), dict(shape="box"), ValueError, ("cutoff", "at most 1")),
    ("FrequencyFilter2D", ("low", NAN), {}, ValueError, ("cutoff: nan", "more than 0")),
    ("FrequencyFilter2D", ("band", 0.5), {}, TypeError, (r"cutoff: 0\.5", "band", "two numbers")),
    ("FrequencyFilter2D", ("band", (0.5,)), {}, TypeError, ("cutoff", "two numbers")),
    ("FrequencyFilter2D", ("band", (0.5, 0.4)), {}, ValueError, (r"low: 0\.5", r"high, 0\.4")),
    ("FrequencyFilter2D", ("band", (0.5, None)), {}, TypeError, ("high: None", "number")),
    ("FrequencyFilter2D", ("low", 0.5), dict(softness=-1), ValueError, (r"softness: -1\.0",)),
    ("FrequencyFilter2D", ("low", 0.5), dict(shape="disc"), ValueError, ("shape", "'radial'")),
    (
        "FrequencyFilter2D",
        ("low", 0.5),
        dict(learned=True),
        ValueError,
        ("softness: 0", "learned=True", "more than 0"),
    ),
    ("DiffStride2D", (0.5,), {}, ValueError, (r"strides: 0\.5", r"1\.0 to")),
    ("DiffStride2D", ("2",), {}, TypeError, ("strides: '2'", "number")),
    ("DiffStride2D", ((2, 2, 2),), {}, ValueError, (r"strides: \(2, 2, 2\)", "2 of them")),
    ("DiffStride2D", (NAN,), {}, ValueError, ("strides: nan", r"1\.0 to")),
    ("DiffStride1D", (2,), dict(lower_limit=0.5), ValueError, (r"lower_limit: 0\.5", "1 to")),
    ("DiffStride1D", (2,), dict(lower_limit=3), ValueError, ("strides: 2", r"3\.0 to")),
    ("DiffStride1D", (2,), dict(upper_limit=1.5), ValueError, ("strides: 2", r"to 1\.5")),
    ("DiffStride1D", (2,), dict(upper_limit=0), ValueError, ("upper_limit: 0", r"1\.0 to")),
    ("DiffStride1D", (2,), dict(smoothness=0), ValueError, ("smoothness: 0", "more than 0")),
    ("DiffStride1D", (2,), dict(smoothness="4"), TypeError, ("smoothness: '4'", "number")),
    ("DiffStride1D", (2,), dict(norm="none"), ValueError, ("norm", "none", "'forward'")),
    (
        "DiffStride2D",
        ((2, 3),),
        dict(shared_stride=True),
        ValueError,
        (r"strides: \(2, 3\)", "shared_stride=True"),
    ),
    ("FrequencyDropout2D", (1.5,), {}, ValueError, (r"min_fraction: 1\.5", "0 to 1")),
    ("FrequencyDropout2D", (NAN,), {}, ValueError, ("min_fraction: nan", "0 to 1")),
    ("FrequencyDropout2D", ("half",), {}, TypeError, ("min_fraction: 'half'", "number")),
]


def test_refused_when_made() -> None:
    for kind, given, settings, error, fragments in MADE:
        call = lambda k=kind, g=given, s=settings: layer(k, *g, **s)  # noqa: E731
        check_refused(call, error, (f"{kind} 'mine'", *fragments))


def test_unknown_arguments() -> None:
    for kind in layers.__all__:
        given = {"FFTConv": (4, 3), "SpectralConv": (4, 3), "FrequencyDropout": (0.5,)}
        given |= {"FrequencyFilter": ("low", 0.5), "GlobalFilter": ()}
        arguments: tuple[Any, ...] = given.get(kind[:-2], (4,))
        check_refused(
            lambda k=kind, a=arguments: layer(k, *a, colour=1), ValueError, ("colour", kind)
        )


BUILT: list[tuple[Any, tuple[int | None, ...], tuple[str, ...]]] = [
    (
        lambda: layer("SpectralPooling2D", 9),
        (2, 8, 9, 3),
        ("SpectralPooling2D 'mine'", "9 exceeds"),
    ),
    (
        lambda: layer("SpectralPooling1D", 4, windows=[np.ones(4)]),
        (2, 8, 3),
        (r"windows\[0\]: length 4", "= 3"),
    ),
    (
        lambda: layer("SpectralPooling1D", 4, boundary="symmetric", windows=[np.ones(3)]),
        (2, 8, 3),
        (r"windows\[0\]: length 3", r"min\(n, m\) = 4"),
    ),
    (
        lambda: layer("GlobalFilter1D"),
        (2, None, 3),
        ("size: None", r"\(2, None, 3\)", "known"),
    ),
    (lambda: layer("GlobalFilter1D"), (2, 8, None), ("GlobalFilter1D 'mine'", "channels")),
    (lambda: layer("FrequencyFilter1D", "low", 0.5), (2, 0, 3), ("axis 0 has length 0",)),
    (lambda: layer("DiffStride1D"), (2, 0, 3), ("axis 0 has length 0",)),
    (
        lambda: layer("SpectralPooling1D", 4, windows="learned"),
        (2, None, 3),
        ("windows: 'learned'", "None", "known"),
    ),
    (
        lambda: layer("SpectralResampling1D", strides=0.001),
        (2, 2**23, 3),
        ("strides", "8388608", "at most 16777216"),
    ),
    (lambda: layer("SpectralConv1D", 4, 3), (2, 8, None), ("SpectralConv1D 'mine'", "channels")),
    (
        lambda: layer("SpectralConv1D", 4, 3, separable=True),
        (2, 8, 3),
        ("filters: 4", "separable", "3"),
    ),
    (lambda: layer("FFTConv1D", 4, 9), (2, 8, 3), ("kernel_size", "'valid'", "at most 8")),
    (lambda: layer("FFTConv1D", 4, 3, groups=2), (2, 8, 3), ("groups: 2", "channels, 3")),
    (lambda: layer("FFTConv1D", 4, 3), (2, 8, None), ("channels must be known",)),
    (lambda: layer("FFTDepthwiseConv1D", 9), (2, 8, 3), ("kernel_size", "'valid'", "at most 8")),
    (lambda: layer("FrequencyDropout1D", 0.5), (2, 0, 3), ("axis 0 has length 0", "1 to")),
]


def test_refused_when_built() -> None:
    """Not in the first batch: from a symbolic input, and by `build` itself."""
    for make, shape, fragments in BUILT:
        symbol = keras.KerasTensor(shape)
        for call in (
            lambda m=make, s=symbol: m()(s),
            lambda m=make, s=shape: m().build(s),
        ):
            check_refused(call, ValueError, ("mine", *fragments))


def test_rank_and_channels_are_those_of_the_input() -> None:
    for kind, given in (("SpectralPooling2D", (4,)), ("FFTConv2D", (4, 3))):
        made = layer(kind, *given)
        check_refused(lambda m=made: m(np.ones((2, 8, 3))), ValueError, ("mine", "ndim=4"))
    for made in (layer("FFTConv1D", 4, 3), layer("SpectralConv1D", 4, 3), layer("GlobalFilter1D")):
        made(np.ones((2, 8, 3)))
        check_refused(lambda m=made: m(np.ones((2, 8, 5))), ValueError, ("mine", "3"))
        check_refused(lambda m=made: m.compute_output_shape((2, 8)), ValueError, ("mine", "rank 3"))


def test_no_kernel_before_the_layer_is_built() -> None:
    with pytest.raises(AttributeError, match="mine"):
        _ = layer("FFTConv1D", 4, 3).kernel
