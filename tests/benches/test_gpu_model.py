"""`python -m bench.gpu_model`: plans and what arithmetic expects of them. No time is asserted."""

import json
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

# At the end, so that `spectral_ops` stays the installed one.
sys.path.append(str(Path(__file__).parents[2]))

from bench import gpu_cost, gpu_model, gpu_sass
from bench.gpu_cases import LAYOUTS, Case, cases

H100, H200 = gpu_cost.DEVICES
BY_NAME = {case.name: case for case in cases()}
FIRST = json.loads((Path(__file__).parents[1] / "fixtures" / "first_gpu_plans.json").read_text())

# By hand, for the first kernels and their plans: shares of a copy on an H100, or milliseconds.
SHARES = {
    "pool 1024x32x32x64 to (16, 16), channels_last": (0.5, 0.6),
    "pool 384x56x56x64 to (28, 28), channels_last": (0.15, 0.15),
    "pool 256x64x64x64 to (32, 32), channels_last": (0.45, 0.55),
    "pool 384x56x56x64 to (47, 47), channels_last": (0.3, 0.3),
    "pool 96x112x112x64 to (56, 56), channels_last": (0.1, 0.1),
    "pool 96x128x128x64 to (64, 64), channels_last": (0.36, 0.36),
    "pool 40x224x224x32 to (112, 112), channels_last": (0.33, 0.33),
    "pool 32x256x256x32 to (128, 128), channels_last": (0.25, 0.25),
    "pool 256x64x64x64 to (32, 32), channels_first": (0.45, 0.55),
    "pool 96x112x112x64 to (56, 56), channels_first": (0.28, 0.28),
    "pool 96x128x128x64 to (64, 64), channels_first": (0.28, 0.28),
    "pool 40x224x224x32 to (112, 112), channels_first": (0.2, 0.2),
    "pool 32x256x256x32 to (128, 128), channels_first": (0.2, 0.2),
}
MILLISECONDS = {
    "pool 16x512x512x16 to (256, 256), channels_last": 0.87,
    "pool 4x1024x1024x16 to (512, 512), channels_last": 1.45,
    "spectral_conv 32x256x256x64 to (32, 17), channels_last": 1.0,
}

