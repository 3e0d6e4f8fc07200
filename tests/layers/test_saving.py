"""Models with these layers, saved and loaded in another process; and where Keras cannot serve."""

import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest
from fresh_process import output_of, output_with_tensorflow
from samples import same_bits

from layers.cases import CASES
from spectral_ops import layers

ROOT = Path(__file__).parents[2]

LOAD = """
    import sys
    import numpy as np
    import spectral_ops
    import keras

    model = keras.saving.load_model("model.keras")
    given = np.load("given.npz")
    outputs = model([given[name] for name in given.files])
    np.savez("outputs.npz", *[y.numpy() for y in outputs])
"""
SERVE = """
    import numpy as np
    import tensorflow as tf
    import spectral_ops

    model = tf.saved_model.load("exported")
    given = np.load("given.npz")
    outputs = model.serve([tf.constant(given[name]) for name in given.files])
    np.savez("outputs.npz", *[y.numpy() for y in outputs])
"""


@pytest.mark.parametrize("script", [LOAD, SERVE], ids=["keras", "export"])
def test_same_bits_in_another_process(script: str, tmp_path: Path) -> None:
    """Every layer, with weights that are not those of its initializers; Keras needs no hint."""
    inputs = [keras.Input(case.shape) for case in CASES.values()]
    pairs = zip(CASES.values(), inputs, strict=True)
    model = keras.Model(inputs, [case.layer()(symbol) for case, symbol in pairs])
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        values = rng.standard_normal(weight.shape)
        weight.assign(values if weight.constraint is None else weight.constraint(values))
    given = [case.input() for case in CASES.values()]
    expected = [y.numpy() for y in model(given)]
    np.savez(tmp_path / "given.npz", *given)
    if script is LOAD:
        model.save(tmp_path / "model.keras")
    else:
        model.export(tmp_path / "exported", verbose=False)
    output_with_tensorflow(script, tmp_path)
    outputs = np.load(tmp_path / "outputs.npz")
    for name, case, y in zip(outputs.files, CASES, expected, strict=True):
        assert same_bits(outputs[name], y), case


def test_a_trained_model_goes_on(tmp_path: Path) -> None:
    """With its optimizer. Of a seed generator Keras saves the seed alone, as of its own Dropout."""
    from layers.test_layers import small_model

    keras.utils.set_random_seed(0)
    model = small_model()
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 16, 12, 3)), rng.standard_normal((4, 1))
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    again.layers[2].seed_generator.state.assign(model.layers[2].seed_generator.state)
    losses = [each.fit(x, y, verbose=0).history["loss"] for each in (model, again)]
    assert np.allclose(losses[0], losses[1], rtol=1e-4)


def test_layers_that_were_saved_before_there_were_rules() -> None:
    """Their configs say nothing of them."""
    for kind in ("SpectralPooling2D", "SpectralResampling2D"):
        layer = getattr(layers, kind)((4, 5), windows=[np.ones(3), None])
        config = layer.get_config()
        assert (config.pop("boundary"), config.pop("alignment")) == ("periodic", None)
        x = np.ones((1, 9, 8, 2), np.float32)
        again = type(layer).from_config(config)
        assert same_bits(again(x).numpy(), layer(x).numpy())
        assert again.get_config() == layer.get_config()


ABSENT = """
    import importlib, sys, types
    {before}
    import spectral_ops
    assert spectral_ops.pool([[[1.0], [3.0]]], 1).numpy().item() == 2
    for import_again in (False, True):
        try:
            importlib.import_module("spectral_ops.layers") if import_again else spectral_ops.layers
        except ImportError as error:
            print(error)
        else:
            raise AssertionError("spectral_ops.layers can be had")
"""
WAYS = {
    "no Keras": ("sys.modules['keras'] = None", ("Keras 3", "pip install 'keras>=3'")),
    "Keras 2": (
        "keras = sys.modules['keras'] = types.ModuleType('keras'); keras.__version__ = '2.15.0'",
        ("Keras 2.15.0 is installed", "pip install 'keras>=3'"),
    ),
    "another backend": (
        "import keras; keras.config.backend = lambda: 'jax'",
        ("'jax' is in use", "KERAS_BACKEND=tensorflow"),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_fitting_keras(way: str, tmp_path: Path) -> None:
    """The layers say what to do about it, each time; the functions work."""
    before, words = WAYS[way]
    printed = output_with_tensorflow(ABSENT.format(before=before), tmp_path)
    for word in (*words, "spectral_ops.layers needs"):
        assert printed.count(word) >= 2, printed


def test_import_of_the_package_alone_has_the_layers(tmp_path: Path) -> None:
    script = """
        import spectral_ops, keras
        name = "spectral_ops>SpectralPooling2D"
        assert keras.saving.get_registered_object(name) is spectral_ops.layers.SpectralPooling2D
    """
    output_of(script, tmp_path)


TRACE = """
    import logging
    import sys
    import warnings

    import tensorflow as tf

    sys.path.insert(0, {tests!r})
    from layers.cases import CASES

    warnings.simplefilter("error")
    said = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())
    tf.get_logger().setLevel(logging.WARNING)
    tf.get_logger().addHandler(handler)
    for name, case in CASES.items():
        layer, x = case.layer(), tf.constant(case.input())
        layer(x)
        unknown = [None] * (x.shape.rank - 1)
        for shape in (x.shape, [*unknown, x.shape[-1]]):

            @tf.function(input_signature=[tf.TensorSpec(shape)])
            def call(x):
                return layer(x, training=True)

            call.get_concrete_function()
        assert not said, (name, said)
"""


def test_autograph_has_nothing_to_say(tmp_path: Path) -> None:
    """In a process of its own, for AutoGraph warns once; as a file, whose source it can read."""
    script = tmp_path / "trace.py"
    script.write_text(textwrap.dedent(TRACE.format(tests=str(ROOT / "tests"))))
    output_with_tensorflow(f"import runpy; runpy.run_path({str(script)!r})", tmp_path)
