"""The order of layers, in C++ and in Python, and the habits of their files."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CSRC = ROOT / "csrc"
PACKAGE = ROOT / "spectral_ops"

SOURCES = sorted(path for end in ("cc", "h", "cu", "cuh") for path in CSRC.rglob(f"*.{end}"))
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each C++ layer may include of the others.
BELOW = {
    "core": {"core"},
    "cpu": {"core", "cpu"},
    "gpu": {"core", "gpu"},
    "cuda": {"core", "gpu", "cuda"},
    "library": {"core", "cpu", "gpu", "cuda", "library"},
    "tf": {"core", "library", "tf"},
    "jit": {"core", "library", "tf", "jit"},
    "python": {"core", "library", "python"},
    "testing": {"core", "cpu", "gpu", "cuda", "python"},
}
TENSORFLOW = r"(tensorflow|xla|tsl|absl|Eigen|unsupported/Eigen|third_party)/"
CUDA = r"(cuda|cufft|cublas|curand|cooperative_groups|nv|cub|thrust)\w*[./]"
PYTHON = r"(Python\.h|pybind11/|numpy/)"
FOREIGN = {  # headers that a layer must not see
    "core": f"{TENSORFLOW}|{CUDA}|{PYTHON}|hwy/",
    "cpu": f"{TENSORFLOW}|{CUDA}|{PYTHON}",
    "gpu": f"{TENSORFLOW}|{CUDA}|{PYTHON}|hwy/",
    "cuda": f"{TENSORFLOW}|{PYTHON}|hwy/",
    "library": f"{TENSORFLOW}|{CUDA}|{PYTHON}|hwy/",
    "tf": f"{CUDA}|{PYTHON}",
    "jit": f"{CUDA}|{PYTHON}",
    "python": TENSORFLOW,
    "testing": TENSORFLOW,
}

KERNELS = ("core", "cpu", "gpu", "cuda", "library")
EVERYWHERE = tuple(BELOW)
BANNED = [  # (what, in which layers, why)
    (r"\babort\s*\(", EVERYWHERE, "return a Status"),
    (r"(?<!static_)\bassert\s*\(", EVERYWHERE, "return a Status"),
    (r"\b_?exit\s*\(", EVERYWHERE, "return a Status"),
    (r"\b\w*printf\s*\(", EVERYWHERE, "nothing logs"),
    (r"\bstd::(cout|cerr|clog)\b", EVERYWHERE, "nothing logs"),
    (r"\bnew\s+[\w:]+", EVERYWHERE, "memory comes from the caller, or a container owns it"),
    (r"\bdelete\s+\w", EVERYWHERE, "memory comes from the caller, or a container owns it"),
    (r"\b(m|c|re)alloc\s*\(", EVERYWHERE, "memory comes from the caller"),
    (r"\b(aligned_alloc|posix_memalign|free)\s*\(", EVERYWHERE, "memory comes from the caller"),
    (r"\boperator new\b", (*KERNELS, "tf"), "memory comes from the caller"),
    (r"\bstd::(thread|async|jthread)\b", (*KERNELS, "tf"), "threads come from the caller"),
    (r"\bpthread_|#\s*pragma omp", EVERYWHERE, "threads come from the caller"),
    (r"\bthrow\b", (*KERNELS, "tf"), "return a Status"),
    (r"\bgetenv\s*\(", ("core", "gpu", "cuda", "tf"), "one place reads the environment"),
    (r"-ffast-math|\bfast-math\b", EVERYWHERE, "NaN and Inf propagate"),
]


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_of(path: Path) -> str:
    """The text of a C++ file without comments and without what strings hold."""
    token = r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*")|(\'(?:\\.|[^\'\\\n])\')'

    def keep(match: re.Match[str]) -> str:
        return '""' if match[1] or match[2] else " "

    return re.sub(token, keep, path.read_text(), flags=re.DOTALL)


def includes_of(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s+[<"]([^">]+)[">]', path.read_text(), re.MULTILINE)


def layer_of(path: Path) -> str:
    """The first folder; what tests need stands in one of its own."""
    parts = path.relative_to(CSRC).parts
    return "testing" if "testing" in parts[:-1] else parts[0]


def test_there_is_something_to_check() -> None:
    assert set(BELOW) <= {layer_of(path) for path in SOURCES}
    assert len(SOURCES) > 10 and len(MODULES) > 5
    assert any("core/" in include for path in SOURCES for include in includes_of(path))


def test_includes_climb_one_ladder() -> None:
    wrong = []
    for path in SOURCES:
        layer = layer_of(path)
        for include in includes_of(path):
            beside = (path.parent / include).exists()
            if (CSRC / include).exists() or beside:
                first = layer if beside else include.split("/")[0]
                allowed = first in BELOW[layer]
            else:
                allowed = not re.match(FOREIGN[layer], include)
            if include.startswith("..") or not allowed:  # headers are named from csrc/
                wrong.append(f"{identify(path)} includes {include}")
    assert not wrong


ROOMS = {  # of csrc/cpu, and what each may include of the others
    "base": {"base"},
    "fft": {"base", "fft"},
    "axes": {"base", "fft", "axes"},
    "resample": {"base", "fft", "axes", "resample"},
    "spectra": {"base", "fft", "axes", "spectra"},
    "convolution": {"base", "fft", "axes", "spectra", "convolution"},
    "wavelet": {"base", "axes", "wavelet"},
}


def test_rooms_of_the_cpu_climb_one_ladder() -> None:
    assert {path.name for path in (CSRC / "cpu").iterdir() if path.is_dir()} == set(ROOMS)
    wrong = []
    for room, allowed in ROOMS.items():
        for path in (CSRC / "cpu" / room).iterdir():
            for include in includes_of(path):
                parts = include.split("/")
                if parts[0] == "cpu" and parts[1] not in allowed:
                    wrong.append(f"{identify(path)} includes {include}")
    assert not wrong


def test_nothing_banned() -> None:
    wrong = []
    for path in SOURCES:
        code = code_of(path)
        for pattern, layers, why in BANNED:
            found = re.search(pattern, code) if layer_of(path) in layers else None
            if found:
                wrong.append(f"{identify(path)} has {found[0]!r}: {why}")
    assert not wrong


BAD_LINES = (
    "if (x) abort();",
    "std::abort();",
    "assert(n > 0);",
    "float* x = new float[4];",
    "void* p = std::malloc(4);",
    "std::thread helper;",
    "fprintf(stderr, x);",
    "std::cout << x;",
    "exit(1);",
)
GOOD_LINES = (
    "static_assert(sizeof(int) == 4);",
    "// a new line, printf(x)",
    'Error("malloc(3) failed, exit(1)");',
    "Foo(const Foo&) = delete;",
    "ctx->allocate_temp(x);",
    "#include <new>",
)


def test_ban_finds_what_it_should(tmp_path: Path) -> None:
    path = tmp_path / "line.cc"
    for line in BAD_LINES + GOOD_LINES:
        path.write_text(line)
        banned = any(re.search(pattern, code_of(path)) for pattern, *_ in BANNED)
        assert banned == (line in BAD_LINES), line


def test_files_are_short() -> None:
    lengths = {identify(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert not {path: length for path, length in lengths.items() if length >= 400}


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by full name."""
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{module}.{alias.name}"
                stem = ROOT.joinpath(*full.split("."))
                is_module = stem.is_dir() or stem.with_suffix(".py").exists()
                is_module |= alias.name == "_kernels"
                yield full if is_module else module


