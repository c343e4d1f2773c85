"""B05: two Z-reports of one register on one day: both booked, both traceable."""

from __future__ import annotations

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline_tests.scenario_kit import proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Till, profile


def tills() -> tuple[Till, Till]:
    return Till("K1", "10").ring(12_500), Till("K1", "9").ring(25_000)


def test_B05_per_register_two_journals() -> None:
    first, second = vouchers_of(*tills())
    assert (first.document_key, second.document_key) == ("oslo/K1/Z9", "oslo/K1/Z10")
    assert (first.z_keys, second.z_keys) == ((ZKey("K1", "9"),), (ZKey("K1", "10"),))


def test_B05_per_store_one_journal_that_names_both() -> None:
    (voucher,) = vouchers_of(*tills(), mine=profile(journal_per="store"))
    assert voucher.z_keys == (ZKey("K1", "9"), ZKey("K1", "10"))
    assert "K1 Z 9, K1 Z 10" in voucher.text
    assert sum(line.debit for line in voucher.lines) == 37_500


def test_B05_two_numbers_are_not_the_same_z() -> None:
    assert proof_of(*tills()).of("z_unique") == ()
