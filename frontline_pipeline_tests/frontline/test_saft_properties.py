"""Random journals through builder, reader and landing folder come out as they were built."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.frontline.saft_ties import OPEN, UNKNOWN, Ties
from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, saft, settings

START = dt.datetime(2026, 10, 20, 8, 0)
RATES = {"3": "25.00", "2": "15.00", "0": "0.00"}


@st.composite
def journals(draw: st.DrawFn) -> list[Sale | Z]:
    """A register's journal: some Z-reports with 0 to 6 receipts each, and some receipts that no Z closes."""
    journal: list[Sale | Z] = []
    number = draw(st.integers(1, 10**9))
    z_number = draw(st.integers(1, 9000))
    clock = START
    prefix = draw(st.sampled_from(["", "K-", "00"]))

    def sale() -> Sale:
        nonlocal number, clock
        number += draw(st.sampled_from([1, 1, 1, 2, 50]))
        clock += dt.timedelta(seconds=draw(st.integers(0, 3 * 3600)))
        amount = draw(st.integers(-(10**6), 10**6))
        tender = draw(st.sampled_from(["CARD", "CASH"]))
        code = draw(st.sampled_from(list(RATES)))
        return Sale(
            f"{prefix}{number}",
            clock,
            amount,
            tender=tender,
            rounding=draw(st.integers(-49, 50)) if tender == "CASH" else 0,
            vat_code=code,
            rate=RATES[code],
            trans_type=draw(st.sampled_from(["SALE", "BACK"] if amount < 0 else ["SALE", "CREDIT"])),
            void=draw(st.sampled_from(["false", "false", "false", "true"])),
            positive=False,
            nr=str(number),
        )

    for _ in range(draw(st.integers(0, 4))):
        journal += [sale() for _ in range(draw(st.integers(0, 6)))]
        clock += dt.timedelta(minutes=draw(st.integers(0, 600)))
        journal.append(Z(str(z_number), clock))
        z_number += 1
    return journal + [sale() for _ in range(draw(st.integers(0, 3)))]


@hypothesis_settings(max_examples=15, deadline=None)
@given(journals(), st.integers(0, 8))
def test_what_was_built_comes_out(journal: list[Sale | Z], cut_off: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        landing = Landing(Path(folder), settings({"oslo": {"registers": ["R1"], "cut_off": f"0{cut_off}:00"}}))
        text = saft({"R1": journal})
        report = landing.take(text)
        assert report.ok, report.error
        expected: list[tuple[str, list[Sale]]] = []
        since: list[Sale] = []
        voided = 0
        for item in journal:
            if isinstance(item, Z):
                expected.append((item.number, since))
                since = []
            elif item.void == "true":
                voided += 1
            else:
                since.append(item)
        assert report.counts is not None
        assert (report.counts.voided, report.counts.open_receipts, report.counts.untied) == (voided, len(since), 0)
        rows = [(z, sale) for z, sales in expected for sale in sales]

        frames = {spec.name: landing.frame(spec.name) for spec in (*Z_FRAMES, *RECEIPT_FRAMES)}
        z_reports = frames["z_reports"].sort_values("closed_at", kind="stable")
        assert sorted(z_reports["z_number"]) == sorted(z for z, _ in expected)
        totals = dict(zip(z_reports["z_number"], z_reports["sales_total"], strict=True))
        assert totals == {z: sum(s.amount for s in sales) for z, sales in expected}
        days = dict(zip(z_reports["z_number"], z_reports["business_day"], strict=True))
        closes = {item.number: item.at for item in journal if isinstance(item, Z)}
        for z, sales in expected:
            last = max((s.at for s in sales), default=closes[z])
            assert days[z].date() == (last - dt.timedelta(hours=cut_off)).date()

        def by_id(frame: str, *columns: str) -> dict[str, tuple[object, ...]]:
            found = frames[frame]
            return {row[0]: row[1:] for row in found[["receipt_id", "z_number", *columns]].itertuples(index=False)}

        kinds = {"SALE": ("sale", "return"), "CREDIT": ("credit_sale", ""), "BACK": ("return", "return")}
        assert by_id("receipts", "amount", "amount_excl_vat", "rounding", "kind") == {
            s.trans_id: (z, s.amount, s.base, s.rounding, kinds[str(s.trans_type)][s.amount < 0]) for z, s in rows
        }
        assert by_id("receipt_lines", "amount", "vat", "vat_code") == {
            s.trans_id: (z, s.amount, s.vat, s.vat_code) for z, s in rows
        }
        assert by_id("receipt_vat", "base", "vat") == {s.trans_id: (z, s.base, s.vat) for z, s in rows}
        assert by_id("receipt_payments", "amount", "tender") == {
            s.trans_id: (z, s.amount + s.rounding, s.tender) for z, s in rows
        }
        again = landing.take(text, "again.xml")
        assert again.ok
        assert (len(again.unchanged), again.landed) == (len(expected), ())


@hypothesis_settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.sampled_from([*map(str, range(9)), "a", "07", "10000000000000000000"]), st.booleans()),
        ),
        max_size=40,
    )
)
def test_ties_agree_with_a_plain_reading_of_the_journal(events: list[tuple[str, bool] | None]) -> None:
    ties = Ties()
    concluded: dict[str, int] = {}
    mentioned: dict[str, int] = {}
    segment = 0
    for event in events:
        if event is None:
            ties.close()
            segment += 1
        else:
            (concluded if event[1] else mentioned).setdefault(event[0], segment)
            ties.event(*event)
    ties.freeze()
    for identity in [*map(str, range(10)), "a", "07", "10000000000000000000"]:
        found = concluded.get(identity, mentioned.get(identity, UNKNOWN))
        assert ties.find(identity) == (OPEN if found == segment else found), identity