# Shares of a copy on an H100 that the plans of csrc/gpu have now, of channels last and first.
# Whoever gains raises them.
FLOORS = {
    "pool 1024x32x32x64 to (16, 16)": (0.91, 0.91),
    "pool 384x56x56x64 to (28, 28)": (0.92, 0.93),
    "pool 256x64x64x64 to (32, 32)": (0.91, 0.91),
    "pool 384x56x56x64 to (47, 47)": (0.89, 0.87),
    "pool 96x112x112x64 to (56, 56)": (0.65, 0.92),
    "pool 96x128x128x64 to (64, 64)": (0.67, 0.93),
    "pool 40x224x224x32 to (112, 112)": (0.53, 0.52),
    "pool 32x256x256x32 to (128, 128)": (0.53, 0.52),
    "pool 16x512x512x16 to (256, 256)": (0.39, 0.4),
    "pool 4x1024x1024x16 to (512, 512)": (0.41, 0.37),
    "pool 512x61x61x48 to (30, 30)": (0.92, 0.92),
    "pool 16x509x509x16 to (254, 254)": (0.24, 0.24),
    "pool 256x16384x16 to (4096,)": (0.18, 0.18),
    "pool 1x32x32x8 to (16, 16)": (0.0, 0.0),
    "gradient of pool 256x32x32x64 to (64, 64)": (0.91, 0.91),
    "spectral_conv 32x256x256x64 to (32, 17)": (0.59, 0.56),
    "pool, symmetric 384x56x56x64 to (28, 28)": (0.92, 0.93),
    "pool, symmetric 384x56x56x64 to (47, 47)": (0.89, 0.87),
    "pool, symmetric 96x112x112x64 to (56, 56)": (0.59, 0.7),
    "pool, symmetric 40x224x224x32 to (112, 112)": (0.44, 0.42),
    "pool, symmetric 16x512x512x16 to (256, 256)": (0.24, 0.24),
    "pool, centered 384x56x56x64 to (28, 28)": (0.92, 0.93),
    "pool, centered 384x56x56x64 to (47, 47)": (0.89, 0.87),
    "pool, centered 96x112x112x64 to (56, 56)": (0.59, 0.7),
    "pool, centered 40x224x224x32 to (112, 112)": (0.44, 0.42),
    "pool, centered 16x512x512x16 to (256, 256)": (0.39, 0.4),
    "filter 384x56x56x64 to (56, 56)": (0.46, 0.48),
    "filter 96x112x112x64 to (112, 112)": (0.34, 0.47),
    "filter 40x224x224x32 to (224, 224)": (0.17, 0.27),
    "conv 64x64x64x32 by (15, 15)": (0.02, 0.02),
    "depthwise conv 64x64x64x64 by (31, 31)": (0.02, 0.02),
    "dwt 384x56x56x64 by (2, 2)": (0.68, 0.63),
    "dwt 384x56x56x64 by (4, 4)": (0.66, 0.45),
    "dwt 40x224x224x32 by (4, 4)": (0.63, 0.5),
    "dwt 40x224x224x32 by (16, 16)": (0.49, 0.19),
    "dwt 256x16384x16 by (4,)": (0.95, 0.97),
    "idwt 384x56x56x64 by (4, 4)": (0.63, 0.48),
    "idwt 40x224x224x32 by (4, 4)": (0.61, 0.46),
    "idwt 256x16384x16 by (4,)": (0.95, 0.97),
    "gradient of dwt 384x56x56x64 by (4, 4)": (0.62, 0.41),
    "filter gradient of dwt 384x56x56x64 by (4, 4)": (0.54, 0.42),
}


def predict(testing: ModuleType, case: Case, **changed: Any) -> gpu_model.Prediction:
    plans = gpu_model.plans_for(testing, H100, **changed)
    return gpu_model.predict(plans, H100, gpu_cost.Kernels(), case)


def first_plans(case: Case) -> Any:
    """A planner that has made the plan of this case in the first state."""

    def plan(*_: Any, **__: Any) -> Any:
        return FIRST[case.name]

    return SimpleNamespace(resample=plan, spectral_conv=plan)


def test_reproduces_what_was_worked_out_by_hand() -> None:
    """Within a fifth, whatever kernels and plans are now."""
    kernels = gpu_cost.Kernels(
        {
            "whole": gpu_sass.Loop(100, 760, 760),
            "mirrored": gpu_sass.Loop(151, 819, 819),
            "rows": gpu_sass.Loop(102, 481, 481),
            "columns": gpu_sass.Loop(97, 980, 980),
        },
        idle_warps_multiply=True,
        tiles_in_pairs=False,
        matrix_parts=(2, 2),
    )
    for name in FIRST:
        case = BY_NAME[name]
        prediction = gpu_model.predict(first_plans(case), H100, kernels, case)
        if name in SHARES:
            low, high = SHARES[name]
            assert low / 1.2 <= prediction.share <= 1.2 * high, name
        else:
            known = MILLISECONDS[name]
            assert known / 1.2 <= 1e3 * prediction.seconds <= 1.2 * known, name
    assert FIRST.keys() == SHARES.keys() | MILLISECONDS.keys()


@pytest.mark.parametrize("case", cases(), ids=str)
def test_no_share_falls(testing: ModuleType, case: Case) -> None:
    floor = FLOORS[case.name.rpartition(", ")[0]][LAYOUTS.index(case.layout)]
    assert floor <= predict(testing, case).share < 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_long_axes_pass_torch(testing: ModuleType, layout: str) -> None:
    """FFTs in shared memory are expected to, by half and more; both the factors 3, 5 and 7."""
    for batch, n, m in ((16, 512, 256), (4, 1024, 512), (16, 700, 500), (4, 1080, 720)):
        prediction = predict(testing, Case("pool", batch, (n, n), 16, (m, m), layout))
        assert all("FFTs" in launch.kernel for launch in prediction.launches)
        assert prediction.torch >= 1.5


