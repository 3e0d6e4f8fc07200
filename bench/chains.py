"""The chains of FFTs that users of SciPy and PyTorch write, with the channels first.

Neither TensorFlow nor PyTorch is needed here: the modules to be used are arguments.
"""

from typing import Any


def resample(xp: Any, fft: Any, x: Any, sizes: tuple[int, ...], norm: str = "forward") -> Any:
    """rfftn, crop or pad, irfftn: right but for a Nyquist bin. `xp` is NumPy or PyTorch."""
    axes = tuple(range(2, x.ndim))
    z = fft.rfftn(x, None, axes, norm)
    for axis, m in zip(axes[:-1], sizes[:-1], strict=True):
        n = z.shape[axis]
        band = min(n, m)
        before = (slice(None),) * axis
        parts = [z[(*before, slice((band + 1) // 2))], z[(*before, slice(n - band // 2, None))]]
        if m > n:
            shape = (*z.shape[:axis], m - n, *z.shape[axis + 1 :])
            parts.insert(1, xp.zeros(shape, dtype=z.dtype, device=z.device))
        z = xp.concat(parts, axis)
    return fft.irfftn(z[..., : sizes[-1] // 2 + 1], sizes, axes, norm)


def spectral_conv(torch: Any, x: Any, weights: Any) -> Any:
    """rfft2, the low modes, einsum, irfft2; `weights` are [in, out, *modes]."""
    height, width = x.shape[2:]
    rows, columns = weights.shape[2:]
    low, high = (rows + 1) // 2, rows // 2
    z = torch.fft.rfft2(x, norm="forward")[..., :columns]
    z = torch.cat([z[..., :low, :], z[..., height - high :, :]], -2)
    z = torch.einsum("bixy,ioxy->boxy", z, weights)
    y = torch.zeros(*z.shape[:2], height, width // 2 + 1, dtype=z.dtype, device=z.device)
    y[..., :low, :columns] = z[..., :low, :]
    y[..., height - high :, :columns] = z[..., low:, :]
    return torch.fft.irfft2(y, (height, width), norm="forward")
