"""Generated SAF-T: valid, complete, adding up as a plain reader sees it, and the same bytes every time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from generated_saft_xml import NS, Register, read, texts
from lxml import etree

from frontline_pipeline.sandbox.generate import GenerateSpec, benchmark_file, generate, saft_name
from frontline_pipeline.sandbox.generate_saft import write_saft
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.settings import Calendar

REPO = Path(__file__).resolve().parents[2]
XSD = REPO.parent / "shared" / "saft" / "Norwegian_SAF-T_Cash_Register_Schema_v_1.00.xsd"
FIRST = dt.date(2026, 10, 19)
LAST = dt.date(2026, 10, 28)

STORES = (
    ShopSpec(
        store="oslo",
        name="Nord & Sør <Oslo>",
        company_name='Handel "Ære" & Søstre AS',
        organisation_number="999000118",
        registers=("OSLO-1", "OSLO-2"),
        receipts_per_day=60,
        calendar=Calendar(closed_weekdays=("sunday",)),
    ),
    ShopSpec(
        store="bergen",
        name="Bergen",
        company_name='Handel "Ære" & Søstre AS',
        organisation_number="999000118",
        registers=("B&B/1",),
        profile="restaurant",
        receipts_per_day=80,
    ),
    ShopSpec(
        store="tromso",
        name="Tromsø",
        organisation_number="999000207",
        registers=("T-1",),
        profile="fashion",
        receipts_per_day=40,
    ),
)
SPEC = GenerateSpec(seed=7, stores=STORES, first=FIRST, days=10)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return generate(SPEC, tmp_path_factory.mktemp("saft"))


@pytest.fixture(scope="module")
def registers(files: list[Path]) -> dict[str, Register]:
    return {register.register: register for path in files for register in read(path)}


def _schema() -> etree.XMLSchema:
    if not XSD.exists():
        pytest.skip(f"no SAF-T schema at {XSD}: generated files are not validated")
    return etree.XMLSchema(etree.parse(XSD))


def test_one_file_per_company_named_by_the_convention(files: list[Path]) -> None:
    assert [path.name for path in files] == [
        "SAF-T Cash Register_999000118_20261029060000.xml",
        "SAF-T Cash Register_999000207_20261029060000.xml",
    ]
    assert sorted(path.name for path in files[0].parent.iterdir()) == sorted(path.name for path in files)
    assert (
        saft_name("999000118", dt.datetime(2026, 1, 2, 3, 4, 5)) == "SAF-T Cash Register_999000118_20260102030405.xml"
    )


def test_files_are_valid(files: list[Path]) -> None:
    schema = _schema()
    for path in files:
        schema.assertValid(etree.parse(path))


def test_same_spec_same_bytes_other_seed_other_bytes(files: list[Path], tmp_path: Path) -> None:
    again = generate(SPEC, tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]
    other = generate(SPEC.model_copy(update={"seed": 8}), tmp_path / "other")
    assert other[0].read_bytes() != files[0].read_bytes()


def test_every_code_used_is_declared(files: list[Path]) -> None:
    for path in files:
        company = etree.parse(path).getroot().find("s:company", NS)
        assert company is not None
        basics = {
            (basic_type, basic_id)
            for basic_type, basic_id in zip(
                texts(company, "basics/basic/basicType"), texts(company, "basics/basic/basicID"), strict=True
            )
        }
        ids = [basic_id for _, basic_id in basics]
        assert len(set(ids)) == len(ids)
        register = "location/cashregister"
        transaction = f"{register}/cashtransaction"
        for basic_type, used in (
            ("13", f"{register}/event/eventType"),
            ("11", f"{transaction}/transType"),
            ("12", f"{transaction}/payment/paymentType"),
            ("12", f"{register}/event/eventReport/reportPayments/reportPayment/paymentType"),
            ("05", f"{transaction}/ctLine/lineType"),
            ("04", f"{transaction}/ctLine/artGroupID"),
            ("08", f"{transaction}/ctLine/discount/dscTp"),
            ("10", f"{transaction}/raise/raiseType"),
        ):
            assert {(basic_type, code) for code in texts(company, used)} <= basics
        assert set(texts(company, f"{transaction}/ctLine/artID")) <= set(texts(company, "articles/article/artID"))
        employees = texts(company, "employees/employee/empID")
        assert len(set(employees)) == len(employees)
        assert set(texts(company, f"{transaction}/empID")) <= set(employees)
        assert set(texts(company, f"{register}/event/empID")) <= set(employees)
        assert set(texts(company, f"{transaction}/custSupID")) <= set(
            texts(company, "customersSuppliers/customerSupplier/custSupID")
        )
        assert set(texts(company, "employees/employee/surName")) == {
            f"Operator {n}" for n in range(1, len(employees) + 1)
        }


def test_every_z_ties_to_its_transactions(registers: dict[str, Register]) -> None:
    assert {name: len(register.z_reports) for name, register in registers.items()} == {
        "OSLO-1": 9,
        "OSLO-2": 9,
        "B&B/1": 10,
        "T-1": 10,
    }
    for register in registers.values():
        tied = 0
        for number, z in enumerate(register.z_reports):
            mine = register.transactions_of(number)
            tied += len(mine)
            goods = [t for t in mine if t.lines]
            tenders: Counter[str] = Counter()
            vat: dict[tuple[str, str], list[int]] = {}
            for transaction in mine:
                for tender, amount in transaction.payments:
                    tenders[tender] += amount
                for key, (base, amount) in transaction.vat.items():
                    sums = vat.setdefault(key, [0, 0])
                    sums[0] += base
                    sums[1] += amount
                assert sum(base + amount for base, amount in transaction.vat.values()) == (
                    transaction.amount if transaction.lines else 0
                )
                if transaction.lines:
                    assert sum(int(line["amount"]) for line in transaction.lines) == transaction.amount
                    assert sum(int(line["amount_ex"]) for line in transaction.lines) == transaction.amount_ex
            rounding = sum(t.rounding for t in goods)
            moved = sum(a for (a,) in z["pay_ins"].values()) - sum(a for (a,) in z["pay_outs"].values())
            total = sum(amount for (amount,) in z["tenders"].values())
            assert total == z["sales_total"] + rounding + moved + z["tips"]
            assert {tender: (amount,) for tender, amount in tenders.items()} == z["tenders"]
            assert {key: tuple(sums) for key, sums in vat.items() if sums[0]} == z["vat"]
            assert sum(base + amount for base, amount in z["vat"].values()) == z["sales_total"]
            assert sum(amount for _, amount in z["groups"].values()) == z["sales_total"]
            assert sum(t.tip for t in mine) == z["tips"]
            assert z["receipt_count"] == sum(t.kind == "CASHSAL" for t in mine)
            assert z["z_number"] == str(number + 1)
            assert z["type"] == "Z report"
        # Every transaction that counts belongs to one Z.
        assert tied == sum(t.counts for t in register.transactions)
        assert any(not t.counts for t in register.transactions)


def test_grand_totals_run_on(registers: dict[str, Register]) -> None:
    for register in registers.values():
        sales = returned = 0
        for number, z in enumerate(register.z_reports):
            mine = [t for t in register.transactions_of(number) if t.lines]
            sales += sum(t.amount for t in mine if t.kind == "CASHSAL")
            returned -= sum(t.amount for t in mine if t.kind == "RETURNSAL")
            assert z["grand_total"] == (sales, returned, sales - returned)
            assert z["counts"]["Return"][1] == -sum(t.amount for t in mine if t.kind == "RETURNSAL")


def test_x_reports_are_a_beginning_of_their_day(registers: dict[str, Register]) -> None:
    found = 0
    for register in registers.values():
        for x in register.x_reports:
            found += 1
            assert x["type"] == "X report"
            assert sum(base + vat for base, vat in x["vat"].values()) == x["sales_total"]
        x_numbers = [x["z_number"] for x in register.x_reports]
        assert x_numbers == [f"X{n}" for n in range(1, len(x_numbers) + 1)]
    assert found


def test_journal_order_and_events(registers: dict[str, Register]) -> None:
    for register in registers.values():
        numbers = [t.nr for t in register.transactions]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        told = [
            int(nr) for kind, nr, _ in register.events if kind in ("SALREC", "RETREC", "MOVREC", "VOIDREC", "TRAINREC")
        ]
        assert told == numbers
        kinds = {kind for kind, _, _ in register.events}
        assert kinds >= {"POSSTART", "EMPIN", "EMPOUT", "POSEND", "ZREP", "SALREC", "DRAWOPEN"}
        drawers = {int(nr) for kind, nr, _ in register.events if kind == "DRAWOPEN"}
        assert drawers == {t.nr for t in register.transactions if any(tender == "KONTANT" for tender, _ in t.payments)}


def test_a_late_close_carries_the_next_date(registers: dict[str, Register]) -> None:
    restaurant = registers["B&B/1"]
    closes = [when for kind, _, when in restaurant.events if kind == "ZREP"]
    # Friday's and Saturday's.
    assert ["2026-10-24T02:3" < w < "2026-10-24T03" or "2026-10-25T02:3" < w < "2026-10-25T03" for w in closes].count(
        True
    ) == 2
    assert any(t.at.startswith("2026-10-25T01") for t in restaurant.transactions)


def test_the_repeated_hour_of_october_runs_back_on_the_wall_and_not_in_the_journal(tmp_path: Path) -> None:
    bar = ShopSpec(store="bar", name="Bar", registers=("1",), profile="bar", receipts_per_day=400)
    (path,) = generate(GenerateSpec(stores=(bar,), first=dt.date(2026, 10, 24), days=1), tmp_path)
    (register,) = read(path)
    times = [t.at for t in register.transactions]
    assert [t.nr for t in register.transactions] == sorted(t.nr for t in register.transactions)
    assert times != sorted(times)
    (close,) = (when for kind, _, when in register.events if kind == "ZREP")
    # Three hours and some minutes after midnight: the clock shows two o'clock for the second time.
    assert close.startswith("2026-10-25T02:")
    assert max(times) > close


def test_names_are_escaped(files: list[Path], registers: dict[str, Register]) -> None:
    assert registers["OSLO-1"].store == "Nord & Sør <Oslo>"
    root = etree.parse(files[0]).getroot()
    assert texts(root, "company/companyName") == ['Handel "Ære" & Søstre AS']
    assert "Fish & chips" in texts(root, "company/articles/article/artDesc")


def test_periods_split_the_same_days(files: list[Path], tmp_path: Path) -> None:
    daily = generate(SPEC.model_copy(update={"per": "day"}), tmp_path / "day")
    assert len(daily) == 2 * 10
    whole = {r.register: r for path in files for r in read(path)}
    by_day = [r for path in daily for r in read(path)]
    for name, register in whole.items():
        parts = [r for r in by_day if r.register == name]
        assert [z for part in parts for z in part.z_reports] == register.z_reports
        assert [t for part in parts for t in part.transactions] == register.transactions
    monthly = generate(
        GenerateSpec(stores=STORES[2:], first=dt.date(2026, 10, 30), days=4, per="month"), tmp_path / "month"
    )
    assert [path.name[-18:] for path in monthly] == ["20261101060000.xml", "20261103060000.xml"]
    assert [[z["z_number"] for z in read(path)[0].z_reports] for path in monthly] == [["1", "2"], ["3", "4"]]


def test_shops_of_two_companies_in_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one company"):
        write_saft(tmp_path / "x.xml", STORES, FIRST, LAST, dt.datetime(2026, 10, 29, 6), lambda *_: ())
    assert not list(tmp_path.iterdir())


def test_a_benchmark_file_has_its_size_and_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "bench.xml"
    receipts = benchmark_file(path, 3_000_000)
    assert 3_000_000 <= path.stat().st_size < 3_300_000
    registers = read(path)
    assert [len(r.z_reports) for r in registers] == [10, 10, 10]
    assert sum(len(r.transactions) for r in registers) == receipts + _movements(registers)
    assert len({r.store for r in registers}) == 2
    _schema().assertValid(etree.parse(path))


def _movements(registers: list[Register]) -> int:
    # Float and night safe come on top of the receipts that were asked for.
    return sum(t.kind in ("VEKSEL", "NATTSAFE") for r in registers for t in r.transactions)
