"""How the op library is found, checked and loaded: each case in a process of its own."""

import json
import os
import shutil
from pathlib import Path

import pytest
from fresh_process import output_of, run_python

# Imports, pools a constant image twice, and prints what was loaded and which warnings there were.
REPORT = """
    import json
    import sys
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import numpy as np
        import spectral_ops

        x = np.full((1, 8, 6, 3), 0.5, np.float32)
        for _ in range(2):
            y = spectral_ops.pool(x, (4, 3)).numpy()
            info = spectral_ops.build_info()
    np.testing.assert_allclose(y, np.full((1, 4, 3, 3), 0.5), rtol=1e-6)
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[-1].strip() for line in maps if ".so" in line}
    print(json.dumps({
        "package": spectral_ops.__file__,
        "info": info,
        "warnings": [str(w.message) for w in caught if "spectral_ops" in str(w.message)],
        "mapped": sorted(mapped),
    }))
"""


@pytest.fixture(scope="session")
def library() -> Path:
    """The op library of the installed package."""
    from spectral_ops import _library

    return Path(_library.path())


@pytest.fixture
def copied(library: Path, tmp_path: Path) -> Path:
    """A copy of the installed package, to be damaged."""
    package = tmp_path / "copy" / "spectral_ops"
    shutil.copytree(library.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def report(directory: Path, package: Path | None = None, **environment: str) -> dict:
    """What REPORT prints, run with `package` in front of the installed one."""
    parents = [package.parent] if package else None
    printed = output_of(REPORT, directory, package_parents=parents, environment=environment)
    result = json.loads(printed.splitlines()[-1])
    if package:
        assert Path(result["package"]).parent == package
    return result


def assert_serves_reference(result: dict, library: Path, *words: str) -> None:
    """The reference runs, and one warning of one paragraph says why and how to mend it."""
    assert result["info"]["implementation"] == "reference"
    assert len(result["warnings"]) == 1, result["warnings"]
    (message,) = result["warnings"]
    assert "\n\n" not in message
    for word in (*words, "reinstall"):
        assert word in message, f"{word!r} not in: {message}"
    assert not [path for path in result["mapped"] if Path(path).name == library.name]


def test_native_by_default(library: Path, tmp_path: Path) -> None:
    result = report(tmp_path)
    assert result["info"]["implementation"] == "native"
    assert result["warnings"] == []
    assert str(library.resolve()) in result["mapped"]


def test_reference_by_choice(library: Path, tmp_path: Path) -> None:
    """Without a warning, and without opening the library."""
    result = report(tmp_path, SPECTRAL_OPS_IMPLEMENTATION="reference")
    assert result["info"]["implementation"] == "reference"
    assert result["warnings"] == []
    assert str(library.resolve()) not in result["mapped"]


def test_unknown_choice(tmp_path: Path) -> None:
    environment = {"SPECTRAL_OPS_IMPLEMENTATION": "fast"}
    done = run_python(REPORT, tmp_path, environment=environment)
    assert done.returncode != 0
    for word in ("SPECTRAL_OPS_IMPLEMENTATION", "fast", "native", "reference"):
        assert word in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("target", ["scalar", "avx2", "avx512"])
def test_simd_target_by_choice(target: str, tmp_path: Path) -> None:
    from spectral_ops import _kernels

    if target not in _kernels.simd_targets():
        pytest.skip(f"this machine does not run {target}")
    choices = {"SPECTRAL_OPS_SIMD": target, "SPECTRAL_OPS_IMPLEMENTATION": "native"}
    result = report(tmp_path, **choices)
    assert result["info"]["simd"] == target
    assert result["info"]["implementation"] == "native"
    assert result["warnings"] == []


def test_unknown_simd_target(tmp_path: Path) -> None:
    done = run_python(REPORT, tmp_path, environment={"SPECTRAL_OPS_SIMD": "sse9"})
    assert done.returncode != 0
    for word in ("SPECTRAL_OPS_SIMD", "sse9", "scalar"):
        assert word in done.stderr.splitlines()[-1]


# Stands in for the kernels on a processor that runs the scalar target alone.
NO_AVX2 = """
    import sys
    import types

    sys.modules["spectral_ops._kernels"] = types.SimpleNamespace(
        simd_targets=lambda: ["scalar"],
        simd_target=lambda: "scalar",
        build_info=lambda: {"simd": "scalar", "simd_targets": ["scalar"]},
    )
"""


def report_without_avx2(directory: Path, **environment: str) -> dict:
    printed = output_of(NO_AVX2 + REPORT, directory, environment=environment)
    return json.loads(printed.splitlines()[-1])


def test_processor_without_avx2(library: Path, tmp_path: Path) -> None:
    result = report_without_avx2(tmp_path)
    assert result["info"]["implementation"] == "reference"
    assert not [path for path in result["mapped"] if Path(path).name == library.name]
    (message,) = result["warnings"]
    assert "\n\n" not in message
    for word in ("AVX2", "SPECTRAL_OPS_SIMD=scalar", "SPECTRAL_OPS_IMPLEMENTATION=native"):
        assert word in message


@pytest.mark.parametrize(
    "choice", [{"SPECTRAL_OPS_SIMD": "scalar"}, {"SPECTRAL_OPS_IMPLEMENTATION": "native"}]
)
def test_processor_without_avx2_though_asked(choice: dict[str, str], tmp_path: Path) -> None:
    result = report_without_avx2(tmp_path, **choice)
    assert result["info"]["implementation"] == "native"
    assert result["warnings"] == []


def test_missing_kernels(library: Path, copied: Path, tmp_path: Path) -> None:
    """As where the wheel was built for another Python."""
    for path in copied.glob("_kernels*.so"):
        path.unlink()
    assert_serves_reference(report(tmp_path, copied), library, "_kernels", "Python")


def test_missing_library(library: Path, copied: Path, tmp_path: Path) -> None:
    (copied / library.name).unlink()
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, str(copied / library.name), "missing")


