"""SaveBundleList of the stand-in: what it takes, and every refusal with its text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server_kit import ACCOUNT, DAY, Stranger, bundle_list, company, line, sale

from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.sandbox.voucher_rules import RuleOptions


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company()]) as running:
        yield running


@pytest.fixture
def stranger(server: SandboxServer) -> Stranger:
    peer = Stranger(server.url)
    assert peer.login(company())
    return peer


def stored(server: SandboxServer, state: str | None = None) -> int:
    return len(server.app.book.vouchers("nord", state))


LATE = line(1900, "125.00") | {"Date": dt.datetime(2027, 1, 1)}
FINE = line(3000, "-100.00", TaxNo="3")
VAT = line(2700, "-25.00")

REFUSALS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str, str]] = {
    "year not set up": (sale(), {"year": 2024}, "NotSaved", "fiscal year 2024 is not set up"),
    "date outside the year": ([LATE, FINE, VAT], {}, "NotSaved", "2027-01-01 does not lie in fiscal year 2026"),
    "year locked": (
        [{**each, "Date": dt.datetime(2025, 5, 1)} for each in sale()],
        {"year": 2025},
        "NotSaved",
        "fiscal year 2025 is locked",
    ),
    "date outside a locked year": (sale(), {"year": 2025}, "NotSaved", "does not lie in fiscal year 2025"),
    "type unknown": (sale(), {"sort": 99}, "Exception", "Sort 99 is not the number"),
    "type of the system": (sale(), {"sort": -1}, "Exception", "Sort -1 is not the number"),
    "type zero": (sale(), {"sort": 0}, "Exception", "Sort 0 is not the number"),
    "series given for type": (sale(), {"sort": 102}, "Exception", "Sort 102 is not the number"),
    "id given for type": (sale(), {"sort": 502}, "Exception", "Sort 502 is not the number"),
    "type of the bundle": (sale(), {"bundle_sort": 0}, "Exception", "Sort 0 is not the number"),
    "no entries": ([], {}, "NotSaved", "there are no entries"),
    "account unknown": ([line(1902, "0"), line(4999, "0")], {}, "NotSaved", "line 2: account 4999 is not in the chart"),
    "account left out": ([{"Date": DAY, "Amount": Decimal(0)}], {}, "NotSaved", "account 0 is not in the chart"),
    "tax code unknown": ([line(3000, "0", TaxNo="99")], {}, "NotSaved", "TaxNo '99' is not the number of a tax code"),
    "tax id for number": ([line(3100, "0", TaxNo="8")], {}, "NotSaved", "TaxNo '8' is not the number of a tax code"),
    "receivable without customer": (
        [line(1500, "10.00"), line(3200, "-10.00")],
        {},
        "NotSaved",
        "line 1: account 1500 (receivable) needs a CustomerId",
    ),
    "the same in a draft": (
        [line(1500, "10.00"), line(3200, "-10.00")],
        {"option": 1, "direct": False},
        "NotSaved",
        "account 1500 (receivable) needs a CustomerId",
    ),
    "payable without supplier": (
        [line(2400, "10.00"), line(1920, "-10.00")],
        {},
        "NotSaved",
        "account 2400 (payable) needs a CustomerId",
    ),
    "customer unknown": ([line(1500, "0", CustomerId=501)], {}, "NotSaved", "CustomerId 501 does not exist"),
    "department unknown": ([line(1900, "0", DepartmentId=11)], {}, "NotSaved", "DepartmentId 11 does not exist"),
    "project unknown": ([line(1900, "0", ProjectId=8)], {}, "NotSaved", "ProjectId 8 does not exist"),
    "dimension type unknown": (
        [line(1900, "0", UserDefinedDimensions={"UserDefinedDimension": [{"Type": 103, "Value": "oslo"}]})],
        {},
        "NotSaved",
        "dimension type 103 does not exist",
    ),
    "dimension value of another type": (
        [line(1900, "0", UserDefinedDimensions={"UserDefinedDimension": [{"Type": 102, "Value": "oslo"}]})],
        {},
        "NotSaved",
        "value 'oslo' does not exist in dimension type 102",
    ),
    "three decimals": ([line(1900, "0.005"), line(1920, "-0.005")], {}, "NotSaved", "0.005 has more than two decimals"),
    "three decimals of VAT": (
        [line(1900, "0", VatAmount=Decimal("0.001"))],
        {},
        "NotSaved",
        "VatAmount 0.001 has more",
    ),
    "absurd amount": ([line(1900, "1" + "0" * 25)], {}, "NotSaved", "is out of range"),
    "unbalanced": ([line(1900, "125.00"), FINE, line(2700, "-24.99")], {}, "NotSaved", "the difference is 0.01"),
    "difference allowed, but posted": (
        [line(1900, "1.00")],
        {"AllowDifference": True},
        "NotSaved",
        "does not balance, the difference is 1.00",
    ),
    "draft unbalanced": ([line(1900, "1.00")], {"option": 1}, "NotSaved", "the difference is 1.00"),
    "number zero": (sale(), {"number": 0}, "NotSaved", "TransactionNo must be above zero"),
    "number negative": (sale(), {"number": -1}, "NotSaved", "TransactionNo must be above zero"),
    "VAT line missing": (
        [line(1900, "100.00"), FINE],
        {},
        "NotSaved",
        "vatisnotinbalance: account 2700 holds 0.00, the lines with its tax code call for -25.00",
    ),
    "gross taken for base": (
        [line(1900, "150.00"), line(3000, "-125.00", TaxNo="3"), VAT],
        {},
        "NotSaved",
        "vatisnotinbalance: account 2700 holds -25.00, the lines with its tax code call for -31.25",
    ),
    "VAT on another rate's account": (
        [line(1900, "125.00"), FINE, line(2701, "-25.00")],
        {},
        "NotSaved",
        "vatisnotinbalance: account 2700 holds 0.00",
    ),
    "the same in a draft with direct accounting": (
        [line(1900, "100.00"), FINE],
        {"option": 1},
        "NotSaved",
        "vatisnotinbalance",
    ),
    "VAT without a base": (
        [line(1900, "125.00"), line(3000, "-100.00"), VAT],
        {},
        "NotSaved",
        "vatismissingfoundation: account 2700 holds -25.00",
    ),
    "save option": (sale(), {"option": 2}, "Exception", "SaveOption 2 is unknown"),
    "unknown warning": (sale(), {"ignore": ["everything"]}, "Exception", "'everything' is not a warning"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(server: SandboxServer, stranger: Stranger, name: str) -> None:
    lines, switches, type_, text = REFUSALS[name]
    answer = stranger.save(*lines, **switches)
    assert (answer.Type, text in answer.Description) == (type_, True), answer
    assert stored(server) == 0


def test_the_first_broken_rule_is_named(stranger: Stranger) -> None:
    """Everything is wrong at once: the answers come in the documented order as one after another is mended."""
    bad = line(1500, "0.005", TaxNo="99", CustomerId=0, DepartmentId=11)
    answers = []
    for mended in ({}, {"TaxNo": "6"}, {"CustomerId": 9}, {"CustomerId": 500}, {"DepartmentId": 10}, {"Amount": 5}):
        bad = bad | mended
        answers.append(stranger.save(bad, number=0).Description)
    words = ["TaxNo '99'", "needs a CustomerId", "CustomerId 9", "DepartmentId 11", "two decimals", "does not balance"]
    assert all(word in answer for word, answer in zip(words, answers, strict=True)), answers


def test_empty_request(stranger: Stranger) -> None:
    service = stranger.service(ACCOUNT)
    assert service.SaveBundleList({"SaveOption": 0}).Type == "Exception"
    assert service.SaveBundleList({"Bundles": {"Bundle": [None]}}).Description == "The request holds no voucher"
    assert service.SaveBundleList(None).Description == "BundleList is missing"


def test_a_good_sale_is_posted(server: SandboxServer, stranger: Stranger) -> None:
    answer = stranger.save(*sale())
    assert (answer.Type, answer.Description) == ("Ok", None)
    (voucher,) = server.app.book.vouchers("nord")
    assert (voucher.state, voucher.year, voucher.series_id, voucher.transaction_no) == ("posted", 2026, 102, 1)
    assert [(each.account, each.amount_ore) for each in voucher.lines] == [(1900, 12500), (3000, -10000), (2700, -2500)]


def test_save_option_left_out_means_draft(server: SandboxServer, stranger: Stranger) -> None:
    request = bundle_list(*sale())
    del request["SaveOption"]
    assert stranger.service(ACCOUNT).SaveBundleList(request).Type == "Ok"
    assert stored(server, "draft") == 1
    assert stored(server, "posted") == 0


def test_draft_with_system_vat_needs_no_vat_lines(server: SandboxServer, stranger: Stranger) -> None:
    gross = [line(1900, "125.00"), line(3000, "-125.00", TaxNo="3")]
    assert stranger.save(*gross, option=1, direct=False).Type == "Ok"
    (voucher,) = server.app.book.vouchers("nord", "draft")
    assert voucher.system_vat
    assert [each.vat_ore for each in voucher.lines] == [0, -2500]
    # Posting never computes VAT (API.md 3.4), whatever the bundle says.
    assert "vatisnotinbalance" in stranger.save(*gross, option=0, direct=False, number=2).Description


def test_draft_with_a_difference_is_stored_only_when_allowed(stranger: Stranger, server: SandboxServer) -> None:
    assert stranger.save(line(1900, "1.00"), option=1, AllowDifference=True).Type == "Ok"
    assert stored(server, "draft") == 1


def test_vat_lines_may_carry_the_code_too(stranger: Stranger) -> None:
    lines = [line(1900, "125.00"), FINE, line(2700, "-25.00", TaxNo="3")]
    assert stranger.save(*lines).Type == "Ok"


@pytest.mark.parametrize(
    ("off", "type_"), [("1.01", "Ok"), ("-1.01", "Ok"), ("1.20", "NotSaved"), ("-1.20", "NotSaved")]
)
def test_vat_tolerance_is_one_krone_an_ore_per_line_and_a_permille(stranger: Stranger, off: str, type_: str) -> None:
    # Base 100.00 calls for 25.00: tolerance 100 + 1 + 2.5 øre.
    vat = Decimal("-25.00") + Decimal(off)
    answer = stranger.save(line(1900, str(100 - vat)), FINE, line(2700, str(vat)))
    assert answer.Type == type_, answer


def test_the_2021_example_day_is_taken(stranger: Stranger) -> None:
    """Bases 89.38 and 329.12 with VAT 13.42 and 82.28 and 0.40 rounding (the official example's figures)."""
    lines = [
        line(1920, "513.80"),
        line(7740, "0.40"),
        line(3030, "-89.38", TaxNo="31"),
        line(2701, "-13.42"),
        line(3000, "-329.12", TaxNo="3"),
        line(2700, "-82.28"),
    ]
    assert stranger.save(*lines).Type == "Ok"


def test_a_long_day_whose_till_rounded_each_line_is_taken(stranger: Stranger) -> None:
    # 10 000 lines of 49.90 at 12 %: 5.35 each on the receipt, 5.346... in truth.
    lines = [line(1920, "499000.00"), line(3050, "-445500.00", TaxNo="33"), line(2703, "-53500.00")]
    assert stranger.save(*lines).Type == "Ok"


def test_returns_of_a_day_give_negative_vat(stranger: Stranger) -> None:
    lines = [line(1900, "-125.00"), line(3000, "100.00", TaxNo="3"), line(2700, "25.00")]
    assert stranger.save(*lines).Type == "Ok"


def test_warnings_can_be_ignored_one_by_one(stranger: Stranger) -> None:
    bare = [line(1900, "100.00"), FINE]
    assert stranger.save(*bare, ignore=["vatismissingfoundation"]).Type == "NotSaved"
    assert stranger.save(*bare, ignore=["vatisnotinbalance"]).Type == "Ok"
    loose = [line(1900, "125.00"), line(3000, "-100.00"), VAT]
    assert stranger.save(*loose, number=2, ignore=["vatisnotinbalance"]).Type == "NotSaved"
    assert stranger.save(*loose, number=2, ignore=["vatismissingfoundation"]).Type == "Ok"


def test_zero_and_empty_tax_code_mean_none(stranger: Stranger) -> None:
    assert stranger.save(line(1900, "5.00", TaxNo="0"), line(3200, "-5.00", TaxNo="")).Type == "Ok"


def test_tax_reference_by_id() -> None:
    options = SandboxOptions(rules=RuleOptions(tax_reference="id"))
    with SandboxServer(":memory:", [company()], options=options) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        food = [line(1900, "115.00"), line(2701, "-15.00")]
        refused = stranger.save(*food, line(3030, "-100.00", TaxNo="31"))
        assert "TaxNo '31' is not the id of a tax code" in refused.Description
        assert stranger.save(*food, line(3030, "-100.00", TaxNo="20")).Type == "Ok"
        assert stranger.posted(AccountNoStart=3030, AccountNoEnd=3030)[0].VatCode == 31


def test_customer_from_the_default_of_the_request(server: SandboxServer, stranger: Stranger) -> None:
    lines = [line(1500, "10.00"), line(3200, "-10.00")]
    assert stranger.save(*lines, DefaultCustomerId=500).Type == "Ok"
    assert [each.customer for each in server.app.book.vouchers("nord")[0].lines] == [500, 500]
    assert "CustomerId 4 does not exist" in stranger.save(*lines, DefaultCustomerId=4, number=2).Description


def test_dimensions_are_stored(server: SandboxServer, stranger: Stranger) -> None:
    udd = {"UserDefinedDimension": [{"Type": 101, "Value": "oslo"}, {"Type": 102, "Value": "a"}]}
    more = {"DepartmentId": 10, "ProjectId": 7, "UserDefinedDimensions": udd}
    assert stranger.save(line(1900, "1.00", **more), line(3900, "-1.00", TaxNo="7")).Type == "Ok"
    first = server.app.book.vouchers("nord")[0].lines[0]
    assert (first.department, first.project, first.dimensions) == (10, 7, ((101, "oslo"), (102, "a")))


def test_invoice_reference_on_another_voucher_with_a_customer(server: SandboxServer, stranger: Stranger) -> None:
    def credit(number: int, reference: str, **more: Any) -> Any:
        lines = [line(1500, "9.00", CustomerId=500, InvoiceReferenceNo=reference), line(3200, "-9.00")]
        return stranger.save(*lines, number=number, **more)

    # Without a customer the reference is free text (API.md 11.3 leaves it open).
    assert stranger.save(line(1900, "1.00", InvoiceReferenceNo="k"), line(3200, "-1.00"), number=1).Type == "Ok"
    assert credit(2, "k").Type == "Ok"
    answer = credit(3, "k")
    assert (answer.Type, "invoicealreadyexists: invoice 'k'" in answer.Description) == ("NotSaved", True)
    assert credit(3, "k", option=1).Type == "NotSaved"
    assert credit(3, "k", ignore=["invoicealreadyexists"]).Type == "Ok"
    assert credit(4, "other").Type == "Ok"
    assert stored(server) == 4


# Numbers


def entry_id(stranger: Stranger, series: int, day: dt.datetime = DAY) -> int:
    return int(stranger.service(ACCOUNT).GetEntryId({"Date": day, "SortNo": series, "EntryNo": 0}).EntryNo)


def test_entry_id_looks_and_does_not_reserve(stranger: Stranger) -> None:
    assert [entry_id(stranger, 102) for _ in range(3)] == [1, 1, 1]
    assert stranger.save(*sale(), number=1).Type == "Ok"
    assert entry_id(stranger, 102) == 2
    assert entry_id(stranger, 103) == 1


def test_entry_id_counts_drafts_and_gaps(stranger: Stranger) -> None:
    assert stranger.save(*sale(), number=7, option=1).Type == "Ok"
    assert entry_id(stranger, 102) == 8


@pytest.mark.parametrize("series", [2, 502, 190, 0])
def test_entry_id_of_an_unknown_series_is_minus_one(stranger: Stranger, series: int) -> None:
    """2 is the type's number, 502 its id, 190 a series of the system: SortNo wants EntrySeriesId 102."""
    assert entry_id(stranger, series) == -1


def test_entry_id_outside_every_year_is_minus_one(stranger: Stranger) -> None:
    assert entry_id(stranger, 102, dt.datetime(2024, 6, 1)) == -1


def test_used_number_is_duplicate_data(server: SandboxServer, stranger: Stranger) -> None:
    assert stranger.save(*sale(), number=5).Type == "Ok"
    answer = stranger.save(*sale(), number=5)
    assert (answer.Type, "number 5 is already used in series 102" in answer.Description) == ("DuplicateData", True)
    assert stranger.save(*sale(), number=5, option=1).Type == "DuplicateData"
    assert stranger.save(*sale(), number=5, sort=3).Type == "Ok", "another series"
    assert stored(server) == 2


def test_a_drafts_number_stays_reserved(stranger: Stranger) -> None:
    assert stranger.save(*sale(), number=5, option=1).Type == "Ok"
    assert stranger.save(*sale(), number=5).Type == "DuplicateData"


def test_types_that_share_a_series_share_its_numbers(stranger: Stranger) -> None:
    assert stranger.save(*sale(), number=5, sort=1).Type == "Ok"
    assert stranger.save(*sale(), number=5, sort=4).Type == "DuplicateData"


def test_used_numbers_are_taken_when_the_options_say_so() -> None:
    options = SandboxOptions(rules=RuleOptions(accept_used_numbers=True))
    with SandboxServer(":memory:", [company()], options=options) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        assert [stranger.save(*sale(), number=5).Type for _ in range(2)] == ["Ok", "Ok"]
        assert stored(server) == 2


def test_a_request_is_saved_wholly_or_not_at_all(server: SandboxServer, stranger: Stranger) -> None:
    good, bad = (bundle_list(*sale(), number=number)["Bundles"]["Bundle"][0] for number in (1, 1))
    answer = stranger.service(ACCOUNT).SaveBundleList({"Bundles": {"Bundle": [good, bad]}, "SaveOption": 0})
    assert answer.Type == "DuplicateData"
    assert stored(server) == 0
    bad["Vouchers"]["Voucher"][0]["TransactionNo"] = 2
    assert stranger.service(ACCOUNT).SaveBundleList({"Bundles": {"Bundle": [good, bad]}, "SaveOption": 0}).Type == "Ok"
    assert stored(server) == 2


def test_eight_threads_save_one_number_and_one_wins(server: SandboxServer) -> None:
    peers = [Stranger(server.url) for _ in range(8)]
    for peer in peers:
        assert peer.login(company())
        peer.service(ACCOUNT)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda peer: peer.save(*sale(), number=1).Type, peers))
    assert sorted(answers) == ["DuplicateData"] * 7 + ["Ok"]
    assert stored(server) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12), off=st.integers(-3, 3))
def test_any_amounts_survive_to_the_ore_and_only_balanced_ones_are_taken(
    server: SandboxServer, stranger: Stranger, amounts: list[int], off: int
) -> None:
    number = entry_id(stranger, 102)
    lines = [line(1920, f"{Decimal(ore).scaleb(-2):f}") for ore in amounts]
    lines.append(line(1900, f"{Decimal(off - sum(amounts)).scaleb(-2):f}"))
    answer = stranger.save(*lines, number=number)
    found = stranger.posted(TransactionNoStart=number, TransactionNoEnd=number)
    if off:
        assert answer.Type == "NotSaved"
        assert found == []
    else:
        assert answer.Type == "Ok"
        assert [int(each.Amount.scaleb(2)) for each in found] == [*amounts, -sum(amounts)]