def rung_of(module: str) -> str:
    """The layer of `spectral_ops` that a module is of; "" for the package itself."""
    return f"{module}.".split(".")[1]


MAY_IMPORT = {  # which rungs of the package each may use; None: all
    "wavelets": set(),
    "_arguments": {"_arguments", "wavelets"},
    "_build": {""},
    "_library": {"_build"},
    "_build_info": {"", "_build", "_library"},
    "_self_check": {"", "_kernels", "_self_check", "reference"},
    "_filters": {"_arguments"},
    "_direct": {"_arguments"},
    "windows": {"_arguments"},
    "responses": {"_arguments"},
    "_passes": {"_arguments", "responses"},
    "_aliasing": {"_arguments"},
    "_shrinkage": {"_arguments"},
    "_cascade": {"_arguments", "_shrinkage"},
    "reference": {
        "_arguments",
        "_filters",
        "_direct",
        "_passes",
        "_aliasing",
        "_cascade",
        "reference",
    },
    "ops": {
        "_arguments",
        "_library",
        "_direct",
        "_passes",
        "_aliasing",
        "_cascade",
        "reference",
        "ops",
    },
    "layers": {"_arguments", "_filters", "windows", "responses", "ops", "layers"},
    "__main__": None,
    "__init__": None,
}