@pytest.mark.parametrize("layout", LAYOUTS)
def test_filters_pass_all_other_ways(testing: ModuleType, layout: str) -> None:
    """Planes in shared memory are expected to pass cuFFT, matrices and torch.fft."""
    for batch, n, channels in ((4096, 8, 64), (1024, 32, 64), (384, 56, 64), (40, 224, 32)):
        case = Case("filter", batch, (n, n), channels, (n, n), layout)
        prediction = predict(testing, case)
        assert any("planes" in launch.kernel for launch in prediction.launches)
        assert prediction.torch >= 0.99
        for algorithm in ("fft", "matrix"):
            other = predict(testing, case, algorithm=algorithm)
            assert not any("planes" in launch.kernel for launch in other.launches)
            assert other.seconds > prediction.seconds


def test_figures_are_of_one_kind(testing: ModuleType) -> None:
    """Work is at least what is needed, and no time is below that of its bytes."""
    for case in cases():
        prediction = predict(testing, case)
        needed = prediction.share * prediction.seconds * H100.copy
        assert sum(launch.dram_bytes for launch in prediction.launches) >= 0.999 * needed
        assert math.isnan(prediction.useful) or 0 < prediction.useful <= 1
        bounds = ("tensor", "issue", "shared", "float64", "DRAM", "L2", "latency", "memory")
        assert prediction.bound() in bounds
        h200 = gpu_model.predict(gpu_model.plans_for(testing, H200), H200, gpu_cost.Kernels(), case)
        assert h200.seconds <= prediction.seconds * (1 + 1e-9)
        assert h200.share <= prediction.share * (1 + 1e-9)


def test_plans_take_settings(testing: ModuleType) -> None:
    case = BY_NAME["pool 256x64x64x64 to (32, 32), channels_last"]
    assert [launch.count for launch in predict(testing, case).launches] == [1]
    apart = predict(testing, case, fuses=False).launches
    assert len(apart) == 2 and not apart[0].to_dram and not apart[1].from_dram
    finer = predict(testing, case, fuses=False, chunk_bytes=4 << 20).launches
    assert finer[0].count > apart[0].count
    halves = predict(testing, BY_NAME["pool 96x112x112x64 to (56, 56), channels_last"], fuses=False)
    assert "shifted" in halves.launches[0].kernel
    odd = BY_NAME["pool 512x61x61x48 to (30, 30), channels_last"]
    assert "mirrored" in predict(testing, odd, fuses=False, folded_depth=48).launches[0].kernel
    by_fft = predict(testing, case, direct_depth=0).launches
    assert [launch.kernel for launch in by_fft] == ["cuFFT of all axes"]


def test_plans_refuse_bad_calls(testing: ModuleType) -> None:
    plans = gpu_model.plans_for(testing, H100)
    with pytest.raises(ValueError, match="output_size"):
        plans.resample([1, 8, 8, 1], [0, 4])
    with pytest.raises(ValueError, match=r"modes|weights"):
        plans.spectral_conv([1, 8, 8, 1], [9, 9, 1, 1])


def test_idle_warps() -> None:
    """They cost all of a round, or of a scheduler that has others."""
    repeat, rest = gpu_cost.Kernels(idle_warps_multiply=True), gpu_cost.Kernels()
    assert [repeat.warps(jobs) for jobs in (1, 8, 9, 16)] == [8, 8, 16, 16]
    assert [rest.warps(jobs) for jobs in (1, 4, 5, 8, 9, 16)] == [4, 4, 8, 8, 12, 16]


