"""Corrections, rollbacks, adoption and the sweep over real SOAP, against the stand-in's own refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.frontline.source import open_source
from frontline_pipeline.opening import open_ledger, open_posting_log
from frontline_pipeline.posting.adopting import adopt
from frontline_pipeline.posting.correcting import Corrected, correct
from frontline_pipeline.posting.lease import SystemWaiting
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.readback import read_back, sweep
from frontline_pipeline.posting.rollback import release, roll_back
from frontline_pipeline.posting.states import State
from frontline_pipeline.store_day import walk
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import Project, store_day

WHERE = store_day("oslo")


class Shop:
    """Store oslo of a project, as a process of its own would see it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.settings = project.loaded.settings
        self.profile = self.settings.store("oslo")
        self.company = self.profile.company_code
        self.log = open_posting_log(project.loaded)
        self.ledger = open_ledger(project.loaded, self.company)

    def vouchers(self, on_log: bool = True) -> VoucherSet:
        extracts = open_source(self.settings.source, self.project.loaded.paths, self.project.loaded.environment())
        found = walk(extracts, self.profile, WHERE.business_day, self.log if on_log else None)
        assert found.vouchers.vouchers, found
        return found.vouchers

    def poster(self) -> Poster:
        company = self.settings.companies[self.company]
        return Poster(self.log, self.company, company, lambda: self.ledger, waiting=SystemWaiting())

    def run(self) -> list[State]:
        return [each.state for each in self.poster().post(self.vouchers().vouchers, self.profile)]

    def states(self) -> set[State]:
        return {each.state for each in read_back(self.log, self.ledger, self.company, WHERE.business_day)}

    def balances(self) -> dict[int, int]:
        found: Counter[int] = Counter()
        for each in self.ledger.transactions(WHERE.business_day, WHERE.business_day):
            found[each.account] += each.amount
        return {account: amount for account, amount in found.items() if amount}


def totals(vouchers: Sequence[Voucher]) -> dict[int, int]:
    found: Counter[int] = Counter()
    for each in vouchers:
        for line in each.lines:
            found[line.account] += line.amount
    return {account: amount for account, amount in found.items() if amount}


def test_a_changed_mapping_is_corrected_over_soap(make_project: MakeProject):
    project = make_project()
    shop = Shop(project)
    assert set(shop.run()) == {State.POSTED}
    assert shop.states() == {State.VERIFIED}
    before = shop.balances()
    used = next(code for code, rule in shop.profile.rules.tenders.items() if rule.account in before)
    unused = next(each.number for each in shop.ledger.accounts() if each.number not in before and each.number < 2000)
    other = Shop(project.changed({"stores": {"oslo": {"ledger": {"tenders": {used: {"account": unused}}}}}}))
    new = other.vouchers()
    assert totals(new.vouchers) != before

    done = correct(other.poster(), new, other.profile, reason="cash goes to the bank account", who="anna")

    assert {each.result for each in done} == {Corrected.CORRECTED}
    assert other.balances() == totals(new.vouchers)
    assert other.states() == {State.VERIFIED}
    assert other.log.state_of("oslo", WHERE.business_day) is State.VERIFIED
    assert len(project.references()) == 3 * len(new.vouchers)
    again = correct(other.poster(), other.vouchers(), other.profile, reason="again", who="anna")
    assert {each.result for each in again} == {Corrected.UNCHANGED}


def test_rolled_back_released_lost_and_adopted_over_soap(make_project: MakeProject):
    project = make_project()
    shop = Shop(project)
    day = WHERE.business_day
    shop.run()
    posted = shop.balances()
    assert all(each.done for each in roll_back(shop.poster(), shop.profile, day, day, reason="wrong shop", who="anna"))
    assert shop.balances() == {}
    assert set(shop.run()) == {State.ROLLED_BACK}
    release(shop.log, shop.company, "oslo", day, day, reason="right after all", who="anna")
    assert set(shop.run()) == {State.POSTED}
    assert shop.balances() == posted
    references = project.references()
    swept = sweep(shop.log, shop.ledger, shop.company, 2, today=day, stores=["oslo"])
    assert (swept.disagreements, swept.strangers) == ((), ())

    shop.log.close()
    project.loaded.paths.posting_log.unlink()
    fresh = Shop(project)
    expected = fresh.vouchers(on_log=False).vouchers
    done = adopt(
        fresh.log,
        fresh.ledger,
        fresh.company,
        [fresh.profile],
        day,
        day,
        who="anna",
        expected=lambda _profile, of: expected if of == day else (),
    )
    assert len(done.adopted) == len(references)
    assert done.conflicts == ()
    assert set(fresh.run()) == {State.VERIFIED}
    assert project.references() == references
    assert fresh.states() == {State.VERIFIED}
