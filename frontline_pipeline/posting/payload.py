"""From a proven voucher to what is sent, remembered and compared.

Belongs here: the reference, the content hash, the ledger's voucher, the canonical JSON that the log keeps, differences.
Does not: build or prove vouchers (accounting/), choose numbers or years (poster.py).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from frontline_pipeline.accounting.model import Mode, Voucher, VoucherLine, ZKey
from frontline_pipeline.accounting.money import Ore, text
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.errors import LogUnusable

MAX_REFERENCE = 50
"""InvoiceReferenceNo: REST caps the same field at 50 characters (API.md section 9), the document keys stay below it."""
MAX_COMMENT = 75
"""Comment of a line (API.md section 3.1)."""
_SAFE = re.compile(r"[^0-9A-Za-zÆØÅæøå._/\-]")
_DIGEST = 10


def reference(document_key: str, revision: int) -> str:
    """Our key in the ledger, e.g. `oslo/K1/Z102/r1`: at most 50 characters, the same for the same key and revision.

    A key that is longer, or that holds characters which do not survive a search, is shortened and ends in a hash of the
    whole key, so that two keys never share a reference.
    """
    tail = f"/r{revision}"
    room = MAX_REFERENCE - len(tail)
    safe = _SAFE.sub("_", document_key)
    if safe != document_key or len(document_key) > room:
        digest = hashlib.sha256(document_key.encode()).hexdigest()[:_DIGEST]
        safe = f"{safe[: room - _DIGEST - 1]}~{digest}"
    return safe + tail


def content_hash(voucher: Voucher) -> str:
    """SHA-256 (hex) of what the voucher says in the books, whatever the order of its lines.

    Day, Z-reports, VAT posting and lines count. Texts do not (a better wording is no other voucher), nor does the mode
    (a draft that is out stays out when the store switches to posted, and is then no second voucher), nor number and year.
    """
    content = {
        "day": voucher.business_day.isoformat(),
        "store": voucher.store,
        "z": sorted([key.register, key.z_number] for key in voucher.z_keys),
        "vat_posting": voucher.vat_posting,
        "lines": sorted(_canonical([*_identity(line), line.amount]) for line in voucher.lines),
    }
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _identity(line: VoucherLine) -> list[object]:
    dimensions = [list(pair) for pair in sorted(line.dimensions)]
    return [line.account, line.tax_code, line.customer_id, line.department_id, line.project_id, dimensions]


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a voucher goes in the ledger: fiscal year, voucher type (number), transaction number and date.

    `date` None is the business day.
    """

    year_id: int
    type_no: int
    transaction_no: int
    date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class TaxReference:
    """A VAT code as it is sent (`sent`, number or id by the setting), with both its names to recognise it again."""

    sent: str
    number: str
    tax_id: int


def with_note(words: str, note: str) -> str:
    """Words and a note in one comment of a line; the note is kept whole and the words give way."""
    if not note:
        return words[:MAX_COMMENT].rstrip()
    room = MAX_COMMENT - len(note) - 1
    return f"{words[: max(room, 0)].rstrip()} {note}".strip()[:MAX_COMMENT].rstrip()


def to_ledger_voucher(
    voucher: Voucher, sent_as: str, place: Place, tax_codes: Mapping[str, TaxReference], note: str = ""
) -> LedgerVoucher:
    """The voucher as the ledger takes it; `sent_as` is its reference, `note` what its lines say of other vouchers or days.

    The reference stands in InvoiceReferenceNo of every line and at the start of the first line's Comment: whether the
    former is kept on lines without a customer is unproven (API.md sections 3.6 and 11), and one line is enough to find the
    voucher again. A draft's name starts with it too, since that is what a person sees in the list of drafts.
    BundleDirectAccounting is true but with `vat_posting: system`, where 24SevenOffice computes the VAT (section 3.4).
    Raises KeyError for a VAT code that is not in `tax_codes`.
    """
    headed = f"{sent_as} {voucher.text}".strip()[:MAX_COMMENT].rstrip()
    lines = tuple(
        LedgerLine(
            account=line.account,
            amount=line.amount,
            tax_code=tax_codes[line.tax_code].sent if line.tax_code is not None else None,
            comment=with_note(line.text, note) if position else headed_comment(sent_as, line.text, note),
            customer_id=line.customer_id,
            department_id=line.department_id,
            project_id=line.project_id,
            dimensions=line.dimensions,
        )
        for position, line in enumerate(voucher.lines)
    )
    return LedgerVoucher(
        reference=sent_as,
        date=place.date or voucher.business_day,
        year_id=place.year_id,
        type_no=place.type_no,
        transaction_no=place.transaction_no,
        draft=voucher.mode is Mode.DRAFT,
        name=headed,
        lines=lines,
        direct_accounting=voucher.vat_posting != "system",
    )


