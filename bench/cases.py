"""What is measured. A case's name is made from its parameters."""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class PoolCase:
    """Pools float32 `[batch, *lengths, channels]` to `output_size`, one entry per spatial axis."""

    batch: int
    lengths: tuple[int, ...]
    channels: int
    output_size: tuple[int, ...]
    data_format: str = "channels_last"

    @property
    def name(self) -> str:
        """For instance `8x112x112x64-to-56x56-channels_last`."""
        return f"{_times(self.shape)}-to-{_times(self.output_size)}-{self.data_format}"

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.lengths)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the input, channels where `data_format` has them."""
        return self._shape(self.lengths)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the pooled array."""
        return self._shape(self.output_size)

    @property
    def axes(self) -> range:
        """The spatial axes of `shape`."""
        first = 1 if self.data_format == "channels_last" else 2
        return range(first, first + self.rank)

    @property
    def scale(self) -> float:
        """Output samples per input sample: the factor of norm="forward" on an unscaled irfft."""
        return math.prod(self.output_size) / math.prod(self.lengths)

    @property
    def integer_ratio(self) -> int | None:
        """The k of a k-times block pooling with the same output size, None if there is none."""
        ratios = {n // m for n, m in zip(self.lengths, self.output_size, strict=True)}
        k = ratios.pop()
        blocks = tuple(n // k for n in self.lengths)
        return k if not ratios and k > 1 and blocks == self.output_size else None

    def _shape(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        if self.data_format == "channels_last":
            return (self.batch, *lengths, self.channels)
        return (self.batch, self.channels, *lengths)


def _times(sizes: tuple[int, ...]) -> str:
    return "x".join(str(size) for size in sizes)


# The feature maps of a convolutional network from its last stage to its first, halved.
HALVINGS = (
    PoolCase(32, (32, 32), 64, (16, 16)),
    PoolCase(16, (56, 56), 64, (28, 28)),
    PoolCase(8, (112, 112), 64, (56, 56)),
    PoolCase(4, (224, 224), 32, (112, 112)),
    PoolCase(1, (512, 512), 16, (256, 256)),
)

POOL_CASES = (
    *HALVINGS,
    PoolCase(16, (56, 56), 64, (47, 47)),
    PoolCase(16, (61, 67), 48, (31, 29)),
    PoolCase(1, (427, 640), 3, (213, 320)),
    PoolCase(8, (16384,), 16, (4096,)),
    PoolCase(2, (32, 64, 64), 8, (16, 32, 32)),
    *(replace(case, data_format="channels_first") for case in HALVINGS),
)
