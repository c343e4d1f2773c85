"""What to do about each cause, and causes as text.

Belongs here: advice per cause, causes as the sentences of a check's "what to do".
Does not: evidence (suspects_*.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from frontline_pipeline.accounting.causes import Cause, CauseKind, likeliest

ADVICE: dict[CauseKind, str] = {
    CauseKind.TENDER_MISSING: "Have Frontline deliver the tender with the Z-report",
    CauseKind.TENDER_DOUBLED: "Compare the tender with the terminal's own total of the day, and have the export count it once",
    CauseKind.TENDER_SWAPPED: "Find the payment under the wrong tender among the receipts, and have it moved",
    CauseKind.SIGN_FLIPPED: "Have the export give the amount the other sign",
    CauseKind.VAT_OF_GROSS: "Have the register state the base excl. VAT and compute VAT as contained in the price",
    CauseKind.VAT_RATE_LEFT_OUT: "Have the export include every VAT rate that was sold at",
    CauseKind.RATE_WRONG: "Correct the VAT code of the row at the register, or its map in the setting pos_vat_codes",
    CauseKind.RATE_OF_OTHER_DATE: "Update the rate at the register; returns of old sales need receipt_lines.original_sale_date",
    CauseKind.ROUNDING_LOST: "Have the export state the cash rounding (z_reports.rounding), or deliver the receipts",
    CauseKind.ROUNDING_ON_CARD: "Have the register round only cash; a tender that is cash needs `cash: true` in the settings",
    CauseKind.ROUNDING_NOT_TAKEN: "Find out at the register whether the tenders were rounded, and correct the rounding or them",
    CauseKind.TIP_IN_OR_OUT: "Find out whether the register's tenders hold tips, and set tenders_include to match",
    CauseKind.GIFT_CARD_AS_SALE: "Have the register book gift cards and prepayments as pay-ins, outside sales, VAT and groups",
    CauseKind.MOVEMENT_LEFT_OUT: "Find the pay-in or pay-out at the register and have it listed, or set tenders_include to match",
    CauseKind.MOVEMENT_DOUBLED: "Have the pay-in or pay-out counted once",
    CauseKind.RETURN_MISCOUNTED: "Compare the return receipts with the printed Z-report, and have each taken off once",
    CauseKind.RECEIPT_MISSING: "Find the receipt in the register's journal, and import receipts and Z-report again together",
    CauseKind.RECEIPT_DOUBLED: "Find the receipt in the register's journal, and have it counted once",
    CauseKind.GROUP_LEFT_OUT: "Have the export include every article group that was sold",
    CauseKind.DIGITS_SWAPPED: "Compare that amount with the printed Z-report, and correct it where it was typed",
    CauseKind.REGISTERS_MERGED: "Have each register exported with its own Z-report",
    CauseKind.ORE_PER_LINE: "Have the register carry the øre, so that base + VAT is the price of each line",
    CauseKind.ON_ACCOUNT_AS_SALE: "Have sales on account kept out of cash sales; they are booked from their order or invoice",
    CauseKind.AMOUNT_WRONG: "Compare that amount with the printed Z-report",
}


def sentence(cause: Cause) -> str:
    """One cause: what, of what, and the amounts that speak for it."""
    subject = f" ({cause.subject})" if cause.subject else ""
    return f"{cause.kind.value}{subject}: {cause.evidence}"


def told(causes: Sequence[Cause]) -> str:
    """The causes as text for a person, likeliest first; "" for none."""
    if not causes:
        return ""
    best = likeliest(causes)
    first = [cause for explanation in best for cause in explanation]
    # What explains it only with another cause beside it would mislead alone; the table of causes has both.
    rest = [cause for cause in causes if cause.rank > 1 and not cause.together]
    if any(cause.partial for cause in first):
        head = "Explains a part of it"
    elif len(best) > 1:
        head = "Equally likely causes"
    else:
        head = "Likeliest cause, together" if len(first) > 1 else "Likeliest cause"
    text = f"{head}: {'; or '.join('; and '.join(map(sentence, explanation)) for explanation in best)}."
    if rest:
        text += f" Less likely: {'; or '.join(sentence(cause) for cause in rest)}."
    advice = list(dict.fromkeys(cause.what_to_do for cause in first))
    return f"{text} {'. '.join(advice)}."