def headed_comment(sent_as: str, words: str, note: str) -> str:
    """The first line's comment: the reference whole, then the note, or the words where there is none."""
    return f"{sent_as} {note or words}".strip()[:MAX_COMMENT].rstrip()


class SentLine(TypedDict):
    """One line of the payload; `amount` in øre. `tax` is the code's number, `tax_id` its id, `tax_sent` what TaxNo took;
    `stamp` is the file on it, where there is one."""

    account: int
    amount: Ore
    tax: str | None
    tax_id: int | None
    tax_sent: str | None
    customer: int | None
    department: int | None
    project: int | None
    dimensions: list[tuple[int, str]]
    comment: str
    stamp: NotRequired[int]


class Sent(TypedDict):
    """What the log keeps of a voucher: exactly what was sent, without any personal data (numbers and keys only).

    `date` is the date in the ledger, `day` the business day; the first schema of the log wrote no `day`, both were one.
    """

    reference: str
    date: str
    day: NotRequired[str]
    mode: str
    year: int
    type: int
    number: int
    vat_posting: str
    z: list[tuple[str, str]]
    lines: list[SentLine]


def payload(voucher: Voucher, sent: LedgerVoucher, tax_codes: Mapping[str, TaxReference]) -> str:
    """Canonical JSON of what is sent."""
    lines: list[SentLine] = []
    for line, ledger_line in zip(voucher.lines, sent.lines, strict=True):
        code = tax_codes[line.tax_code] if line.tax_code is not None else None
        kept: SentLine = {
            "account": line.account,
            "amount": line.amount,
            "tax": code.number if code else None,
            "tax_id": code.tax_id if code else None,
            "tax_sent": code.sent if code else None,
            "customer": line.customer_id,
            "department": line.department_id,
            "project": line.project_id,
            "dimensions": sorted(line.dimensions),
            "comment": ledger_line.comment,
        }
        if ledger_line.stamp_no:
            kept["stamp"] = ledger_line.stamp_no
        lines.append(kept)
    content: Sent = {
        "reference": sent.reference,
        "date": sent.date.isoformat(),
        "day": voucher.business_day.isoformat(),
        "mode": voucher.mode.value,
        "year": sent.year_id,
        "type": sent.type_no,
        "number": sent.transaction_no,
        "vat_posting": voucher.vat_posting,
        "z": [(key.register, key.z_number) for key in sorted(voucher.z_keys)],
        "lines": lines,
    }
    return _canonical(content)


def read_payload(stored: str, of: str) -> Sent:
    """The payload of a stored document. Raises LogUnusable when the log holds something else under that reference."""
    try:
        content: Sent = json.loads(stored)
        dt.date.fromisoformat(content["date"])
        content["lines"] = [
            {**line, "dimensions": [(t, v) for t, v in line["dimensions"]]} for line in content["lines"]
        ]
    except (ValueError, KeyError, TypeError):
        raise LogUnusable(
            f"the payload of document {of} in the posting log cannot be read",
            kind="payload",
            next_step="restore the posting log from its backup; the row was changed by something else",
        ) from None
    return content


@dataclass(frozen=True, slots=True)
class LineChange:
    """One row of the difference between what is out and what would be sent now."""

    subject: str
    posted: str
    new: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.posted} -> {self.new}"


