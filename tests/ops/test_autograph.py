"""AutoGraph has nothing to say about any public function inside a default `tf.function`.

It warns once in a process of what it cannot transform, so each test runs in a process of its own.
The script is a file, because AutoGraph only transforms what it can read the source of.
"""

import textwrap
from pathlib import Path

import pytest
from fresh_process import output_with_tensorflow

SCRIPT = """
    import inspect
    import logging
    import warnings

    import tensorflow as tf
    import spectral_ops

    warnings.simplefilter("error")
    said = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    tf.get_logger().setLevel(logging.WARNING)
    tf.get_logger().addHandler(handler)
    traced = set()

    def trace(function, *tensors, **settings):
        for known in (True, False):
            shapes = [t.shape if known else [None] * t.shape.rank for t in tensors]
            specs = [tf.TensorSpec(s, t.dtype) for s, t in zip(shapes, tensors, strict=True)]

            @tf.function(input_signature=specs)
            def call(*given):
                return function(*given, **settings)

            call.get_concrete_function()
        assert not said, said
        traced.add(function.__name__)

    x, window = tf.ones((2, 9, 8, 4)), tf.ones(3)
    weights = tf.ones((3, 2, 4, 5), tf.complex64)
    filters = tf.ones((3, 3, 4, 6))
    for function in (spectral_ops.pool, spectral_ops.resample):
        trace(function, x, output_size=(5, 4), windows=[window, None])
        trace(function, x, output_size=tf.constant((5, 3)), data_format="channels_first")
        names = ["hann", ("tukey", 0.5)]
        trace(function, x, output_size=(5, 4), boundary="symmetric", windows=names)
        trace(function, x, output_size=(5, 4), alignment="center", windows="hamming")
    trace(spectral_ops.spectral_conv, x, weights)
    trace(spectral_ops.spectral_conv, x, weights, modes=(3, 2), output_size=(4, 6))
    trace(spectral_ops.spectral_conv, x, weights[:, :, 0, :4])
    trace(spectral_ops.spectral_conv, x, weights[:, :, 0, 0])
    trace(spectral_ops.filter, x, tf.ones((9, 5, 4), tf.complex64))
    trace(spectral_ops.filter, x, tf.ones((9, 5)))
    for algorithm in ("auto", "fft", "direct"):
        trace(spectral_ops.conv, x, filters, algorithm=algorithm)
        trace(spectral_ops.conv, x, filters[:, :, :2], groups=2, algorithm=algorithm)
        trace(spectral_ops.depthwise_conv, x, filters, padding="circular", algorithm=algorithm)
    for form in ("packed", "complex", "pairs"):
        @tf.function
        def there_and_back(filters):
            spectrum = spectral_ops.spectrum_from_filters(filters, form=form)
            return spectral_ops.filters_from_spectrum(spectrum, (3, 3))

        there_and_back.get_concrete_function(filters)
        assert not said, said
    traced |= {"spectrum_from_filters", "filters_from_spectrum"}

    cutoff = tf.constant(0.5)
    for function in (spectral_ops.low_pass, spectral_ops.high_pass):
        for settings in (dict(), dict(shape="box", softness=0.2)):
            trace(function, x, cutoff, **settings)
            trace(function, x, cutoff=0.4, **settings)
    trace(spectral_ops.band_pass, x, cutoff, high=0.7, softness=0.3)
    trace(spectral_ops.band_pass, x, low=0.3, high=0.7, shape="box")
    trace(spectral_ops.aliasing, x, output_size=(5, 4))
    trace(lambda x: spectral_ops.aliasing(x, tf.shape(x)[1:3] // 2), x)

    bank = tf.ones((2, 6))
    bands, coarse = tf.ones((2, 7, 6, 4, 3)), tf.ones((2, 5, 5, 3))
    for mode in ("symmetric", "smooth", "antireflect", "periodization"):
        trace(spectral_ops.dwt, x, bank, mode=mode)
        trace(spectral_ops.idwt, bands, bank, mode=mode)
        trace(spectral_ops.wavedec, x, bank, level=2, mode=mode)
    trace(spectral_ops.dwt, x, wavelet="db2", data_format="channels_first")
    trace(spectral_ops.swt, x, bank, level=2)
    trace(spectral_ops.wavelet_packets, x, bank, level=2)
    trace(spectral_ops.wavelet_pool, x, wavelet="db2", data_format="channels_first")
    for threshold in ("bayes", "universal", 0.3):
        trace(spectral_ops.wavelet_denoise, x, bank, level=2, threshold=threshold)
    for inverse in (spectral_ops.waverec, spectral_ops.iswt):
        traced.add(inverse.__name__)
        trace(lambda a, d, f: inverse([a, d], f), coarse, tf.ones((2, 5, 5, 3, 3)), bank)

    windows, responses = spectral_ops.windows, spectral_ops.responses
    n, stride, response = tf.constant(8), tf.constant(2.0), tf.ones((9, 5, 2))
    trace(lambda n: windows.make(("tukey", 0.5), n, 5, "symmetric"), n)
    trace(lambda n, stride: windows.diffstride(n, stride)[0], n, stride)
    trace(lambda x, c: responses.radial(tf.shape(x)[1:3], high=c, softness=0.1), x, cutoff)
    trace(lambda x: responses.box(tf.shape(x)[1:3], 0.2, 0.5), x)
    trace(lambda x, r: responses.resize(r, tf.shape(x)[1:3], (5, 4)), x, response)

    public = {n for n in spectral_ops.__all__ if inspect.isfunction(getattr(spectral_ops, n))}
    assert public - {"build_info"} == traced - {"<lambda>"}, "a new function belongs into this test"
"""


@pytest.mark.parametrize("which", ["native", "reference"])
def test_no_warning(which: str, tmp_path: Path) -> None:
    script = tmp_path / "trace.py"
    script.write_text(textwrap.dedent(SCRIPT))
    output_with_tensorflow(
        f"import runpy; runpy.run_path({str(script)!r})",
        tmp_path,
        environment={"SPECTRAL_OPS_IMPLEMENTATION": which},
    )
