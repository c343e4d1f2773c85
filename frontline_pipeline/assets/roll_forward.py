"""Monthly roll-forward of a company's followed accounts: liabilities, and interim accounts.

Belongs here: wiring. Does not: the arithmetic (accounting/roll_forward.py), which accounts (settings_followed.py), the entries
(posting/entries.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator, Sequence
from typing import Literal

import dagster as dg

from frontline_pipeline.accounting.money import display, ore
from frontline_pipeline.accounting.roll_forward import AGES, OLDEST, Account, Gap, Roll, roll_forward
from frontline_pipeline.assets.describe import OWNER_BOOKS, calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.assets.roll_plot import balance_plot
from frontline_pipeline.automation import ROLL_FORWARD_ASSETS
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.partitions import CompanyMonth, StorePartitions
from frontline_pipeline.posting.entries import entries_of
from frontline_pipeline.posting.readback import month_window
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_followed import followed_accounts

Kind = Literal["liability", "interim"]
LIABILITIES, INTERIM = ROLL_FORWARD_ASSETS
WHAT: dict[str, tuple[Kind, str]] = {
    LIABILITIES: (
        "liability",
        "What the company owes its customers and staff through the till - gift cards, credit notes, deposits, tips: opening + added "
        "- used = closing, aged, against the ledger's own balance.",
    ),
    INTERIM: (
        "interim",
        "Money on its way - card, Vipps, cash to the bank: opening + takings - pay-outs = closing, aged, against the ledger's own "
        "balance.",
    ),
}
CHECK = "rolls_as_the_ledger"
TOLD = 3


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """liabilities_roll_forward and interim_accounts_roll_forward."""
    return [_asset(partitions, name) for name in ROLL_FORWARD_ASSETS]


def _asset(partitions: StorePartitions, name: str) -> dg.AssetsDefinition:
    kind, description = WHAT[name]

    @dg.asset(
        name=name,
        description=description,
        partitions_def=partitions.company_months,
        deps=[
            dg.AssetDep("posted_journals", partition_mapping=partitions.days_to_months),
            dg.AssetDep("ledger_readback"),
        ],
        group_name="ledger",
        kinds={"pandas", "sqlalchemy"},
        owners=[OWNER_BOOKS],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=name,
                description="Closing = the ledger's own balance on every followed account, document by document; names the days.",
                partitions_def=partitions.company_months,
            )
        ],
    )
    def roll(
        context: dg.AssetExecutionContext, settings: SettingsResource, posting: PostingResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        month = CompanyMonth.from_context(context)
        accounts = accounts_of(settings.settings, month.company, kind)
        first, last = month_window(month.month)
        meter = posting.meter(month.company)
        try:
            entries = entries_of(posting.log(), posting.ledger(month.company), month.company, accounts, last)
        except OfficeError as error:
            raise failure(error.kind, str(error), "Run the roll-forward again when 24SevenOffice answers.") from error
        rolls = roll_forward(accounts, entries, first, last)
        yield dg.MaterializeResult(metadata={**roll_metadata(rolls), **calls_metadata(meter.calls)})
        yield check_result(rolls)

    return roll


def accounts_of(settings: Settings, company: str, kind: Kind) -> list[Account]:
    """The followed accounts of a company of one kind, by number."""
    rules = [profile.rules for profile in settings.profiles() if profile.company_code == company]
    return [
        Account(each.account, each.kind, each.name, each.opened_on or settings.partitions.start, ore(each.opening))
        for each in followed_accounts(rules, settings.companies[company].followed_accounts)
        if each.kind == kind
    ]


def check_result(rolls: Sequence[Roll]) -> dg.AssetCheckResult:
    """Passed when every account's closing is the ledger's balance; else the days and documents that make the difference."""
    wrong = [roll for roll in rolls if not roll.agrees]
    told = "; ".join(f"account {roll.account.number}: {_days(roll)}" for roll in wrong)
    passed = f"{len(rolls)} accounts close as the ledger has them" if rolls else "no account is followed"
    return dg.AssetCheckResult(check_name=CHECK, passed=not wrong, description=told or passed)


def _days(roll: Roll) -> str:
    named = [_gap(gap) for gap in roll.gaps[:TOLD]]
    more = [f"and {len(roll.gaps) - TOLD} more"] if len(roll.gaps) > TOLD else []
    return f"closing {display(roll.closing)}, ledger {display(roll.ledger_balance)}: {', '.join([*named, *more])}"


def _gap(gap: Gap) -> str:
    where = f"{gap.origin.business_day} {gap.origin.store}" if gap.origin else gap.reference
    return f"{where} sent {display(gap.sent)}, ledger has {display(gap.ledger)}"


def roll_metadata(rolls: Sequence[Roll]) -> dict[str, dg.MetadataValue]:
    """Verdict, table, aged open items, the documents that make a difference, and the balances by day as a picture."""
    ages = (*(name for name, _ in AGES), OLDEST)
    columns = ("account", "name", "opening", "added", "used", "others", "closing", "ledger", "difference", "waiting")
    rows: list[dict[str, str | int]] = [
        {
            "account": roll.account.number,
            "name": roll.account.name,
            **{
                column: display(amount)
                for column, amount in (
                    ("opening", roll.opening),
                    ("added", roll.added),
                    ("used", roll.used),
                    ("others", roll.others),
                    ("closing", roll.closing),
                    ("ledger", roll.ledger_balance),
                    ("difference", roll.difference),
                    ("waiting", roll.waiting),
                )
            },
        }
        for roll in rolls
    ]
    aged: list[dict[str, str | int]] = [
        {
            "account": roll.account.number,
            "name": roll.account.name,
            **{age: display(roll.ages[age]) for age in ages},
            "oldest": str(roll.oldest or ""),
        }
        for roll in rolls
    ]
    gaps: list[dict[str, str | int]] = [
        {
            "account": roll.account.number,
            "store": gap.origin.store if gap.origin else "",
            "business_day": str(gap.origin.business_day) if gap.origin else "",
            "voucher": gap.reference,
            "sent": display(gap.sent),
            "ledger": display(gap.ledger),
        }
        for roll in rolls
        for gap in roll.gaps
    ]
    return {
        "verdict": dg.MetadataValue.text(check_result(rolls).description or ""),
        "roll_forward": table(rows, columns),
        "open_items_by_days": table(aged, ("account", "name", *ages, "oldest")),
        "differences": table(gaps, ("account", "store", "business_day", "voucher", "sent", "ledger")),
        "balances": dg.MetadataValue.md(balance_plot(rolls)),
    }