def test_missing_library_though_native_is_forced(
    library: Path, copied: Path, tmp_path: Path
) -> None:
    (copied / library.name).unlink()
    done = run_python(
        REPORT,
        tmp_path,
        package_parents=[copied.parent],
        environment={"SPECTRAL_OPS_IMPLEMENTATION": "native"},
    )
    assert done.returncode != 0
    assert str(copied / library.name) in done.stderr


def test_unreadable_library(library: Path, copied: Path, tmp_path: Path) -> None:
    (copied / library.name).write_bytes(b"not a library")
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, str(copied / library.name))


@pytest.mark.parametrize("version", ["2.19.0", "3.21.0"])
def test_library_for_another_tensorflow(
    library: Path, copied: Path, tmp_path: Path, version: str
) -> None:
    """Is never opened: the warning names both versions."""
    import tensorflow as tf

    record = copied / "_build.json"
    assert json.loads(record.read_text())["tensorflow"] == tf.__version__
    record.write_text(json.dumps(json.loads(record.read_text()) | {"tensorflow": version}))
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, version, tf.__version__)
    assert result["info"]["built_for_tensorflow"] == version


def test_library_for_another_patch_release(copied: Path, tmp_path: Path) -> None:
    """Serves: TensorFlow's C++ interface holds for one minor version."""
    import tensorflow as tf

    record = copied / "_build.json"
    version = ".".join([*tf.__version__.split(".")[:2], "99"])
    record.write_text(json.dumps(json.loads(record.read_text()) | {"tensorflow": version}))
    result = report(tmp_path, copied)
    assert result["info"]["implementation"] == "native"
    assert result["warnings"] == []


def test_package_works_from_any_folder(library: Path, copied: Path, tmp_path: Path) -> None:
    moved = tmp_path / "another place" / "spectral_ops"
    shutil.copytree(copied, moved)
    shutil.rmtree(copied)
    result = report(tmp_path, moved)
    assert result["info"]["implementation"] == "native"
    assert str((moved / library.name).resolve()) in result["mapped"]


CHECK = """
    import numpy as np
    import tensorflow as tf

    def check(package):
        assert package.build_info()["implementation"] == "native"
        x = tf.random.stateless_normal((2, 9, 8, 3), (1, 2))
        window = tf.linspace(1.0, 0.5, 3)
        with tf.GradientTape() as outer:
            outer.watch([x, window])
            with tf.GradientTape() as inner:
                inner.watch([x, window])
                y = package.pool(x, (5, 4), windows=[window, None])
                total = tf.reduce_sum(y**2)
            slopes = inner.gradient(total, [x, window])
        curvatures = outer.gradient(slopes, [x, window])
        return [t.numpy() for t in (y, *slopes, *curvatures)]

    def same(first, second):
        return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
"""


