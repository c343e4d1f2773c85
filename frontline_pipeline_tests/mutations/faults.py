"""The faults of the mutation suite: each changes a valid day as a till, an export or a person would.

Belongs here: what each fault does to the rows, and the cause and subjects that would be right to name.
Does not: finding them (accounting/diagnosis/). A fault returns None where the day has nothing that it could strike.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from frontline_pipeline.accounting.causes import CauseKind as K
from frontline_pipeline.accounting.vat import contained_vat, rate_text, vat_on
from frontline_pipeline.frames.raw import PAY_IN_KINDS, PAY_OUT_KINDS
from frontline_pipeline_tests.mutations.days import KEY, Case, Row
from frontline_pipeline_tests.strategies import TENDER_TYPES


class Right(NamedTuple):
    """What would be right to say: one of the kinds, about one of the subjects (none given: about anything)."""

    kinds: tuple[K, ...]
    subjects: tuple[str, ...] = ()


Strike = Callable[[Case, Random], Right | None]


def tender_missing(case: Case, chance: Random) -> Right | None:
    row = _pick(chance, [t for t in case.of("z_tenders") if t["amount"] > 0])
    if row is None:
        return None
    case.z["z_tenders"].remove(row)
    return Right((K.TENDER_MISSING,), (row["tender"],) if case.with_receipts else (row["tender"], ""))


def tender_doubled(case: Case, chance: Random) -> Right | None:
    row = _pick(chance, [t for t in case.of("z_tenders") if t["amount"]])
    if row is None:
        return None
    if chance.random() < 0.5:
        row["amount"] *= 2
    else:
        case.z["z_tenders"].append(dict(row))
    return Right((K.TENDER_DOUBLED,), (row["tender"],))


def sign_flipped(case: Case, chance: Random) -> Right | None:
    what = chance.choice(("tender", "movement", "rounding", "vat"))
    if what == "rounding":
        if not case.head["rounding"]:
            return None
        case.head["rounding"] *= -1
        return Right((K.SIGN_FLIPPED,), ("rounding",))
    if what == "vat":
        row = _pick(chance, case.of("z_vat"))
        if row is None or not row["base"]:
            return None
        row["base"], row["vat"] = -row["base"], -row["vat"]
        return Right((K.SIGN_FLIPPED,), (f"VAT at {rate_text(row['rate'])}",))
    if what == "tender":
        row = _pick(chance, [t for t in case.of("z_tenders") if t["amount"]])
    else:
        row = _pick(chance, _counting(case))
    if row is None:
        return None
    row["amount"] *= -1
    return Right((K.SIGN_FLIPPED,), (f"tender {row['tender']}" if what == "tender" else row["kind"].replace("_", " "),))


def vat_of_gross(case: Case, chance: Random) -> Right | None:
    rows = [v for v in case.of("z_vat") if v["rate"] and v["vat"]]
    if not rows:
        return None
    struck = rows if chance.random() < 0.5 else [chance.choice(rows)]
    shape = chance.choice(("both", "base", "vat"))
    for row in struck:
        gross = row["base"] + row["vat"]
        if shape != "base":
            row["vat"] = vat_on(gross, row["rate"])
        if shape != "vat":
            row["base"] = gross
    return Right((K.VAT_OF_GROSS,), ())


def rate_wrong(case: Case, chance: Random) -> Right | None:
    row = _pick(chance, [v for v in case.of("z_vat") if v["rate"] and v["vat"]])
    if row is None:
        return None
    used = {v["rate"] for v in case.of("z_vat")}
    rate = chance.choice([r for r in (25_000, 15_000, 12_000) if r != row["rate"]])
    return _at_rate(row, rate, chance.choice(("label", "computed")), used, K.RATE_WRONG)


def rate_of_other_date(case: Case, chance: Random) -> Right | None:
    old = {"31": (11_000, 13_000, 14_000), "33": (6_000, 8_000, 10_000)}
    row = _pick(chance, [v for v in case.of("z_vat") if v["standard_code"] in old and v["vat"]])
    if row is None:
        return None
    rate = chance.choice(old[row["standard_code"]])
    shape = chance.choice(("label", "computed", "throughout"))
    if shape != "throughout":
        return _at_rate(row, rate, shape, {v["rate"] for v in case.of("z_vat")}, K.RATE_OF_OTHER_DATE)
    # The till was never updated: receipts and Z alike compute at the old rate.
    row["base"] = row["vat"] = 0
    cash = {r["receipt_id"] for r in case.of("receipts") if r["kind"] in ("sale", "return")}
    for line in case.of("receipt_lines"):
        if (line["vat_code"], line["rate"]) == (row["vat_code"], row["rate"]):
            tax = contained_vat(line["amount"], rate)
            head = next(r for r in case.of("receipts") if r["receipt_id"] == line["receipt_id"])
            head["amount_excl_vat"] += line["amount"] - tax - line["amount_excl_vat"]
            line.update(rate=rate, vat=tax, amount_excl_vat=line["amount"] - tax)
            if line["receipt_id"] in cash:
                row["base"] += line["amount_excl_vat"]
                row["vat"] += tax
    row["rate"] = rate
    return Right((K.RATE_OF_OTHER_DATE,), (f"VAT at {rate_text(rate)}",))


def _at_rate(row: Row, rate: int, shape: str, used: set[int], kind: K) -> Right:
    subject = f"VAT at {rate_text(row['rate'])}"
    if shape == "label" and rate not in used:
        row["rate"] = rate
        subject = f"VAT at {rate_text(rate)}"
    else:
        gross = row["base"] + row["vat"]
        row["vat"] = contained_vat(gross, rate)
        row["base"] = gross - row["vat"]
    return Right((kind,), (subject,))


def rounding_lost(case: Case, chance: Random) -> Right | None:
    if not case.head["rounding"]:
        return None
    case.head["rounding"] = 0
    return Right((K.ROUNDING_LOST,), ("rounding",))


def rounding_on_card(case: Case, chance: Random) -> Right | None:
    """One card sale is rounded to whole kroner, and every sum agrees; only its receipt can show it."""
    if not case.with_receipts:
        return None
    paid: dict[str, list[Row]] = {}
    for payment in case.of("receipt_payments"):
        paid.setdefault(payment["receipt_id"], []).append(payment)
    tips = any(m["kind"] == "tip" for m in case.of("z_movements"))
    able = [
        r
        for r in case.of("receipts")
        if r["kind"] == "sale" and r["amount"] % 100 and [p["tender"] for p in paid[r["receipt_id"]]] == ["CARD"]
    ]
    head = _pick(chance, able)
    if head is None or tips:
        return None
    rounding = (head["amount"] + 50) // 100 * 100 - head["amount"]
    head["rounding"] = rounding
    paid[head["receipt_id"]][0]["amount"] += rounding
    _tender(case, "CARD")["amount"] += rounding
    if case.stated:
        case.head["rounding"] += rounding
    return Right((K.ROUNDING_ON_CARD,), (f"receipt {head['receipt_id']}",))


def tip_in_or_out(case: Case, chance: Random) -> Right | None:
    tips = [m for m in case.of("z_movements") if m["kind"] == "tip"]
    if not tips:
        return None
    sign = -1 if "tips" in case.profile.rules.tenders_include else 1
    for tip in tips:
        _tender(case, tip["tender"])["amount"] += sign * tip["amount"]
    return Right((K.TIP_IN_OR_OUT,), ("tip",))


def gift_card_as_sale(case: Case, chance: Random) -> Right | None:
    gift = _pick(chance, [m for m in case.of("z_movements") if m["kind"] == "gift_card_sale"])
    if gift is None:
        return None
    amount, shape = gift["amount"], chance.choice(("sales", "groups", "vat", "all", "instead"))
    case.head["sales_total"] += amount
    if shape in ("groups", "all"):
        _add_group(case, "900", amount)
    if shape in ("vat", "all"):
        _add_vat(case, "0", "5", 0, amount, 0)
    if shape == "instead":
        case.z["z_movements"].remove(gift)
    return Right((K.GIFT_CARD_AS_SALE,), ("gift_card_sale",))


def movement_left_out(case: Case, chance: Random) -> Right | None:
    movement = _pick(chance, [m for m in _counting(case) if m["kind"] != "tip"])
    if movement is None:
        return None
    paid_in = movement["kind"] in PAY_IN_KINDS
    if chance.random() < 0.5:
        case.z["z_movements"].remove(movement)
        return Right((K.MOVEMENT_LEFT_OUT,), ("pay-in" if paid_in else "pay-out",))
    _tender(case, movement["tender"])["amount"] += -movement["amount"] if paid_in else movement["amount"]
    return Right((K.MOVEMENT_LEFT_OUT,), (movement["kind"], "pay-ins" if paid_in else "pay-outs"))


def return_miscounted(case: Case, chance: Random) -> Right | None:
    head = _pick(chance, [r for r in case.of("receipts") if r["kind"] == "return"])
    if head is None:
        return None
    returns = [r for r in case.of("receipts") if r["kind"] == "return"]
    if not case.with_receipts and len(returns) > 1:
        # The Z alone knows its returns as one amount.
        return None
    sign, where = chance.choice((1, -1)), chance.choice(("sales", "totals", "tenders"))
    if where == "tenders":
        _add_payments(case, head["receipt_id"], sign)
    else:
        case.head["sales_total"] += sign * head["amount"]
    if where == "totals":
        _add_lines(case, head["receipt_id"], sign)
    return Right((K.RETURN_MISCOUNTED,), ("return",))


def receipt_missing(case: Case, chance: Random) -> Right | None:
    if not case.with_receipts:
        return None
    sales = [r for r in case.of("receipts") if r["kind"] == "sale" and not _tipped(case, r)]
    head = _pick(chance, sales)
    if head is None or len(sales) < 2:
        return None
    number = head["receipt_id"]
    if chance.random() < 0.5:
        last = case.of("receipts")[-1]["receipt_id"] == number
        for frame in ("receipts", "receipt_lines", "receipt_payments"):
            case.receipts[frame] = [
                r for r in case.receipts[frame] if (r["register"], r["receipt_id"]) != ("K1", number)
            ]
        # The last receipt of the day leaves no gap in the numbers.
        return Right((K.RECEIPT_MISSING,), ("receipt",) if last else (f"receipt {number}", "receipt"))
    _add_receipt(case, head, -1)
    return Right((K.RECEIPT_MISSING,), (f"receipt {number}",))


def receipt_doubled(case: Case, chance: Random) -> Right | None:
    if not case.with_receipts:
        return None
    head = _pick(chance, [r for r in case.of("receipts") if r["kind"] == "sale" and not _tipped(case, r)])
    if head is None:
        return None
    number, new = head["receipt_id"], f"{KEY[1]}-9{chance.randint(100, 999)}"
    if chance.random() < 0.5:
        for frame in ("receipts", "receipt_lines", "receipt_payments"):
            again = [{**r, "receipt_id": new} for r in case.of(frame) if r["receipt_id"] == number]
            case.receipts[frame] += again
        return Right((K.RECEIPT_DOUBLED,), (f"receipt {number}", f"receipt {new}"))
    _add_receipt(case, head, 1)
    return Right((K.RECEIPT_DOUBLED,), (f"receipt {number}",))


def group_left_out(case: Case, chance: Random) -> Right | None:
    rows = [g for g in case.of("z_article_groups") if g["amount"]]
    if len(rows) < 2:
        return None
    row = chance.choice(rows)
    case.z["z_article_groups"].remove(row)
    return Right((K.GROUP_LEFT_OUT,), (f"group {row['article_group']}",) if case.with_receipts else ("",))


def digits_swapped(case: Case, chance: Random) -> Right | None:
    cells: list[tuple[Row, str, str]] = [(case.head, "sales_total", "total sales")]
    cells += [(t, "amount", f"tender {t['tender']}") for t in case.of("z_tenders")]
    cells += [(m, "amount", m["kind"].replace("_", " ")) for m in _counting(case)]
    cells += [(v, "base", f"base at {rate_text(v['rate'])}") for v in case.of("z_vat")]
    cells += [(v, "vat", f"VAT at {rate_text(v['rate'])}") for v in case.of("z_vat")]
    cells += [(g, "amount", f"group {g['article_group']}") for g in case.of("z_article_groups")]
    row, column, subject = chance.choice(cells)
    digits = str(abs(row[column]))
    able = [i for i in range(len(digits) - 1) if digits[i] != digits[i + 1]]
    if not able:
        return None
    i = chance.choice(able)
    sign = -1 if row[column] < 0 else 1
    row[column] = sign * int(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :])
    return Right((K.DIGITS_SWAPPED,), (subject,))


def registers_merged(case: Case, chance: Random) -> Right | None:
    heads = [z for z in case.z["z_reports"] if z["register"] != KEY[0]]
    if not heads:
        return None
    other = chance.choice(heads)
    key = (other["register"], other["z_number"])
    shape = chance.choice(("tenders moved", "tenders copied", "vat moved", "all copied", "all moved"))
    if shape == "all moved" and not case.with_receipts:
        return None
    for name in ("z_tenders", "z_vat", "z_article_groups", "z_movements"):
        if shape.split()[0] not in ("all", name.removeprefix("z_")):
            continue
        rows = case.of(name, key)
        _merge(case, name, rows)
        if shape.endswith("moved"):
            case.z[name] = [r for r in case.z[name] if r not in rows]
    if shape.startswith("all"):
        for column in ("sales_total", "receipt_count", "return_count", "return_amount", "credit_sales"):
            case.head[column] += other[column]
        if case.stated:
            case.head["rounding"] += other["rounding"]
    if shape == "all moved":
        case.z["z_reports"].remove(other)
        case.z["z_counts"] = [c for c in case.z["z_counts"] if c["register"] != key[0]]
    if shape == "all copied" and not case.with_receipts:
        return None
    return Right((K.REGISTERS_MERGED,), (f"register {key[0]}, Z {key[1]}",))


def ore_per_line(case: Case, chance: Random) -> Right | None:
    """VAT, or the base, is cut to whole øre on every line, and the øre are not carried."""
    cut_base = chance.random() < 0.5
    cash = {r["receipt_id"] for r in case.of("receipts") if r["kind"] in ("sale", "return")}
    before = sum(v["base"] + v["vat"] for v in case.of("z_vat"))
    for row in case.of("z_vat"):
        lines = [
            x
            for x in case.of("receipt_lines")
            if x["receipt_id"] in cash and (x["vat_code"], x["rate"]) == (row["vat_code"], row["rate"])
        ]
        part = 100_000 if cut_base else row["rate"]
        cut = sum(_cut(x["amount"] * part, 100_000 + row["rate"]) for x in lines)
        row["base" if cut_base else "vat"] = cut
    after = sum(v["base"] + v["vat"] for v in case.of("z_vat"))
    return Right((K.ORE_PER_LINE,), ("VAT",)) if after != before else None


def on_account_as_sale(case: Case, chance: Random) -> Right | None:
    head = _pick(chance, [r for r in case.of("receipts") if r["kind"] == "credit_sale"])
    if head is None:
        return None
    shape = chance.choice(("sales", "totals", "tenders"))
    if shape == "tenders":
        _tender(case, "ACCOUNT")["amount"] += head["amount"]
    else:
        case.head["sales_total"] += head["amount"]
    if shape == "totals":
        _add_lines(case, head["receipt_id"], 1)
    return Right((K.ON_ACCOUNT_AS_SALE,), ("credit sales",))


FAULTS: dict[str, Strike] = {
    "tender missing": tender_missing,
    "tender doubled": tender_doubled,
    "sign flipped": sign_flipped,
    "VAT of gross": vat_of_gross,
    "wrong rate": rate_wrong,
    "rate of another date": rate_of_other_date,
    "rounding lost": rounding_lost,
    "rounding on a card": rounding_on_card,
    "tip in or out of the tenders": tip_in_or_out,
    "gift-card sale as turnover": gift_card_as_sale,
    "pay-in or pay-out left out": movement_left_out,
    "return counted twice or not": return_miscounted,
    "receipt missing": receipt_missing,
    "receipt doubled": receipt_doubled,
    "article group left out": group_left_out,
    "digits swapped": digits_swapped,
    "two registers merged": registers_merged,
    "øre lost per line": ore_per_line,
    "on-account sale in the totals": on_account_as_sale,
}
"""The faults of the issue, in its order."""


HAPPENS = (
    "øre lost per line",
    "rate of another date",
    "rounding on a card",
    "receipt doubled",
    "receipt missing",
    "return counted twice or not",
    "gift-card sale as turnover",
    "on-account sale in the totals",
    "pay-in or pay-out left out",
    "tip in or out of the tenders",
    "two registers merged",
    "VAT of gross",
    "wrong rate",
    "rounding lost",
    "article group left out",
    "tender missing",
    "tender doubled",
    "sign flipped",
    "digits swapped",
)
"""The order in which two faults of one day come about: at the till, then in the Z, then in its export, at last by hand."""


def _pick(chance: Random, rows: list[Row]) -> Row | None:
    return chance.choice(rows) if rows else None


def _counting(case: Case) -> list[Row]:
    """Movements that the tenders of this store hold."""
    rule = case.profile.rules.tenders_include
    group = {**dict.fromkeys(PAY_IN_KINDS, "pay_ins"), **dict.fromkeys(PAY_OUT_KINDS, "pay_outs"), "tip": "tips"}
    return [m for m in case.of("z_movements") if group[m["kind"]] in rule]


def _cut(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)


def _tipped(case: Case, head: Row) -> bool:
    paid = sum(p["amount"] for p in case.of("receipt_payments") if p["receipt_id"] == head["receipt_id"])
    return bool(paid != head["amount"] + head["rounding"])


def _tender(case: Case, tender: str) -> Row:
    """The row of a tender; a new one of nothing where the Z has none (or an earlier fault took it)."""
    row = next((t for t in case.of("z_tenders") if t["tender"] == tender), None)
    if row is None:
        kind = {"tender_type": TENDER_TYPES[tender], "currency": "NOK", "amount": 0}
        row = {"register": KEY[0], "z_number": KEY[1], "tender": tender, **kind}
        case.z["z_tenders"].append(row)
    return row


def _add_group(case: Case, group: str, amount: int) -> None:
    row = next((g for g in case.of("z_article_groups") if g["article_group"] == group), None)
    if row is None:
        row = {"register": KEY[0], "z_number": KEY[1], "article_group": group, "amount": 0}
        case.z["z_article_groups"].append(row)
    row["amount"] += amount


def _add_vat(case: Case, code: str, standard: str, rate: int, base: int, vat: int) -> None:
    row = next((v for v in case.of("z_vat") if (v["vat_code"], v["rate"]) == (code, rate)), None)
    if row is None:
        row = {"vat_code": code, "standard_code": standard, "rate": rate, "base": 0, "vat": 0}
        row = {"register": KEY[0], "z_number": KEY[1], **row}
        case.z["z_vat"].append(row)
    row["base"] += base
    row["vat"] += vat


def _add_lines(case: Case, receipt: str, sign: int) -> None:
    for line in case.of("receipt_lines"):
        if line["receipt_id"] == receipt:
            excl, vat = sign * line["amount_excl_vat"], sign * line["vat"]
            _add_vat(case, line["vat_code"], line["standard_code"], line["rate"], excl, vat)
            _add_group(case, line["article_group"], sign * line["amount"])


def _add_payments(case: Case, receipt: str, sign: int) -> None:
    for payment in case.of("receipt_payments"):
        if payment["receipt_id"] == receipt:
            _tender(case, payment["tender"])["amount"] += sign * payment["amount"]


def _add_receipt(case: Case, head: Row, sign: int) -> None:
    case.head["sales_total"] += sign * head["amount"]
    case.head["receipt_count"] += sign
    if case.stated:
        case.head["rounding"] += sign * head["rounding"]
    _add_lines(case, head["receipt_id"], sign)
    _add_payments(case, head["receipt_id"], sign)


def _merge(case: Case, name: str, rows: list[Row]) -> None:
    """Adds another register's rows to this Z, as an export that groups by store does."""
    keys = {"z_tenders": ("tender",), "z_vat": ("vat_code", "rate"), "z_article_groups": ("article_group",)}.get(name)
    for row in rows:
        mine = {**row, "register": KEY[0], "z_number": KEY[1]}
        known = next((m for m in case.of(name) if keys and all(m[k] == row[k] for k in keys)), None)
        if known is None:
            case.z[name].append(mine)
            continue
        for column in ("amount", "base", "vat"):
            if column in known:
                known[column] += row[column]
