"""The SAF-T reader over hand-written files: what becomes of each element, what is left out, which Z closes what."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline_tests.frontline.saft_builder import Event, Landing, Sale, Z, at, saft


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def column(landing: Landing, frame: str, name: str) -> list[object]:
    return [None if pd.isna(value) else value for value in landing.frame(frame)[name].tolist()]


def test_a_day_with_all_it_has(landing: Landing) -> None:
    movements = (
        "<reportTip><tipNum>2</tipNum><tipAmnt>50.00</tipAmnt></reportTip>"
        "<reportCreditSales><creditSalesNum>1</creditSalesNum><creditSalesAmnt>40.00</creditSalesAmnt></reportCreditSales>"
        "<reportCreditMemos><creditMemosNum>1</creditMemosNum><creditMemosAmnt>-9.00</creditMemosAmnt></reportCreditMemos>"
        "<reportPayIns><reportPayIn><payInType>None</payInType><payInNum>0</payInNum><payInAmnt>0.00</payInAmnt></reportPayIn>"
        "<reportPayIn><payInType>ONACC</payInType><payInNum>1</payInNum><payInAmnt>300.00</payInAmnt></reportPayIn>"
        "<reportPayIn><payInType>FLOAT</payInType><payInNum>1</payInNum><payInAmnt>100.00</payInAmnt></reportPayIn>"
        "<reportPayIn><payInType>GIFT</payInType><payInNum>1</payInNum><payInAmnt>500.00</payInAmnt></reportPayIn></reportPayIns>"
        "<reportPayOuts><reportPayOut><payOutType>PETTY</payOutType><payOutNum>2</payOutNum><payOutAmnt>80.00</payOutAmnt>"
        "</reportPayOut></reportPayOuts>"
    )
    journal = [
        Sale("1", at(2, "09:00"), 10000),
        Sale("2", at(2, "10:00"), 11540, tender="CASH", rounding=-40, vat_code="2", rate="15.00"),
        Sale("3", at(2, "11:00"), -2500, trans_type="BACK"),
        Z("17", at(2, "21:00"), {"reportReturnAmnt": "-25.00"}, movements),
    ]
    report = landing.take(saft({"R1": journal}))

    assert report.ok
    assert report.warnings == ()
    assert landing.parts() == ["oslo/2026-11-02/R1__17"]
    z = landing.frame("z_reports").iloc[0]
    assert z["sales_total"] == 19040
    assert z["receipt_count"] == 2
    assert (z["return_count"], z["return_amount"]) == (1, 2500)
    assert (z["credit_sales"], z["credit_memos"], z["opening_float"]) == (4000, 900, 100000)
    assert (z["correction_count"], z["correction_amount"]) == (0, 0)
    assert (z["grand_total_sales"], z["grand_total_return"], z["grand_total_net"]) == (10000, 0, 10000)
    assert str(z["closed_at"]) == "2026-11-02 21:00:00+01:00"
    assert str(z["opened_at"]) == "2026-11-02 09:00:00+01:00"
    assert str(z["business_day"].date()) == "2026-11-02"
    assert z["source_file"] == "a.xml"
    assert len(z["source_sha256"]) == 64
    vat = landing.frame("z_vat")
    assert vat[["vat_code", "standard_code", "rate", "base", "vat"]].values.tolist() == [
        ["3", "3", 25000, 6000, 1500],
        ["2", "31", 15000, 10035, 1505],
    ]
    assert landing.frame("z_tenders")[["tender", "tender_type", "count", "amount"]].values.tolist() == [
        ["CARD", "12002", 2, 7500],
        ["CASH", "12001", 1, 11500],
    ]
    assert landing.frame("z_article_groups")[["article_group", "group_type", "count", "amount"]].values.tolist() == [
        ["G1", "04003", 3000, 19040]
    ]
    assert landing.frame("z_movements")[["kind", "source_type", "count", "amount"]].fillna("").values.tolist() == [
        ["payment_on_account", "ONACC", 1, 30000],
        ["float_in", "FLOAT", 1, 10000],
        ["other_pay_in", "GIFT", 1, 50000],
        ["other_pay_out", "PETTY", 2, 8000],
        ["tip", "", 2, 5000],
    ]
    receipts = landing.frame("receipts")
    assert receipts["kind"].tolist() == ["sale", "sale", "return"]
    assert receipts["amount"].tolist() == [10000, 11540, -2500]
    assert receipts["rounding"].tolist() == [0, -40, 0]
    assert receipts["sequence"].tolist() == [1, 2, 3]
    assert landing.frame("receipt_lines")["article"].tolist() == ["007"] * 3
    assert landing.frame("receipt_lines")["quantity"].tolist() == [1000, 1000, -1000]
    assert landing.frame("receipt_vat")["base"].tolist() == [8000, 10035, -2000]
    assert landing.frame("receipt_payments")["amount"].tolist() == [10000, 11500, -2500]
    assert landing.frame("receipt_payments")["tender_type"].tolist() == ["12002", "12001", "12002"]


def test_a_return_written_as_d_with_positive_amounts_is_negative_throughout(landing: Landing) -> None:
    back = Sale("2", at(2, "11:00"), -9990, tender="CASH", rounding=-10, trans_type="BACK", positive=True)
    assert "<paidAmnt>100.00<" in back.xml()
    report = landing.take(saft({"R1": [Sale("1", at(2, "10:00"), 5000), back, Z("1", at(2, "21:00"))]}))
    assert report.ok
    assert report.warnings == ()
    for frame, name, expected in (
        ("receipts", "amount", -9990),
        ("receipts", "amount_excl_vat", -7992),
        ("receipts", "rounding", -10),
        ("receipt_lines", "amount", -9990),
        ("receipt_lines", "vat", -1998),
        ("receipt_lines", "quantity", -1000),
        ("receipt_vat", "base", -7992),
        ("receipt_payments", "amount", -10000),
    ):
        assert landing.frame(frame)[name].tolist()[1] == expected, (frame, name)


def test_a_file_that_writes_returns_in_two_ways_warns(landing: Landing) -> None:
    journal = [
        Sale("1", at(2, "10:00"), -100, trans_type="BACK"),
        Sale("2", at(2, "10:01"), -100, trans_type="BACK", positive=True),
        Z("1", at(2, "21:00")),
    ]
    report = landing.take(saft({"R1": journal}))
    assert "positive and with negative" in report.warnings[0]
    assert landing.frame("receipts")["amount"].tolist() == [-100, -100]


def test_a_negative_c_line_keeps_its_sign(landing: Landing) -> None:
    text = saft({"R1": [Sale("1", at(2, "10:00"), 100, texts={"lineAmntIn": "-3.00"}), Z("1", at(2, "21:00"))]})
    assert landing.take(text).ok
    assert landing.frame("receipt_lines")["amount"].tolist() == [-300]


def test_void_and_training_are_left_out_and_counted(landing: Landing) -> None:
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Sale("2", at(2, "10:01"), 200, void="true"),
        Sale("3", at(2, "10:02"), 300, training="1"),
        Sale("4", at(2, "10:03"), 400, void="1", training="true", texts={"transAmntIn": "12,50"}),
        Z("1", at(2, "21:00")),
    ]
    report = landing.take(saft({"R1": journal}))
    assert report.counts is not None
    assert (report.counts.voided, report.counts.training, report.counts.receipts) == (1, 2, 1)
    assert column(landing, "receipts", "receipt_id") == ["1"]
    assert column(landing, "receipt_lines", "amount") == [100]


@pytest.mark.parametrize(
    ("code", "amount", "kind"),
    [
        ("SALE", 100, "sale"),
        ("SALE", -100, "return"),
        ("11016", -100, "return"),
        ("CREDIT", 100, "credit_sale"),
        ("CREDIT", -100, "credit_return"),
        ("11017", 100, "credit_sale"),
        ("BACK", -100, "return"),
        ("11013", -100, "return"),
        ("11010", 100, "other"),
        (None, 100, "sale"),
        ("MYSTERY", 100, "other"),
    ],
)
def test_kind_of_a_receipt(landing: Landing, code: str | None, amount: int, kind: str) -> None:
    report = landing.take(saft({"R1": [Sale("1", at(2, "10:00"), amount, trans_type=code), Z("1", at(2, "21:00"))]}))
    assert column(landing, "receipts", "kind") == [kind]
    assert any("MYSTERY" in text for text in report.warnings) == (code == "MYSTERY")


def test_x_reports_are_counted_and_close_nothing(landing: Landing) -> None:
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Z("5", at(2, "12:00"), kind="X"),
        Sale("2", at(2, "13:00"), 200),
        Z("1", at(2, "21:00")),
    ]
    report = landing.take(saft({"R1": journal}))
    assert report.counts is not None
    assert (report.counts.x_reports, report.counts.z_reports) == (1, 1)
    assert column(landing, "receipts", "amount") == [100, 200]


def test_a_z_is_recognised_by_its_report_when_its_event_type_is_not_in_basics(landing: Landing) -> None:
    text = saft({"R1": [Sale("1", at(2, "10:00"), 100), Z("1", at(2, "21:00"))]})
    assert landing.take(text.replace("<eventType>Z<", "<eventType>CLOSE<")).ok
    assert column(landing, "receipts", "z_number") == ["1"]


def test_receipts_after_the_last_z_are_open_and_not_landed(landing: Landing) -> None:
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Z("1", at(2, "21:00")),
        Sale("2", at(3, "10:00"), 200),
        Sale("3", at(3, "11:00"), 300),
    ]
    report = landing.take(saft({"R1": journal}))
    assert report.counts is not None
    assert report.counts.open_receipts == 2
    assert column(landing, "receipts", "receipt_id") == ["1"]


def test_order_of_events_decides_not_the_clock(landing: Landing) -> None:
    """Two receipts in the minute of the close, one clock that runs back: the journal's order says which Z each is in."""
    journal = [
        Sale("1", at(2, "21:00"), 100),
        Z("1", at(2, "21:00")),
        Sale("2", at(2, "21:00"), 200),
        Sale("3", at(2, "20:00"), 300),
        Z("2", at(2, "21:00")),
    ]
    assert landing.take(saft({"R1": journal})).ok
    frame = landing.frame("receipts")
    assert dict(zip(frame["receipt_id"], frame["z_number"], strict=True)) == {"1": "1", "2": "2", "3": "2"}