LISTING = """
		Function : _ZN12spectral_ops9RunKernelINS_3gpu11AxisProductIffEEEEvT_
        /*0000*/                   MOV R1, c[0x0][0x28] ;       /* 0x0 */
                                                                /* 0x0 */
        /*0010*/                   IMAD R2, R1, R1, R1 ;        /* 0x0 */
        /*0020*/                   LDS R4, [R2] ;               /* 0x0 */
{products}
        /*0300*/              @!P0 BRA 0x20 ;                   /* 0x0 */
        /*0310*/                   STG.E [R2.64], R4 ;          /* 0x0 */
        /*0320*/               @P1 BRA 0x10 ;                   /* 0x0 */
        /*0330*/                   EXIT ;                       /* 0x0 */
        /*0340*/                   BRA 0x340;                   /* 0x0 */
"""


def test_jobs_suit_their_rows(testing: ModuleType) -> None:
    """No case that goes in one kernel multiplies a third more rows than there are."""
    plans = gpu_model.plans_for(testing, H100)
    jobs = set()
    for case in cases():
        chain = gpu_model.plan_of(plans, case).get("chain")
        for one in chain["passes"][:2] if chain and chain["plane"] else ():
            rows, _ = gpu_cost.JOBS[gpu_cost.job_of(one)]
            rows *= 2 if one["folds"] else 1
            assert gpu_cost.up(one["rows"], rows) < 4 / 3 * one["rows"]
            jobs.add(gpu_cost.job_of(one))
    assert jobs == {"", "16 rows", "48 rows", "shifted"}


