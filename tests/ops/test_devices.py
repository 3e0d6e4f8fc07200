"""Which devices have a kernel of each op; what the kernels compute, the other files test."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

# What a kernel on a GPU takes or gives in host memory: it is read before anything is queued.
HOST_MEMORY = {
    "Conv": set(),
    "ConvFilterGradient": {"filters_shape"},
    "ConvInputGradient": {"x_shape"},
    "ConvPrefersFft": {"x_shape", "filters_shape", "prefers_fft"},
    "ConvResult": set(),
    "Resample": {"output_size"},
    "ResampleWindowGradient": set(),
    "SpectralConv": {"output_size"},
    "SpectralConvGradients": set(),
    "SpectralConvWeightGradient": {"weights_shape"},
    "WaveletAnalysis": set(),
    "WaveletFilterGradient": set(),
    "WaveletSynthesis": {"size"},
}
SOURCES = Path(__file__).parents[2] / "csrc" / "tf"


def kernels_of(op: str) -> dict[str, Any]:
    """The registered kernels of an op, by device."""
    from tensorflow.python.framework import kernels

    found = kernels.get_registered_kernels_for_op(f"SpectralOps>{op}").kernel
    by_device = {kernel.device_type: kernel for kernel in found}
    assert len(by_device) == len(found)
    return by_device


def test_every_op_is_here() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*_op.cc"))
    assert set(re.findall(r'REGISTER_OP\("SpectralOps>(\w+)"\)', text)) == set(HOST_MEMORY)


def test_devices(native: ModuleType) -> None:
    """The CPU, and a GPU where CUDA was compiled in; nobody need have one. XLA alike."""
    info = native.build_info()
    has_cuda = info["cuda"] is not None
    devices = {"CPU", "GPU"} if has_cuda else {"CPU"}
    if not info["no_xla"]:
        devices |= {f"XLA_{device}_JIT" for device in devices}
    for op, in_host_memory in HOST_MEMORY.items():
        kernels = kernels_of(op)
        assert set(kernels) == devices, op
        if has_cuda:
            assert set(kernels["GPU"].host_memory_arg) == in_host_memory, op
            assert not kernels["GPU"].constraint, op  # every type of the op