def test_a_copy_printed_after_the_close_does_not_move_the_receipt(landing: Landing) -> None:
    journal = [
        Event("DRAWER", "1"),
        Sale("1", at(2, "10:00"), 100),
        Z("1", at(2, "21:00")),
        Event("COPY", "1"),
        Sale("2", at(3, "10:00"), 200),
        Z("2", at(3, "21:00")),
    ]
    assert landing.take(saft({"R1": journal})).ok
    frame = landing.frame("receipts")
    assert dict(zip(frame["receipt_id"], frame["z_number"], strict=True)) == {"1": "1", "2": "2"}


def test_an_event_before_the_receipt_is_printed_does_not_decide(landing: Landing) -> None:
    """A line deleted before the close, the sale concluded after it."""
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Event("DRAWER", "2"),
        Z("1", at(2, "21:00")),
        Sale("2", at(2, "21:01"), 200),
        Z("2", at(3, "21:00")),
    ]
    assert landing.take(saft({"R1": journal})).ok
    frame = landing.frame("receipts")
    assert dict(zip(frame["receipt_id"], frame["z_number"], strict=True)) == {"1": "1", "2": "2"}


def test_a_receipt_without_events_goes_with_its_neighbours_by_running_number(landing: Landing) -> None:
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Sale("2", at(2, "10:01"), 200, event=None),
        Sale("3", at(2, "10:02"), 300),
        Z("1", at(2, "21:00")),
        Sale("4", at(3, "10:00"), 400, event=None),
        Sale("5", at(3, "10:01"), 500),
        Z("2", at(3, "21:00")),
    ]
    report = landing.take(saft({"R1": journal}))
    assert report.counts is not None
    # Number 4 lies between two Z-reports: it could be either's, so it is neither's.
    assert report.counts.untied == 1
    assert column(landing, "receipts", "receipt_id") == ["1", "2", "3", "5"]
    assert "1 receipts were not landed" in report.warnings[-1]