def test_reload(tmp_path: Path) -> None:
    """importlib.reload, and an import after the modules are forgotten."""
    script = """
    import importlib
    import sys
    import warnings

    warnings.simplefilter("error", RuntimeWarning)
    import spectral_ops

    before = check(spectral_ops)
    for name in [name for name in sys.modules if name.startswith("spectral_ops.")]:
        if name != "spectral_ops._kernels":
            importlib.reload(sys.modules[name])
    importlib.reload(spectral_ops)
    assert same(before, check(spectral_ops))

    old = spectral_ops
    for name in [name for name in sys.modules if name.split(".")[0] == "spectral_ops"]:
        del sys.modules[name]
    import spectral_ops
    assert spectral_ops is not old
    assert same(before, check(spectral_ops)) and same(before, check(old))
    """
    output_of(CHECK + script, tmp_path)


def test_two_copies_in_one_process(library: Path, copied: Path, tmp_path: Path) -> None:
    """Both work, and the op library is opened once."""
    script = f"""
    import sys
    import spectral_ops as first

    before = check(first)
    for name in [name for name in sys.modules if name.split(".")[0] == "spectral_ops"]:
        del sys.modules[name]
    sys.path.insert(0, {str(copied.parent)!r})
    import spectral_ops as second

    assert second.__file__ != first.__file__
    assert same(before, check(second)) and same(before, check(first))
    with open("/proc/self/maps") as maps:
        opened = {{line.split(maxsplit=5)[-1].strip() for line in maps if {library.name!r} in line}}
    assert len(opened) == 1, opened
    """
    output_of(CHECK + script, tmp_path)


SAVE = """
    import spectral_ops

    class Model(tf.Module):
        def __init__(self):
            self.window = tf.Variable(tf.linspace(1.0, 0.5, 3))

        @tf.function(input_signature=[tf.TensorSpec([None, 9, None, 3], tf.float32)])
        def __call__(self, x):
            y = spectral_ops.pool(x, (5, 4), windows=[self.window, None])
            return spectral_ops.resample(y, (7, 7), norm="ortho")

    model = Model()
    x = tf.random.stateless_normal((2, 9, 8, 3), (1, 2))
    np.save("expected.npy", model(x))
    tf.saved_model.save(model, "model")
"""

LOAD = """
    import spectral_ops

    model = tf.saved_model.load("model")
    x = tf.random.stateless_normal((2, 9, 8, 3), (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x)
    np.testing.assert_array_equal(y, np.load("expected.npy"))
    slopes = tape.gradient(y, [x, model.window])
    assert all(np.any(slope) for slope in slopes)
    if spectral_ops.build_info()["implementation"] == "native":
        with open("model/saved_model.pb", "rb") as file:
            assert b"SpectralOps>Resample" in file.read()
"""


@pytest.mark.parametrize("which", ["native", "reference"])
def test_saved_model_round_trip(which: str, tmp_path: Path) -> None:
    """Saved by one process, loaded and differentiated by another."""
    environment = {"SPECTRAL_OPS_IMPLEMENTATION": which}
    imports = "    import numpy as np\n    import tensorflow as tf\n"
    output_of(imports + SAVE, tmp_path, environment=environment)
    output_of(imports + LOAD, tmp_path, environment=environment)


def test_import_leaves_the_log_and_threads_alone(tmp_path: Path) -> None:
    """An import says nothing and sets nothing of TensorFlow's."""
    done = run_python(
        """
        import os
        import tensorflow as tf
        before = dict(os.environ), tf.config.threading.get_intra_op_parallelism_threads()
        import spectral_ops
        assert before == (dict(os.environ), tf.config.threading.get_intra_op_parallelism_threads())
        tf.config.threading.set_intra_op_parallelism_threads(1)  # refused once ops have run
        """,
        tmp_path,
        environment={"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and "spectral_ops" not in done.stderr


def test_command_line(tmp_path: Path) -> None:
    import spectral_ops

    printed = output_of(["-m", "spectral_ops"], tmp_path)
    for key, value in spectral_ops.build_info().items():
        assert key in printed
        if isinstance(value, str) and os.sep not in value:
            assert value in printed
