"""How the op library is found, checked and loaded: each case in a process of its own."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fresh_process import output_of, output_with_tensorflow, run_python, run_with_tensorflow

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

    assert _library.served
    return _library.served.library


@pytest.fixture
def copied(library: Path, tmp_path: Path) -> Path:
    """A copy of the installed package, to be damaged."""
    package = tmp_path / "copy" / "spectral_ops"
    shutil.copytree(library.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def rewrite(package: Path, **entries: Any) -> None:
    """Changes what the build of a copy recorded."""
    path = package / "_build.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def report(
    directory: Path, package: Path | None = None, before: str = "", **environment: str
) -> dict:
    """What REPORT prints, run after `before`, with `package` in front of the installed one."""
    settings = dict(package_parents=[package.parent] if package else None, environment=environment)
    printed = output_with_tensorflow(before + REPORT, directory, **settings)
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
    for word in (*words, "pip install --no-cache-dir --force-reinstall spectral_ops"):
        assert word in message, f"{word!r} not in: {message}"
    assert result["info"]["library"] is None and result["info"]["reason"] in message
    assert not [path for path in result["mapped"] if Path(path).name == library.name]


def assert_fails(
    directory: Path,
    *words: str,
    package: Path | None = None,
    before: str = "",
    **environment: str,
) -> None:
    """REPORT fails, and its last line says why."""
    settings = dict(package_parents=[package.parent] if package else None, environment=environment)
    done = run_with_tensorflow(before + REPORT, directory, **settings)
    assert done.returncode != 0
    for word in words:
        assert word in done.stderr.splitlines()[-1]


def assert_serves_native(result: dict) -> None:
    assert result["info"]["implementation"] == "native"
    assert result["warnings"] == []


def test_native_by_default(library: Path, tmp_path: Path) -> None:
    """In a process that begins with this import."""
    result = json.loads(output_of(REPORT, tmp_path).splitlines()[-1])
    assert_serves_native(result)
    assert str(library.resolve()) in result["mapped"]


def test_choices(library: Path, tmp_path: Path) -> None:
    """The reference without a warning, and without opening the library; each SIMD target."""
    result = report(tmp_path, SPECTRAL_OPS_IMPLEMENTATION="reference")
    assert result["info"]["implementation"] == "reference"
    assert result["warnings"] == []
    assert str(library.resolve()) not in result["mapped"]
    for target in result["info"]["simd_targets"]:
        choices = {"SPECTRAL_OPS_SIMD": target, "SPECTRAL_OPS_IMPLEMENTATION": "native"}
        result = report(tmp_path, **choices)
        assert_serves_native(result)
        assert result["info"]["simd"] == target


def test_fallback_looks_as_the_operator(tmp_path: Path) -> None:
    script = """
    import inspect
    import typing
    import spectral_ops

    for name in spectral_ops.ops.__all__:
        served, plain = getattr(spectral_ops, name), getattr(spectral_ops.reference, name)
        assert inspect.signature(served) == inspect.signature(plain), name
        assert typing.get_type_hints(served) == typing.get_type_hints(plain), name
        assert served.__name__ == name and "Equivalent to" in served.__doc__
    """
    environment = {"SPECTRAL_OPS_IMPLEMENTATION": "reference"}
    output_with_tensorflow(script, tmp_path, environment=environment)


def test_unknown_choices(tmp_path: Path) -> None:
    words = ("SPECTRAL_OPS_IMPLEMENTATION", "fast", "native", "reference")
    assert_fails(tmp_path, *words, SPECTRAL_OPS_IMPLEMENTATION="fast")
    assert_fails(tmp_path, "SPECTRAL_OPS_SIMD", "sse9", "scalar", SPECTRAL_OPS_SIMD="sse9")


def test_reference_explains_an_unknown_target(tmp_path: Path) -> None:
    """SPECTRAL_OPS_SIMD is no matter where the reference is chosen; `build_info` tells of it."""
    choices = {"SPECTRAL_OPS_SIMD": "sse9", "SPECTRAL_OPS_IMPLEMENTATION": "reference"}
    result = report(tmp_path, **choices)
    assert result["info"]["implementation"] == "reference"
    assert result["info"]["simd"] is None and result["warnings"] == []
    for word in ("SPECTRAL_OPS_SIMD", "sse9", "scalar"):
        assert word in result["info"]["no_simd"]


def in_place_of_the_kernels(*targets: str, no_simd: str = "") -> str:
    """Has the kernel library say that the processor runs these targets alone."""
    simd = targets[-1] if targets else None
    said = {"simd": simd, "no_simd": no_simd, "simd_targets": targets, "simd_compiled": targets}
    return f"""
    import ctypes

    class Library:
        def __init__(self, path):
            pass

        def __getitem__(self, name):
            what = name.removeprefix("spectral_ops_").rpartition("_")[0]
            texts = {{"simd_info": {json.dumps(said)!r}, "cuda_info": "null"}}
            return lambda: texts[what]

    ctypes.CDLL = Library
    """


def test_processor_without_avx2(library: Path, tmp_path: Path) -> None:
    before = in_place_of_the_kernels("scalar")
    result = report(tmp_path, before=before)
    assert result["info"]["implementation"] == "reference"
    assert not [path for path in result["mapped"] if Path(path).name == library.name]
    (message,) = result["warnings"]
    assert "\n\n" not in message
    for word in ("AVX2", "SPECTRAL_OPS_SIMD=scalar", "SPECTRAL_OPS_IMPLEMENTATION=native"):
        assert word in message
    assert_serves_native(report(tmp_path, before=before, SPECTRAL_OPS_SIMD="scalar"))
    assert_serves_native(report(tmp_path, before=before, SPECTRAL_OPS_IMPLEMENTATION="native"))


def test_kernels_for_other_processors(library: Path, tmp_path: Path) -> None:
    """Of a build for another machine alone (SPECTRAL_OPS_SIMD_TARGETS=native)."""
    before = in_place_of_the_kernels(no_simd="these kernels are for processors with 'avx512' alone")
    words = ("with 'avx512' alone", "built on this machine")
    result = report(tmp_path, before=before)
    assert_serves_reference(result, library, *words)
    assert result["info"]["simd"] is None and result["info"]["no_simd"] in result["info"]["reason"]
    assert_fails(tmp_path, *words, before=before, SPECTRAL_OPS_IMPLEMENTATION="native")


def test_python_without_a_module(copied: Path, tmp_path: Path) -> None:
    """A Python that the wheel has no `_kernels` for: all but that module works."""
    for path in copied.glob("_kernels*.so"):
        path.unlink()
    result = report(tmp_path, copied)
    assert_serves_native(result)
    assert result["info"]["simd"] in result["info"]["simd_targets"]


@pytest.mark.parametrize("which", ["library", "kernels"])
def test_missing_or_unreadable_library(
    library: Path, copied: Path, tmp_path: Path, which: str
) -> None:
    """The op library, and the kernel library that it needs."""
    name = json.loads((copied / "_build.json").read_text())["kernels"]
    path = copied / (library.name if which == "library" else name)
    path.write_bytes(b"not a library")
    assert_serves_reference(report(tmp_path, copied), library, str(path))
    path.unlink()
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, str(path))
    assert (result["info"]["simd"] is None) == (which == "kernels")
    assert (str(path) in result["info"]["no_simd"]) == (which == "kernels")
    native = {"SPECTRAL_OPS_IMPLEMENTATION": "native"}
    assert_fails(tmp_path, str(path), package=copied, **native)
    chosen = report(tmp_path, copied, SPECTRAL_OPS_IMPLEMENTATION="reference")
    assert chosen["warnings"] == []


def test_library_without_its_kernels(library: Path, copied: Path, tmp_path: Path) -> None:
    """Where the linker finds none, whatever this package found."""
    name = json.loads((copied / "_build.json").read_text())["kernels"]
    (copied / name).unlink()
    result = report(tmp_path, copied, before=in_place_of_the_kernels("scalar", "avx2"))
    assert_serves_reference(result, library, str(copied / library.name), name)


def test_library_for_another_tensorflow(library: Path, copied: Path, tmp_path: Path) -> None:
    """Is never opened, and the warning names what serves; another patch release serves."""
    import tensorflow as tf

    rewrite(copied, tensorflow={"3.21": "3.21.1", "2.9": "2.9.3"})
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, "2.9, 3.21", tf.__version__, "pip caches")
    assert result["info"]["tensorflow_minors"] == ["2.9", "3.21"]
    assert result["info"]["built_for_tensorflow"] is None

    minor = ".".join(tf.__version__.split(".")[:2])
    rewrite(copied, tensorflow={"2.9": "2.9.3", minor: f"{minor}.99"})
    result = report(tmp_path, copied)
    assert_serves_native(result)
    assert result["info"]["built_for_tensorflow"] == f"{minor}.99"


def test_build_without_tensorflow(library: Path, copied: Path, tmp_path: Path) -> None:
    rewrite(copied, tensorflow={})
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, "SPECTRAL_OPS_TF=OFF")
    assert result["info"]["tensorflow_minors"] == [] and result["info"]["simd"]


@pytest.mark.parametrize(
    "record",
    [None, "", "[]", '{"version": "0.1.0", "tensorflow": "2.21.0"}'],
    ids=["missing", "empty", "list", "old"],
)
def test_damaged_record(library: Path, copied: Path, tmp_path: Path, record: str | None) -> None:
    path = copied / "_build.json"
    if record is None:
        path.unlink()
    else:
        path.write_text(record)
    result = report(tmp_path, copied)
    assert_serves_reference(result, library, str(path))
    assert result["info"]["build"] is None and str(path) in result["info"]["no_simd"]


@pytest.mark.parametrize("sources_first", [True, False])
def test_editable_install(copied: Path, tmp_path: Path, sources_first: bool) -> None:
    """Its compiled files stand elsewhere on the package's path; those beside the sources are old.

    Versions of scikit-build-core order the two folders either way.
    """
    compiled = tmp_path / "compiled" / "spectral_ops"
    compiled.mkdir(parents=True)
    for path in (*copied.glob("*.so"), copied / "_build.json"):
        shutil.copy(path, compiled)
    rewrite(copied, tensorflow={})
    folders = [str(copied), str(compiled)] if sources_first else [str(compiled), str(copied)]
    before = f"""
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(
        "spectral_ops", {str(copied / "__init__.py")!r}, submodule_search_locations={folders!r}
    )
    sys.modules["spectral_ops"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["spectral_ops"])
    """
    result = report(tmp_path, before=before)
    assert_serves_native(result)
    assert Path(result["package"]).parent == copied
    for key in ("library", "kernels"):
        assert Path(result["info"][key]).parent == compiled


USER = """\
import importlib