def test_a_register_without_receipt_events_lands_no_receipts_and_says_so(landing: Landing) -> None:
    journal = [Sale(str(n), at(2, "10:00"), 100, event=None) for n in range(1, 4)]
    report = landing.take(saft({"R1": [*journal, Z("1", at(2, "21:00"))]}))
    assert report.ok
    assert report.counts is not None
    assert (report.counts.untied, report.counts.receipts) == (3, 0)
    assert not list(landing.root.glob("*/*/*/receipts.parquet"))
    assert report.landed[0].receipts is None
    assert any("no event says which Z-report closes them" in text for text in report.warnings)


def test_a_z_without_sales_has_a_receipts_frame_without_rows(landing: Landing) -> None:
    journal = [Sale("1", at(2, "10:00"), 100), Z("1", at(2, "21:00")), Z("2", at(3, "21:00"))]
    report = landing.take(saft({"R1": journal}))
    assert [z.receipts for z in report.landed] == [1, 0]
    assert (landing.root / "oslo/2026-11-03/R1__2/receipts.parquet").is_file()
    assert not (landing.root / "oslo/2026-11-03/R1__2/receipt_lines.parquet").exists()


def test_ids_that_are_no_numbers_and_ids_with_leading_zeros(landing: Landing) -> None:
    journal = [
        Sale("A-1", at(2, "10:00"), 100, nr="1"),
        Sale("007", at(2, "10:01"), 200, nr="2"),
        Z("1", at(2, "21:00")),
        Sale("7", at(3, "10:00"), 300, nr="3"),
        Sale("A-2", at(3, "10:01"), 400, nr="x4"),
        Z("2", at(3, "21:00")),
    ]
    assert landing.take(saft({"R1": journal})).ok
    frame = landing.frame("receipts")
    assert dict(zip(frame["receipt_id"], frame["z_number"], strict=True)) == {
        "A-1": "1",
        "007": "1",
        "7": "2",
        "A-2": "2",
    }
    assert column(landing, "receipts", "sequence") == [1, 2, 3, None]


