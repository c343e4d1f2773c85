"""Vouchers as frames and back, without loss.

Belongs here: VoucherSet <-> the frames of the asset journal_vouchers.
Does not: the columns (frames/proven.py), how a voucher is made (voucher.py).
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from frontline_pipeline.accounting.from_frames import z_order
from frontline_pipeline.accounting.model import Mode, VatControl, Voucher, VoucherLine, ZKey
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.proven import VOUCHER_FRAMES, VOUCHER_LINES, VOUCHER_VAT, VOUCHER_Z, VOUCHERS
from frontline_pipeline.frames.spec import FrameSpec

Row = dict[Hashable, Any]


def vouchers_to_frames(vouchers: VoucherSet) -> dict[str, pd.DataFrame]:
    """The frames of a voucher set, by the names in `VOUCHER_FRAMES`, rows in the order of the vouchers and their lines."""
    rows: dict[str, list[dict[str, object]]] = {spec.name: [] for spec in VOUCHER_FRAMES}
    for voucher in vouchers.vouchers:
        key = voucher.document_key
        rows[VOUCHERS.name].append(
            {
                "document_key": key,
                "store": voucher.store,
                "business_day": pd.Timestamp(voucher.business_day),
                "mode": voucher.mode.value,
                "vat_posting": voucher.vat_posting,
                "text": voucher.text,
            }
        )
        for number, line in enumerate(voucher.lines, 1):
            rows[VOUCHER_LINES.name].append(
                {
                    "document_key": key,
                    "line": number,
                    "account": line.account,
                    "debit": line.debit,
                    "credit": line.credit,
                    "text": line.text,
                    "tax_code": line.tax_code,
                    "customer_id": line.customer_id,
                    "department_id": line.department_id,
                    "project_id": line.project_id,
                    "dimensions": json.dumps(line.dimensions, ensure_ascii=False),
                    "role": line.role,
                    "vat_key": line.vat_key or None,
                    "subject": line.subject or None,
                }
            )
        rows[VOUCHER_Z.name] += [
            {"register": z.register, "z_number": z.z_number, "document_key": key} for z in voucher.z_keys
        ]
        rows[VOUCHER_VAT.name] += [
            {"document_key": key, "standard_code": c.standard_code, "rate": c.rate, "base": c.base, "vat": c.vat}
            for c in voucher.vat_control
        ]
    rows[VOUCHER_Z.name] += [
        {"register": z.register, "z_number": z.z_number, "document_key": None} for z in vouchers.skipped
    ]
    return {spec.name: require(_frame(spec, rows[spec.name]), spec) for spec in VOUCHER_FRAMES}


def vouchers_from_frames(frames: Mapping[str, pd.DataFrame]) -> VoucherSet:
    """The voucher set that `vouchers_to_frames` wrote. Raises KeyError for a missing frame or column."""
    lines, keys, controls = (
        _by_document(frames, VOUCHER_LINES),
        _by_document(frames, VOUCHER_Z),
        _by_document(frames, VOUCHER_VAT),
    )
    vouchers: list[Voucher] = []
    for row in _rows(frames[VOUCHERS.name]):
        key = str(row["document_key"])
        vouchers.append(
            Voucher(
                store=str(row["store"]),
                business_day=row["business_day"].date(),
                document_key=key,
                z_keys=tuple(_z_key(r) for r in keys.get(key, [])),
                mode=Mode(row["mode"]),
                text=str(row["text"]),
                lines=tuple(_line(r) for r in sorted(lines.get(key, []), key=lambda r: int(r["line"]))),
                vat_posting=str(row["vat_posting"]),
                vat_control=tuple(
                    VatControl(str(r["standard_code"]), int(r["rate"]), int(r["base"]), int(r["vat"]))
                    for r in controls.get(key, [])
                ),
            )
        )
    return VoucherSet(tuple(vouchers), tuple(sorted((_z_key(r) for r in keys.get(None, [])), key=z_order)))


def _frame(spec: FrameSpec, rows: list[dict[str, object]]) -> pd.DataFrame:
    if not rows:
        return spec.empty()
    columns = {c.name: pd.Series([row[c.name] for row in rows], dtype="object") for c in spec.columns}
    return spec.conform(pd.DataFrame(columns))


def _rows(frame: pd.DataFrame) -> list[Row]:
    return frame.to_dict("records")


def _by_document(frames: Mapping[str, pd.DataFrame], spec: FrameSpec) -> dict[str | None, list[Row]]:
    out: dict[str | None, list[Row]] = {}
    for row in _rows(frames[spec.name]):
        key = row["document_key"]
        out.setdefault(None if pd.isna(key) else str(key), []).append(row)
    return out


def _z_key(row: Row) -> ZKey:
    return ZKey(str(row["register"]), str(row["z_number"]))


def _line(row: Row) -> VoucherLine:
    return VoucherLine(
        account=int(row["account"]),
        debit=int(row["debit"]),
        credit=int(row["credit"]),
        text=str(row["text"]),
        tax_code=None if pd.isna(row["tax_code"]) else str(row["tax_code"]),
        customer_id=_int(row["customer_id"]),
        department_id=_int(row["department_id"]),
        project_id=_int(row["project_id"]),
        dimensions=tuple((int(kind), str(value)) for kind, value in json.loads(row["dimensions"])),
        role=str(row["role"]),
        vat_key="" if pd.isna(row["vat_key"]) else str(row["vat_key"]),
        # Vouchers that were stored before the tie-out lack it.
        subject="" if pd.isna(row.get("subject")) else str(row["subject"]),
    )


def _int(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