def test_imports_climb_one_ladder() -> None:
    wrong = []
    for path in MODULES:
        rung = path.relative_to(PACKAGE).with_suffix("").parts[0]
        assert rung in MAY_IMPORT, f"{rung}: say here what it may import"
        allowed = MAY_IMPORT[rung]
        for module in imports_of(path):
            ours = module.split(".")[0] == "spectral_ops"
            if ours and allowed is not None and rung_of(module) not in allowed:
                wrong.append(f"{identify(path)} imports {module}")
    assert not wrong


def test_reference_needs_tensorflow_alone() -> None:
    known = {"tensorflow", "spectral_ops", *sys.stdlib_module_names}
    plain = ("_direct", "_passes", "_aliasing", "_cascade", "_shrinkage", "windows", "responses")
    paths = [*(PACKAGE / "reference").glob("*.py"), *(PACKAGE / f"{name}.py" for name in plain)]
    imported = {(identify(path), module) for path in paths for module in imports_of(path)}
    assert imported
    assert not {each for each in imported if each[1].split(".")[0] not in known}


def test_the_op_library_has_one_door() -> None:
    opens = re.compile(r"load_(op_)?library|_spectral_ops_(tf|jit)")
    assert [path.stem for path in MODULES if opens.search(path.read_text())] == ["_library"]


COMPOSED = {"aliasing", "passes"}  # of operators: they have no kernels
OP_OF = {"filter": "spectral_conv"}  # whose op another one has


def public(folder: str) -> set[str]:
    return {p.stem for p in (PACKAGE / folder).glob("*.py") if not p.stem.startswith("_")}


def operators() -> list[str]:
    return sorted(public("ops") - COMPOSED)


def test_what_is_composed_is_in_both_implementations() -> None:
    for name in COMPOSED:
        assert name in public("ops") and name in public("reference")
        assert (ROOT / "tests" / "ops" / f"test_{name}.py").is_file()


def test_an_operator_is_the_same_file_in_every_layer() -> None:
    assert "resample" in operators()
    for name in operators():
        paths = (
            f"csrc/tf/{OP_OF.get(name, name)}_op.cc",
            f"spectral_ops/reference/{name}.py",
            f"tests/ops/test_{name}.py",
            f"bench/{name}.py",
        )
        assert not [path for path in paths if not (ROOT / path).is_file()]
        assert list((CSRC / "cpu").rglob(f"{name}.cc")), name


def test_no_operator_is_in_some_layers_only() -> None:
    names = {path.stem.removesuffix("_op") for path in (CSRC / "tf").glob("*_op.cc")}
    names |= public("reference") - COMPOSED
    assert names == set(operators())


KERNEL_TESTS = sorted((ROOT / "tests" / "kernels").glob("*.py"))
SHARED = sorted((ROOT / "tests").glob("*.py"))


def test_kernel_tests_do_not_import_tensorflow() -> None:
    """Neither themselves nor through what they share; a fixture may, when it is asked for."""
    wrong = []
    for path in (*KERNEL_TESTS, *SHARED):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree) if path in KERNEL_TESTS else tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == "tensorflow" for name in names):
                wrong.append(identify(path))
    assert KERNEL_TESTS and not wrong


def test_modules_and_public_functions_say_what_they_do() -> None:
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        public = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        for node in (tree, *public):
            if not ast.get_docstring(node):
                silent.append(f"{identify(path)}: {getattr(node, 'name', 'the module')}")
    assert not silent
