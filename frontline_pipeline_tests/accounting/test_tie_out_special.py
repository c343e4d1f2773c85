"""The tie-out of every special case that is booked: four sides, no difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.accounting.tie_cells import Held, HeldLine, order_cells
from frontline_pipeline.accounting.tie_out import tie_out
from frontline_pipeline.booking import as_booked
from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import Case, profile_of, run


@pytest.mark.parametrize("case", [case for case in CASES if not case.held_by], ids=lambda case: case.id)
def test_a_special_case_that_is_booked_ties_out(case: Case, tmp_path: Path) -> None:
    mine = profile_of(case)
    for walk in run(case, tmp_path):
        held = [
            Held(v.z_keys, v.document_key, "", tuple(HeldLine(x.account, x.tax_code or "", x.amount) for x in v.lines))
            for v in walk.vouchers.vouchers
        ]
        by_order = {z.key: order_cells(z, as_booked(z, mine, None), mine) for z in walk.z_reports}
        tied = tie_out(walk.z_reports, None, walk.vouchers, held, mine, by_order=by_order)
        assert tied.agrees, tied.verdict