def changes(stored: Sent, voucher: Voucher) -> tuple[LineChange, ...]:
    """What a voucher says otherwise than the payload in the log, row by row; empty when nothing does."""
    told: list[LineChange] = []
    day = stored.get("day", stored["date"])
    if day != voucher.business_day.isoformat():
        told.append(LineChange("date", day, voucher.business_day.isoformat()))
    if stored["vat_posting"] != voucher.vat_posting:
        told.append(LineChange("vat_posting", stored["vat_posting"], voucher.vat_posting))
    new_keys = {(key.register, key.z_number) for key in voucher.z_keys}
    old_keys = {(register, number) for register, number in stored["z"]}
    for register, number in sorted(old_keys ^ new_keys):
        was = (register, number) in old_keys
        words = ("in it", "gone") if was else ("not in it", "new")
        told.append(LineChange(f"Z {number} of register {register}", *words))
    before = Counter((_words_of_sent(line), line["amount"]) for line in stored["lines"])
    after = Counter((_words_of_line(line), line.amount) for line in voucher.lines)
    gone, came = before - after, after - before
    told += [
        LineChange(words, _amounts(gone, words), _amounts(came, words))
        for words in sorted({words for words, _ in (*gone, *came)})
    ]
    return tuple(told)


def differences(stored: Sent, voucher: Voucher) -> list[str]:
    """`changes` in words."""
    return [str(change) for change in changes(stored, voucher)]


def sent_again(stored: Sent) -> LedgerVoucher:
    """A posted voucher exactly as it was sent before, from the log."""
    return LedgerVoucher(
        reference=stored["reference"],
        date=dt.date.fromisoformat(stored["date"]),
        year_id=stored["year"],
        type_no=stored["type"],
        transaction_no=stored["number"],
        draft=stored["mode"] == Mode.DRAFT,
        name="",
        lines=tuple(ledger_line(line) for line in stored["lines"]),
        direct_accounting=stored["vat_posting"] != "system",
    )


def ledger_line(line: SentLine) -> LedgerLine:
    """A line of the log as the ledger takes it."""
    return LedgerLine(
        account=line["account"],
        amount=line["amount"],
        tax_code=line["tax_sent"],
        comment=line["comment"],
        customer_id=line["customer"],
        department_id=line["department"],
        project_id=line["project"],
        dimensions=tuple(line["dimensions"]),
        stamp_no=line.get("stamp"),
    )


def encode(content: Sent) -> str:
    """Canonical JSON of a payload."""
    return _canonical(content)


def _amounts(lines: Counter[tuple[str, Ore]], words: str) -> str:
    return " + ".join(text(amount) for name, amount in sorted(lines.elements()) if name == words) or "no line"


def _words_of_sent(line: SentLine) -> str:
    return _words(
        line["account"], line["tax"], line["customer"], line["department"], line["project"], tuple(line["dimensions"])
    )


def _words_of_line(line: VoucherLine) -> str:
    return _words(
        line.account,
        line.tax_code,
        line.customer_id,
        line.department_id,
        line.project_id,
        tuple(sorted(line.dimensions)),
    )


def _words(
    account: int,
    tax: str | None,
    customer: int | None,
    department: int | None,
    project: int | None,
    dimensions: tuple[tuple[int, str], ...],
) -> str:
    parts = [f"account {account}"]
    parts += [
        f"{name} {value}"
        for name, value in (
            ("VAT code", tax),
            ("customer", customer),
            ("department", department),
            ("project", project),
        )
        if value is not None
    ]
    parts += [f"dimension {type_id}={value}" for type_id, value in dimensions]
    return " ".join(parts)


def z_words(keys: tuple[ZKey, ...] | list[ZKey]) -> str:
    """Z-reports in words, e.g. "Z 102 of register K1"; long lists are cut."""
    named = [f"Z {key.z_number} of register {key.register}" for key in sorted(keys)[:5]]
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    return ", ".join(named) + more
