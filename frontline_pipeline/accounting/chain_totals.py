"""Do the grand totals of a register run on from Z to Z?

Belongs here: the equations between grand totals (DOMAIN B.1), over Z-reports in the order of their numbers.
Does not: the numbers themselves (chain.py).

`reductions` (how much grand total return grew) may be more than the returns of the Z: grand total return holds "other items that
reduced cash sales" too (kassasystemforskrifta s. 1-2). So it must only agree with the other two grand totals, and never grow by
less than the returns.
"""

from __future__ import annotations

from collections.abc import Sequence

from frontline_pipeline.accounting.chain_model import Break, Kind, ZHead
from frontline_pipeline.accounting.money import Ore, display, text

_STEP = (
    "Compare the printed Z-reports with the extract: total sales (e), returns (p) and the grand totals (x, y, z). A register "
    "never resets them; a Z-report changed after it was made, or an extract that is wrong, does this. Import the right one."
)


def net_gap(before: ZHead, z: ZHead) -> Ore | None:
    """By how many øre grand total net grew more than the Z's total sales; 0 when it runs on, None when it is not stated."""
    if before.net is None or z.net is None:
        return None
    return z.net - before.net - z.sales_total


def fits(before: ZHead, z: ZHead) -> bool:
    """Whether grand totals prove that `z` follows `before` directly."""
    return net_gap(before, z) == 0


def own_breaks(z: ZHead) -> list[Break]:
    """gt_net == gt_sales - gt_return, within one Z."""
    sales, returned, net = z.grand_total_sales, z.grand_total_return, z.grand_total_net
    if sales is None or returned is None or net is None or net == sales - returned:
        return []
    message = (
        f"Register {z.register}, Z {z.z_number} ({z.business_day}): grand total net is {display(net)}, but sales "
        f"{display(sales)} less returns {display(returned)} are {display(sales - returned)}."
    )
    return [_totals(z, (), message, sales - returned, net)]


def step_breaks(pairs: Sequence[tuple[ZHead, ZHead] | None]) -> list[Break]:
    """The equations from Z to Z. `pairs[i]` is a Z and the one right before it, or None where the numbers do not follow."""
    out: list[Break] = []
    explained = False
    for position, pair in enumerate(pairs):
        if pair is None:
            explained = False
            continue
        before, z = pair
        gap = net_gap(before, z)
        following = pairs[position + 1] if position + 1 < len(pairs) else None
        if gap and explained:
            explained = False
        elif gap and following is not None and net_gap(*following) == -gap:
            # The neighbours on both sides fit each other over this one: it is the wrong one, and alone.
            explained = True
            out.append(_alone(z, before, following[1], gap))
        else:
            explained = False
            if gap:
                out.append(_net(before, z, gap))
        out += _returns(before, z)
        out += _sales_only(before, z)
    return out


def _net(before: ZHead, z: ZHead, gap: Ore) -> Break:
    assert before.net is not None
    expected = before.net + z.sales_total
    message = (
        f"Register {z.register}: grand total net does not run on from Z {before.z_number} ({before.business_day}) to "
        f"Z {z.z_number} ({z.business_day}): {display(before.net)} + total sales {display(z.sales_total)} = "
        f"{display(expected)}, but Z {z.z_number} says {display(expected + gap)}, difference {display(gap)}."
    )
    return _totals(z, (before,), message, expected, expected + gap)


def _alone(z: ZHead, before: ZHead, following: ZHead, gap: Ore) -> Break:
    assert z.net is not None
    message = (
        f"Register {z.register}: grand total net of Z {z.z_number} ({z.business_day}) is {display(z.net)}, which is "
        f"{display(gap)} off what it should be after Z {before.z_number} ({before.business_day}); Z {before.z_number} and "
        f"Z {following.z_number} ({following.business_day}) fit each other over it."
    )
    return _totals(z, (), message, z.net - gap, z.net)


def _returns(before: ZHead, z: ZHead) -> list[Break]:
    """gt_return[n] == gt_return[n-1] + reductions[n], reductions >= |returns|."""
    if before.returned is None or z.returned is None:
        return []
    grown, returns = z.returned - before.returned, abs(z.return_amount or 0)
    if grown >= returns:
        return []
    message = (
        f"Register {z.register}: from Z {before.z_number} ({before.business_day}) to Z {z.z_number} ({z.business_day}) grand "
        f"total return grew by {display(grown)}, less than the returns {display(returns)} of Z {z.z_number}."
    )
    return [_totals(z, (before,), message, returns, grown, at_least=True)]


def _sales_only(before: ZHead, z: ZHead) -> list[Break]:
    """gt_sales[n] == gt_sales[n-1] + total[n] + reductions[n], where grand total net is not stated to say it exactly."""
    if (
        (before.net is not None and z.net is not None)
        or before.grand_total_sales is None
        or z.grand_total_sales is None
    ):
        return []
    grown, least = z.grand_total_sales - before.grand_total_sales, z.sales_total + abs(z.return_amount or 0)
    if grown >= least:
        return []
    message = (
        f"Register {z.register}: from Z {before.z_number} ({before.business_day}) to Z {z.z_number} ({z.business_day}) grand "
        f"total sales grew by {display(grown)}, less than the total sales and returns {display(least)} of Z {z.z_number}."
    )
    return [_totals(z, (before,), message, least, grown, at_least=True)]


def _totals(
    z: ZHead, others: tuple[ZHead, ...], message: str, expected: Ore, actual: Ore, *, at_least: bool = False
) -> Break:
    return Break(
        Kind.TOTALS,
        z,
        others,
        message,
        _STEP,
        expected=f"at least {text(expected)}" if at_least else text(expected),
        actual=text(actual),
        difference=text(actual - expected),
    )