def plain():
    import spectral_ops


def of_a_part():
    from spectral_ops.ops import conv


def by_name():
    importlib.import_module("spectral_ops")
"""


@pytest.mark.parametrize(("call", "line"), [("plain", 5), ("of_a_part", 9), ("by_name", 13)])
def test_warning_points_at_the_import(copied: Path, tmp_path: Path, call: str, line: int) -> None:
    (tmp_path / "user.py").write_text(USER)
    (copied / "_build.json").unlink()
    script = f"""
    import sys
    import warnings

    sys.path.insert(0, "")
    import user

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        user.{call}()
    (warning,) = [w for w in caught if "spectral_ops" in str(w.message)]
    assert warning.category is RuntimeWarning
    print(warning.filename, warning.lineno)
    """
    printed = output_with_tensorflow(script, tmp_path, package_parents=[copied.parent])
    assert printed.split() == [str(tmp_path / "user.py"), str(line)]


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
    output_with_tensorflow(CHECK + script, tmp_path)


def test_two_copies_in_one_process(library: Path, copied: Path, tmp_path: Path) -> None:
    """Both work, the op library is opened once, and both say whose it is."""
    rewrite(copied, compiler="another")
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
    assert first.build_info() == second.build_info()
    assert second.build_info()["compiler"] != "another"
    """
    output_with_tensorflow(CHECK + script, tmp_path)


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
    output_with_tensorflow(imports + SAVE, tmp_path, environment=environment)
    output_with_tensorflow(imports + LOAD, tmp_path, environment=environment)


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
