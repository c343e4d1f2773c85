"""A fault does what its text says, in its place, and leaves everything else as it was."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from generated_saft_xml import read

from frontline_pipeline.frames.raw import ALL_FRAMES
from frontline_pipeline.frontline.framefiles import read_frame
from frontline_pipeline.sandbox.generate import GenerateSpec, Simulation, generate
from frontline_pipeline.sandbox.shop_faults import FAULTS, Fault, FaultKind
from frontline_pipeline.sandbox.shop_model import RegisterDay
from frontline_pipeline.sandbox.shop_profiles import PAY_IN_CODES, PAY_OUT_CODES
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.settings import Calendar

FIRST = dt.date(2026, 11, 16)
BAD = dt.date(2026, 11, 18)
OSLO = ShopSpec(
    store="oslo",
    name="Oslo",
    registers=("1", "2"),
    receipts_per_day=70,
    calendar=Calendar(closed_weekdays=("sunday",)),
)
BERGEN = ShopSpec(store="bergen", name="Bergen", registers=("1",), profile="restaurant", receipts_per_day=40)
Days = dict[tuple[str, str, dt.date], RegisterDay]


def simulate(*faults: Fault) -> Days:
    simulation = Simulation(GenerateSpec(seed=2, stores=(OSLO, BERGEN), first=FIRST, days=6, faults=faults))
    days: Days = {}
    for shop in (OSLO, BERGEN):
        for register in shop.registers:
            for offset in range(6):
                day = FIRST + dt.timedelta(days=offset)
                result = simulation.run(shop, register, day)
                if result is not None:
                    days[shop.store, register, day] = result
    return days


GOOD = simulate()
PLACE = ("oslo", "1", BAD)


def imbalance(day: RegisterDay) -> int:
    report = day.report
    moved = report.movement_total(PAY_IN_CODES) - report.movement_total(PAY_OUT_CODES)
    tips = sum(tally.amount for tally in report.tips.values())
    tenders = sum(tally.amount for tally in report.tender_totals().values())
    return tenders - (report.sales_total + report.rounding + moved + tips)


def struck(kind: FaultKind) -> tuple[RegisterDay, RegisterDay]:
    """The faulty day and the same day without the fault; every other day is checked to be untouched."""
    bad = simulate(Fault(kind, "oslo", BAD, "1"))
    later = {place for place in bad if place[:2] == PLACE[:2] and place[2] > BAD}
    for place, day in bad.items():
        if place != PLACE and not (kind == "z_gap" and place in later):
            assert day == GOOD[place], place
    return bad[PLACE], GOOD[PLACE]


def test_every_fault_is_described_and_none_is_there_unasked() -> None:
    assert set(FAULTS) == set(get_args(FaultKind))
    assert all(imbalance(day) == 0 and day.delivered and not day.repeated for day in GOOD.values())


@pytest.mark.parametrize(("kind", "ore"), [("unbalanced", -50_000), ("one_ore", -1)])
def test_a_card_tender_too_low(kind: FaultKind, ore: int) -> None:
    bad, good = struck(kind)
    assert imbalance(bad) == ore
    assert bad.receipts == good.receipts
    before, after = good.report.tender_totals(), bad.report.tender_totals()
    assert {t: after[t].amount - before[t].amount for t in before if after[t] != before[t]} == {"KORT": ore}
    bad.report.tender_faults = {}
    assert bad.report == good.report


def test_vat_of_gross() -> None:
    bad, good = struck("vat_of_gross")
    assert bad.receipts == good.receipts
    for key, honest in good.report.vat.items():
        wrong = bad.report.vat[key]
        assert wrong.base == wrong.gross == honest.gross
        assert abs(wrong.vat * 100_000 - honest.gross * key[1]) <= 50_000
        assert wrong.vat > honest.vat or key[1] == 0
    bad.report.vat = good.report.vat
    assert bad == good


def test_unknown_tender() -> None:
    bad, good = struck("unknown_tender")
    before, after = good.report.tender_totals(), bad.report.tender_totals()
    assert before["VIPPS"] == after["MYNTAPP"]
    assert "VIPPS" not in after
    assert imbalance(bad) == 0
    paid = Counter(p.tender for r in bad.receipts for p in r.payments)
    assert paid["MYNTAPP"] == sum(p.tender == "VIPPS" for r in good.receipts for p in r.payments)
    for ours, theirs in zip(bad.receipts, good.receipts, strict=True):
        assert (ours.amount, ours.lines) == (theirs.amount, theirs.lines)


def test_rounding_on_card() -> None:
    bad, good = struck("rounding_on_card")
    assert imbalance(bad) == 0
    changed = [(b, g) for b, g in zip(bad.receipts, good.receipts, strict=True) if b != g]
    ((wrong, honest),) = changed
    assert honest.rounding == 0
    assert [p.tender for p in wrong.payments] == ["KORT"]
    assert wrong.payments[0].amount == wrong.amount + wrong.rounding
    assert 0 < abs(wrong.rounding) <= 50
    assert wrong.payments[0].amount % 100 == 0
    assert bad.report.rounding == good.report.rounding + wrong.rounding
    assert bad.report.sales_total == good.report.sales_total


def test_receipt_lost() -> None:
    bad, good = struck("receipt_lost")
    assert bad.report == good.report
    lost = [r for r in good.receipts if r not in bad.receipts]
    assert len(lost) == 1
    assert lost[0].kind == "sale"


def test_grand_total() -> None:
    bad, good = struck("grand_total")
    assert bad.report.grand_total_sales == good.report.grand_total_sales + 100_000
    assert bad.report.grand_total_net == good.report.grand_total_net + 100_000
    bad.report.grand_total_sales = good.report.grand_total_sales
    assert bad == good


def test_z_gap_shifts_all_later_numbers_and_nothing_else() -> None:
    bad = simulate(Fault("z_gap", "oslo", BAD, "1"))
    for place, day in bad.items():
        shifted = place[:2] == PLACE[:2] and place[2] >= BAD
        assert day.z_number == GOOD[place].z_number + shifted
        day.z_number = GOOD[place].z_number
        assert day == GOOD[place]


def test_duplicate_and_missing_are_only_marks() -> None:
    bad, good = struck("duplicate_z")
    assert (bad.repeated, good.repeated) == (True, False)
    bad, good = struck("missing_day")
    assert (bad.delivered, good.delivered) == (False, True)
    bad.delivered = True
    assert bad == good


def test_without_a_register_all_of_the_store_are_struck() -> None:
    bad = simulate(Fault("missing_day", "oslo", BAD))
    assert {place for place, day in bad.items() if not day.delivered} == {("oslo", "1", BAD), ("oslo", "2", BAD)}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    generate(two_stores(), root)
    return root


def two_stores(*faults: Fault) -> GenerateSpec:
    """A restaurant and a till beside it, up to the day after the bad one, as CSV."""
    beside = OSLO.model_copy(update={"registers": ("1",), "receipts_per_day": 10})
    return GenerateSpec(
        seed=2, stores=(beside, BERGEN), first=dt.date(2026, 11, 17), days=3, format="csv", faults=faults
    )


def spec(*faults: Fault, fmt: str = "saft", days: int = 6) -> GenerateSpec:
    return GenerateSpec.model_validate(
        {"seed": 2, "stores": (OSLO, BERGEN), "first": FIRST, "days": days, "format": fmt, "faults": faults}
    )


def test_faults_in_saft(tmp_path: Path) -> None:
    faults = (
        Fault("duplicate_z", "oslo", BAD, "1"),
        Fault("missing_day", "oslo", BAD, "2"),
        Fault("unbalanced", "bergen", BAD, "1"),
    )
    (path,) = generate(spec(*faults), tmp_path / "bad")
    (clean,) = generate(spec(), tmp_path / "good")
    first, second, third = read(path)
    honest_first, honest_second, honest_third = read(clean)
    assert [z["z_number"] for z in first.z_reports] == ["1", "2", "3", "3", "4", "5", "6"]
    assert first.z_reports[2] == first.z_reports[3]
    assert first.transactions == honest_first.transactions
    assert [z["z_number"] for z in second.z_reports] == ["1", "2", "4", "5", "6"]
    lost = {t.nr for t in honest_second.transactions} - {t.nr for t in second.transactions}
    assert lost == {r.nr for r in GOOD["oslo", "2", BAD].receipts}
    assert third.z_reports[2]["tenders"]["KORT"][0] == honest_third.z_reports[2]["tenders"]["KORT"][0] - 50_000
    assert third.transactions == honest_third.transactions


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_changes_only_its_store_day_of_the_contract(kind: FaultKind, good: Path, tmp_path: Path) -> None:
    bad = tmp_path
    generate(two_stores(Fault(kind, "bergen", BAD)), bad)
    files = {path.relative_to(good) for path in good.rglob("*.csv")}
    place = Path("bergen") / str(BAD)
    changed = {p for p in files if not (bad / p).exists() or (bad / p).read_bytes() != (good / p).read_bytes()}
    assert changed
    if kind == "z_gap":
        assert {p.parts[0] for p in changed} == {"bergen"}
        assert min(p.parts[1] for p in changed) == str(BAD)
        return
    assert {p.parent for p in changed} == {place}
    check: dict[FaultKind, Callable[[set[str]], bool]] = {
        "missing_day": lambda names: not (bad / place).exists() and len(names) == 9,
        "unbalanced": lambda names: names == {"z_tenders"},
        "one_ore": lambda names: names == {"z_tenders"},
        "vat_of_gross": lambda names: names == {"z_vat"},
        # Tips and gift cards paid by that tender are movements, which name it too.
        "unknown_tender": lambda names: names - {"z_movements"} == {"z_tenders", "receipt_payments"},
        "duplicate_z": lambda names: names == {p.stem for p in files if p.stem.startswith("z_")},
        "rounding_on_card": lambda names: names == {"z_reports", "z_tenders", "receipts", "receipt_payments"},
        "receipt_lost": lambda names: names == {"receipts", "receipt_lines", "receipt_payments"},
        "grand_total": lambda names: names == {"z_reports"},
    }
    assert check[kind]({p.stem for p in changed})


def test_a_duplicate_stands_twice_in_the_contract(tmp_path: Path) -> None:
    generate(spec(Fault("duplicate_z", "oslo", BAD, "1"), fmt="parquet", days=3), tmp_path)
    by_name = {s.name: s for s in ALL_FRAMES}
    rows = read_frame(tmp_path / "oslo" / str(BAD) / "z_reports.parquet", by_name["z_reports"])
    assert rows["register"].tolist() == ["1", "1", "2"]


def test_impossible_faults_are_refused() -> None:
    with pytest.raises(ValueError, match="'burnt' is no fault; known: unbalanced"):
        Fault("burnt", "oslo", BAD)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no register 9 of store 'oslo'"):
        spec(Fault("one_ore", "oslo", BAD, "9"))
    with pytest.raises(ValueError, match="store 'narvik'"):
        spec(Fault("one_ore", "narvik", BAD))
    with pytest.raises(ValueError, match="2027-01-01 is not between"):
        spec(Fault("one_ore", "oslo", dt.date(2027, 1, 1)))
    sunday = GenerateSpec(
        stores=(OSLO,), first=FIRST, days=7, faults=(Fault("one_ore", "oslo", dt.date(2026, 11, 22)),)
    )
    with pytest.raises(ValueError, match="oslo is closed on 2026-11-22"):
        list(Simulation(sunday).delivered(OSLO, "1", sunday.first, sunday.last))
    cash_only = OSLO.model_copy(update={"tenders": ("KONTANT",)})
    broke = GenerateSpec(stores=(cash_only,), first=FIRST, days=3, faults=(Fault("unbalanced", "oslo", BAD),))
    with pytest.raises(ValueError, match="needs a card payment on register 1 of oslo on 2026-11-18"):
        list(Simulation(broke).delivered(cash_only, "1", broke.first, broke.last))
