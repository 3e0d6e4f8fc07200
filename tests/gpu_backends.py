"""The operators as a GPU runs them, on NumPy arrays: emulated on the host, or on a GPU."""

import importlib
import math
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import ml_dtypes
import numpy as np
import pytest

# How much there is of everything: as on a GPU; no two passes in one kernel, by whole and by folded
# matrices; every axis by FFTs, in shared memory or by a library; so little memory that planes do
# not fit and tensors go in chunks.
NEVER = 1 << 30
EMULATIONS: dict[str, dict[str, Any]] = {
    "emulated": {},
    "emulated, unfused": dict(fuses=False, block_fft_length=NEVER),
    "emulated, folded": dict(fuses=False, folded_depth=0, block_fft_length=NEVER),
    "emulated, block FFTs": dict(block_fft_length=0),
    "emulated, FFTs": dict(algorithm="fft"),
    "emulated, tight": dict(shared_bytes=40_000, chunk_bytes=4_000, fft_bytes=4_000, processors=64),
}
DEVICES: dict[str, dict[str, Any]] = {"cuda": {}, "cuda, FFTs": dict(algorithm="fft")}
BACKENDS = [*EMULATIONS, *(pytest.param(name, marks=pytest.mark.gpu) for name in DEVICES)]
BY_FFTS = ("emulated, FFTs", "cuda, FFTs")


class Guarded:
    """Arrays on a device that are full of NaN at first, each amid bytes that nobody may write.

    A kernel that leaves a part of a result unwritten then gives NaN, and one that writes beyond its
    arrays or its workspace spoils a guard.
    """

    GUARD = 256  # bytes before and behind; starts stay aligned
    BYTE = 0xFF

    def __init__(self, allocate: Callable[[int], Any], view: Callable[[Any, str], Any]) -> None:
        self._allocate = allocate  # so many bytes
        self._view = view  # bytes as an array of a type
        self._made: list[tuple[Any, int]] = []

    def empty(self, shape: list[int], dtype: str) -> Any:
        itemsize = 1 if dtype == "uint8" else np.dtype(getattr(ml_dtypes, dtype, dtype)).itemsize
        size = math.prod(shape) * itemsize
        memory = self._allocate(size + 2 * self.GUARD)
        memory[:] = self.BYTE
        self._made.append((memory, size))
        return self._view(memory[self.GUARD : self.GUARD + size], dtype).reshape(shape)

    def check(self) -> None:
        """Of all that was made since the last time."""
        made, self._made = self._made, []
        for memory, size in made:
            for guard in (memory[: self.GUARD], memory[self.GUARD + size :]):
                assert bool((guard == self.BYTE).all()), f"written beyond an array of {size} bytes"


class OnCuda:
    """A backend whose methods take and give NumPy arrays and run on the first GPU."""

    def __init__(self, kernels: ModuleType, torch: Any, **settings: Any) -> None:
        self.torch = torch
        self._kernels = kernels
        self._settings = settings

        def allocate(size: int) -> Any:
            return torch.empty(size, dtype=torch.uint8, device="cuda")

        def view(memory: Any, dtype: str) -> Any:
            return memory.view(getattr(torch, dtype))

        self._guarded = Guarded(allocate, view)
        stream = torch.cuda.current_stream().cuda_stream
        self._backend = kernels.Cuda(self._guarded.empty, stream=stream, **settings)

    def on_stream(self, stream: Any) -> Any:
        """The backend of that stream, on PyTorch's arrays."""

        def empty(shape: list[int], dtype: str) -> Any:
            with self.torch.cuda.stream(stream):
                return self.torch.empty(shape, dtype=getattr(self.torch, dtype), device="cuda")

        return self._kernels.Cuda(empty, stream=stream.cuda_stream, **self._settings)

    def __getattr__(self, name: str) -> Callable[..., np.ndarray]:
        method = getattr(self._backend, name)

        def call(*arguments: Any, **settings: Any) -> np.ndarray:
            given = [self.send(argument) for argument in arguments]
            named = {name: self.send(setting) for name, setting in settings.items()}
            result = self.fetch(method(*given, **named))
            self._guarded.check()
            return result

        return call

    def send(self, array: Any) -> Any:
        """An array of NumPy's, or each of a sequence, on the GPU; anything else as it is."""
        if isinstance(array, (list, tuple)):
            return type(array)(self.send(each) for each in array)
        if not isinstance(array, np.ndarray):
            return array
        array = np.ascontiguousarray(array)
        if array.dtype == ml_dtypes.bfloat16:
            bits = self.torch.from_numpy(array.view(np.int16))
            return bits.cuda().view(self.torch.bfloat16)
        return self.torch.from_numpy(array).cuda()

    def fetch(self, tensor: Any) -> np.ndarray:
        """The other way."""
        if tensor.dtype == self.torch.bfloat16:
            return tensor.view(self.torch.int16).cpu().numpy().view(ml_dtypes.bfloat16)
        return tensor.cpu().numpy()


def none_here(why: str) -> NoReturn:
    """Skips; fails where a GPU is what the tests are about, which `make gpu-test` says."""
    if os.environ.get("SPECTRAL_OPS_REQUIRE_GPU"):
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def make_backend(name: str, kernels: ModuleType) -> Any:
    """A backend by its name; skips where there is none, or fails if one is required."""
    if name in EMULATIONS:
        return importlib.import_module("_kernels_testing").GpuEmulation(**EMULATIONS[name])
    cuda = kernels.build_info()["cuda"]
    if cuda is None:
        none_here("built without CUDA")
    if not cuda["devices"]:
        none_here(f"no GPU: {cuda['no_device']}")
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        none_here("no PyTorch, whose arrays the GPU's tests use")
    return OnCuda(kernels, torch, **DEVICES[name])
