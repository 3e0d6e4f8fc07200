"""The tables that other tests rest on."""

from itertools import combinations, product

import pytest
from samples import DATA_FORMATS, DTYPES, NORMS, SHAPES, pairwise


@pytest.mark.parametrize(
    "factors",
    [(SHAPES, DTYPES, DATA_FORMATS, NORMS, (False, True)), (NORMS, (1,)), ([[1], [2]], "ab", "cd")],
    ids=len,
)
def test_pairwise_has_every_pair(factors: tuple) -> None:
    """And is not much longer than the product of the two longest factors, which it must hold."""
    rows = pairwise(*factors)
    for a, b in combinations(range(len(factors)), 2):
        met = [(row[a], row[b]) for row in rows]
        assert all(pair in met for pair in product(factors[a], factors[b]))
    lengths = sorted(map(len, factors))
    assert lengths[-1] * lengths[-2] <= len(rows) <= 1.3 * lengths[-1] * lengths[-2] + 2
    assert rows == pairwise(*factors)


def test_pairwise_has_every_triple_of_few_values() -> None:
    """Beside a long factor there is room for them."""
    rows = pairwise(SHAPES, DTYPES, DATA_FORMATS, NORMS, (False, True))
    assert {row[1:4] for row in rows} == set(product(DTYPES, DATA_FORMATS, NORMS))