def test_chunks_and_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from frontline_pipeline.frontline import saft as module

    journal: list[Sale | Z] = []
    for day in range(2, 8):
        journal += [Sale(str(day * 100 + n), at(day, f"{8 + n // 6:02d}:{n % 6}0"), 100 + n) for n in range(60)]
        journal.append(Z(str(day), at(day, "22:00")))
    text = saft({"R1": journal})
    whole, small = Landing(tmp_path / "whole"), Landing(tmp_path / "small")
    assert whole.take(text).ok
    for name in ("saft_register.BATCH", "saft.BLOCK"):
        monkeypatch.setattr(f"frontline_pipeline.frontline.{name}", 7)
    read = module.read_saft
    monkeypatch.setattr(
        "frontline_pipeline.frontline.landing.read_saft", lambda path, stage, **kw: read(path, stage, chunk_receipts=7)
    )
    assert small.take(text).ok
    for spec in (*Z_FRAMES, *RECEIPT_FRAMES):
        assert whole.frame(spec.name).equals(small.frame(spec.name)), spec.name
    manifests = [
        sorted(p.read_text().split('"content_sha256"')[1][:70] for p in it.root.glob("*/*/*/manifest.json"))
        for it in (whole, small)
    ]
    assert manifests[0] == manifests[1]
    assert len(list(small.root.glob("*/*/*/*.parquet"))) == len(list(whole.root.glob("*/*/*/*.parquet")))


def test_vat_rows_as_c_and_d_of_one_rate_are_one_row(landing: Landing) -> None:
    def row(side: str, base: str, vat: str) -> str:
        return (
            f"<reportCashSaleVat><vatCode>3</vatCode><vatPerc>25.00</vatPerc><cashSaleAmnt>{base}</cashSaleAmnt>"
            f"<vatAmnt>{vat}</vatAmnt><vatAmntTp>{side}</vatAmntTp></reportCashSaleVat>"
        )

    z = Z("1", at(2, "21:00"), vat_rows=row("C", "100.00", "25.00") + row("D", "20.00", "5.00"))
    assert landing.take(saft({"R1": [Sale("1", at(2, "10:00"), 100), z]})).ok
    assert landing.frame("z_vat")[["base", "vat"]].values.tolist() == [[8000, 2000]]