@pytest.mark.parametrize("tiles", [1, 2])
def test_counts_loops(tiles: int) -> None:
    """Of a loop that takes two k-tiles at once, the half."""
    products = "\n".join(
        f"        /*{0x30 + i:04x}*/                   HMMA.1688.F32.TF32 R4, R8, R2, R4 ;"
        for i in range(24 * tiles)
    )
    ((name, code),) = gpu_sass.functions(LISTING.format(products=products))
    assert "AxisProduct" in name and len(code) == 8 + 24 * tiles
    (loop,) = gpu_sass.tile_loops(code)
    assert loop == (24 + 2 // tiles, 3, 3)
    (loop,) = gpu_sass.tile_loops(code, ["columns, 16 rows"])
    assert loop.k_tile == 12 + 1 // tiles


@pytest.mark.parametrize("store", ["STG.E", "STS"])
def test_counts_both_ways_to_store(store: str) -> None:
    """Two results at once, or each by itself."""
    opcodes = ["IMAD", "LDS", *["HMMA"] * 24, "BRA", "BRA", f"{store}.64", "BRA", *[store] * 3]
    targets = {26: 1, 27: 30, 29: 33, 33: 0}
    code = [
        gpu_sass.Instruction(16 * at, opcode, f"0x{16 * targets.get(at, 99):x}", at in (26, 27, 33))
        for at, opcode in enumerate([*opcodes, "BRA"])
    ]
    assert gpu_sass.tile_loops(code) == [(26, 5, 6)]


def test_counts_loops_of_ffts() -> None:
    """Each by its reads and writes; those alike, by their order."""
    lines = []
    for ldg, lds, sts, stg in [kind for kind, names in gpu_sass.FFT_LOOPS.items() for _ in names]:
        start = 16 * len(lines)
        opcodes = ["LDG.E"] * ldg + ["LDS.64"] * lds + ["STS.64"] * sts + ["STG.E"] * stg
        for opcode in (*opcodes, f"BRA 0x{start:x}"):
            lines.append(f"        /*{16 * len(lines):04x}*/                   {opcode} ;")
    listing = "\t\tFunction : f\n" + "\n".join(lines)
    ((_, code),) = gpu_sass.functions(listing)
    found = gpu_sass.fft_loops(code)
    assert found["forth 16"] == found["back 16"] == (15 + 16 + 16 + 1, 0, 0)
    assert found["store rows"] == (4, 0, 0) and found["store runs"] == (3, 0, 0)
    with pytest.raises(ValueError, match="no loops for back 16"):
        gpu_sass.fft_loops(code[:-1])


def test_counts_the_shortest_way_past_a_loop() -> None:
    """Through the loop over positions, but not past what only some of them need."""
    listing = """
		Function : f
        /*0000*/                   MOV R1, R2 ;
        /*0010*/                   IMAD R2, R1, R1, R1 ;
        /*0020*/              @!P0 BRA 0x40 ;
        /*0030*/                   LDS R4, [R2] ;
        /*0040*/                   LDG.E R4, [R2.64] ;
        /*0050*/                   LDG.E R5, [R2.64] ;
        /*0060*/                   LDS.128 R8, [R2] ;
        /*0070*/                   FFMA R4, R4, R8, R4 ;
        /*0080*/              @!P0 BRA 0x40 ;
        /*0090*/                   BRA 0xb0 ;
        /*00a0*/                   EXIT ;
        /*00b0*/                   STG.E [R2.64], R4 ;
        /*00c0*/              @!P0 BRA 0x10 ;
        /*00d0*/                   EXIT ;
"""
    ((_, code),) = gpu_sass.functions(listing)
    around, pair = gpu_sass.wavelet_way(code, (2, 1, 1), 2)
    assert (
        around == 2 + 3 and pair == 5 / 2
    )  # to the loop and behind it; it takes two pairs at once
    assert gpu_sass.single_way(code) == 9
    with pytest.raises(ValueError, match="0 loops over taps"):
        gpu_sass.wavelet_way(code, (4, 1, 1), 1)
    with pytest.raises(ValueError, match="no way"):
        gpu_sass.steps(code, (0x0, 0xD0), 0xA0, 0xB0)


def test_wavelets_take_several_columns_where_they_can(testing: ModuleType) -> None:
    plans = gpu_model.plans_for(testing, H100)
    for channels, wide in ((8, 4), (5, 1)):
        (passes,) = plans.wavelet([1, 16, 16, channels], [4, 4])["chunks"]
        assert [one["wide"] for one in passes] == [wide, wide]
    (passes,) = plans.wavelet([1, 8, 16, 16], [2, 2], data_format="channels_first")["chunks"]
    assert [one["wide"] for one in passes] == [1, 4]
    for map in ("analysis", "synthesis", "filter_gradient"):
        plan = plans.wavelet([3, 40, 8, 4], [4, 2], map=map)
        for one in (one for chunk in plan["chunks"] for one in chunk):
            own = plan["synthesis"] and one["stride"] == 2
            rows = one["plain"]["rows"] + one["borders"]["rows"]
            assert rows in ((one["n"] // 2, one["n"] // 2 + 1) if own else (one["h"],))


def test_loops_of_the_library(kernels: ModuleType) -> None:
    """What the model has for them is not far from what this compiler made."""
    (library,) = Path(kernels.__file__).parent.glob("libspectral_ops-*.so")
    try:
        loops, streams = gpu_sass.count_loops(library), gpu_sass.count_streams(library)
    except (FileNotFoundError, gpu_sass.NoCode) as error:
        pytest.skip(str(error))
    for name, loop in loops.items():
        assert loop.k_tile == pytest.approx(gpu_cost.LOOPS[name].k_tile, rel=0.1), name
    for name, stream in streams.items():
        assert stream == pytest.approx(gpu_cost.STREAMS[name], rel=0.1), name


def test_prints_every_case(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_model, "count_loops", lambda _: dict(gpu_cost.LOOPS))
    monkeypatch.setattr(gpu_model, "count_streams", lambda _: dict(gpu_cost.STREAMS))
    gpu_model.main(["--json", str(tmp_path / "model.json")])
    lines = capsys.readouterr().out.splitlines()
    for case in cases():
        assert sum(line.startswith(f"| {case.name} |") for line in lines) == 1
    rows = json.loads((tmp_path / "model.json").read_text())
    assert len(rows) == 2 * len(BY_NAME)
    assert {row["device"] for row in rows} == {"H100", "H200"}
