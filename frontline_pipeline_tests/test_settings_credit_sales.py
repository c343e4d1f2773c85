"""The way of credit sales in the settings: one of journal, order or none, and where a wrong choice is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_file import SettingsError, load_settings
from frontline_pipeline_tests.test_settings import problems, tree

ACCOUNT = {"account": 1500}
SALES = {"kinds": {"sale": {}}, "from_sales": {"kind": "sale"}}


def _tree(company: dict[str, Any] | None = None, store: dict[str, Any] | None = None) -> dict[str, Any]:
    data = tree()
    data["companies"]["nord"] |= company or {}
    data["stores"]["a"] |= store or {}
    return data


def test_unset_and_none_leave_credit_sales_out_of_the_journal_and_a_store_has_its_own_word() -> None:
    settings = Settings.model_validate(
        _tree({"ledger": {"credit_sales": ACCOUNT}}, {"ledger": {"credit_sales": {"way": "none"}}})
    )
    assert settings.store("a").rules.credit_sales is None
    mine = settings.store("b").rules.credit_sales
    assert mine is not None
    assert (mine.way, mine.account, mine.customer, mine.tax_code) == ("journal", 1500, "from_receipt", None)
    assert Settings.model_validate(tree()).store("a").rules.credit_sales is None


def test_by_journal_an_account_is_needed() -> None:
    assert "account: the account of the receivables, where way is journal" in problems(
        _tree({"ledger": {"credit_sales": {"customer": 10009}}})
    )


@pytest.mark.parametrize(
    ("company", "store", "where"),
    [
        ({"ledger": {"credit_sales": ACCOUNT}, "orders": SALES}, {}, "companies.nord.ledger.credit_sales.way"),
        ({"orders": SALES}, {"ledger": {"credit_sales": ACCOUNT}}, "stores.a.ledger.credit_sales.way"),
        ({"ledger": {"credit_sales": ACCOUNT}}, {"orders": SALES}, "companies.nord.ledger.credit_sales.way"),
    ],
)
def test_a_store_that_sends_them_both_ways_is_refused(company: Any, store: Any, where: str) -> None:
    told = problems(_tree(company, store))
    assert f"{where}: one way for the credit sales of store a: by orders.from_sales they go as orders already" in told


def test_a_store_may_leave_the_journal_to_go_by_order() -> None:
    settings = Settings.model_validate(
        _tree({"ledger": {"credit_sales": ACCOUNT}}, {"ledger": {"credit_sales": {"way": "none"}}, "orders": SALES})
    )
    assert settings.store("a").rules.credit_sales is None
    assert settings.store("a").orders.from_sales is not None


def test_the_refusal_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(
        yaml.safe_dump(_tree({"ledger": {"credit_sales": ACCOUNT}, "orders": SALES}), sort_keys=False), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match=r"all\.yaml:\d+: companies\.nord\.ledger\.credit_sales"):
        load_settings(tmp_path)