def test_a_vat_row_without_code_is_named_by_its_rate(landing: Landing) -> None:
    text = saft({"R1": [Sale("1", at(2, "10:00"), 100), Z("1", at(2, "21:00"))]}).replace(
        "<vatCode>3</vatCode><vatPerc>", "<vatPerc>"
    )
    assert landing.take(text).ok
    assert column(landing, "z_vat", "vat_code") == ["25%"]
    assert column(landing, "receipt_vat", "vat_code") == ["25%"]
    assert column(landing, "receipt_lines", "vat_code") == [None]


def test_a_receipt_with_two_vat_rows_of_one_rate_keeps_one(landing: Landing) -> None:
    text = saft({"R1": [Sale("1", at(2, "10:00"), 1250), Sale("2", at(2, "10:00"), 2500), Z("1", at(2, "21:00"))]})
    start = text.index("</ctLine><vat>", text.index("<cashtransaction>")) + len("</ctLine>")
    end = text.index("</vat>", start) + len("</vat>")
    text = text[:end] + text[start:end].replace("C</vatAmntTp>", "D</vatAmntTp>") + text[end:]
    assert landing.take(text).ok
    assert landing.frame("receipt_vat")[["receipt_id", "base"]].values.tolist() == [["1", 0], ["2", 2000]]


def test_any_prefix_and_declared_encodings(tmp_path: Path) -> None:
    journal = [Sale("ø1", at(2, "10:00"), 100, nr="1"), Z("1", at(2, "21:00"))]
    text = saft({"R1": journal}, prolog="")
    prefixed = (
        text.replace("</", "</n1:").replace("<", "<n1:").replace("<n1:/n1:", "</n1:").replace(" xmlns=", " xmlns:n1=")
    )
    for name, content in (
        ("prefix", prefixed.encode()),
        ("latin", b'<?xml version="1.0" encoding="ISO-8859-1"?>' + text.encode("latin-1")),
        ("utf16", ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")),
        ("bom", b"\xef\xbb\xbf" + text.encode()),
    ):
        landing = Landing(tmp_path / name)
        report = landing.take(content)
        assert report.ok, (name, report.error)
        assert column(landing, "receipts", "receipt_id") == ["ø1"], name


@pytest.mark.parametrize(
    ("element", "written", "frame", "name", "expected"),
    [
        ("transAmntIn", "1234.560", "receipts", "amount", 123456),
        ("transAmntIn", "+5", "receipts", "amount", 500),
        ("transAmntIn", ".5", "receipts", "amount", 50),
        ("transAmntIn", " 5.00\n", "receipts", "amount", 500),
        ("roundingAmnt", "", "receipts", "rounding", 0),
        ("qnt", "0.123456", "receipt_lines", "quantity", 123),
        ("vatPerc", "11.11", "receipt_lines", "rate", 11110),
        ("vatPerc", "", "receipt_lines", "rate", None),
        ("transDate", "2026-11-02+01:00", "receipts", "occurred_at", "2026-11-02 10:00:00+01:00"),
    ],
)
def test_ways_of_writing_that_the_xsd_allows(
    landing: Landing, element: str, written: str, frame: str, name: str, expected: object
) -> None:
    sale = Sale("1", at(2, "10:00"), 100, texts={element: written})
    report = landing.take(saft({"R1": [sale, Z("1", at(2, "21:00"))]}))
    assert report.ok, report.error
    found = column(landing, frame, name)[0]
    assert (str(found) if isinstance(expected, str) else found) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("24:00:00", "2026-11-03 00:00:00+01:00"),
        ("10:00:00Z", "2026-11-02 11:00:00+01:00"),
        ("10:00:00+03:00", "2026-11-02 08:00:00+01:00"),
        ("10:00:00.1234567", "2026-11-02 10:00:00.123456+01:00"),
    ],
)
def test_times_that_the_xsd_allows(landing: Landing, written: str, expected: str) -> None:
    journal = [Sale("1", at(2, "09:00"), 100), Sale("2", at(2, "10:00"), 100, time=written), Z("1", at(2, "23:00"))]
    assert landing.take(saft({"R1": journal})).ok
    assert [str(t) for t in landing.frame("receipts")["occurred_at"]] == ["2026-11-02 09:00:00+01:00", expected]
