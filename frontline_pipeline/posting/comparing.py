"""Does the ledger say what was sent? Pure comparison of posted lines with a payload.

Belongs here: finding our vouchers among a window's lines, the line-by-line difference, the verdict.
Does not: ask the ledger or change the log (readback.py).

What the service may do to a voucher on its way back is not all documented (API.md sections 3.4, 3.5, 11); so a VAT code that
was sent by id may come back as id or as number, and a customer is compared only on lines that show one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from frontline_pipeline.accounting.money import text
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.posting.documents import Document
from frontline_pipeline.posting.payload import Sent, SentLine, read_payload
from frontline_pipeline.posting.states import Event, State


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of the table a person sees: what it concerns, what was sent, what the ledger has."""

    subject: str
    sent: str
    ledger: str

    def __str__(self) -> str:
        return f"{self.subject}: sent {self.sent}, ledger has {self.ledger}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a read-back says of one document; no event = nothing can be said (a draft that nobody has posted)."""

    event: Event | None
    differences: tuple[Difference, ...] = ()


class LedgerLines:
    """The posted lines of a window, grouped into vouchers and found by our reference."""

    def __init__(self, lines: Iterable[Transaction]) -> None:
        self._vouchers: dict[tuple[int, int | None, int], list[Transaction]] = {}
        self._by_reference: dict[str, list[tuple[int, int | None, int]]] = {}
        for line in lines:
            key = (line.date.year, line.type_id, line.transaction_no)
            self._vouchers.setdefault(key, []).append(line)
            for name in {line.invoice_no, line.comment.split(" ", 1)[0]} - {""}:
                found = self._by_reference.setdefault(name, [])
                if key not in found:
                    found.append(key)

    def with_reference(self, reference: str) -> list[list[Transaction]]:
        """Vouchers of which a line carries `reference`, in InvoiceReferenceNo or at the start of its comment."""
        return [self._vouchers[key] for key in self._by_reference.get(reference, [])]

    def vouchers(self) -> list[list[Transaction]]:
        """All vouchers of the window, each as its lines."""
        return list(self._vouchers.values())

    def references(self) -> list[str]:
        """Every word that could be a reference of ours: InvoiceReferenceNo, or the first word of a comment."""
        return list(self._by_reference)

    def with_number(self, year: int, number: int) -> list[list[Transaction]]:
        """Vouchers of any type with this number in this year."""
        return [lines for (of, _, no), lines in self._vouchers.items() if (of, no) == (year, number)]


def judge_document(found: Document, ledger: LedgerLines) -> Verdict:
    """Hold one document against the ledger: equal, different, absent, or there twice."""
    sent = read_payload(found.payload, found.reference)
    is_draft = found.state is State.DRAFTED
    vouchers = ledger.with_reference(found.reference)
    if is_draft and (not vouchers or sent["vat_posting"] == "system"):
        # With system VAT the ledger has made its own VAT lines, which were never sent.
        return Verdict(None)
    equal = [lines for lines in vouchers if lines_differ(sent, lines) == ()]
    if len(equal) > 1 or any(is_multiple(sent, lines) for lines in vouchers):
        numbers = ", ".join(str(lines[0].transaction_no) for lines in vouchers)
        return Verdict(Event.READ_TWICE, (Difference("voucher", "once", f"there more than once, as number {numbers}"),))
    if not vouchers:
        return _without_reference(found, sent, ledger)
    ours = equal[0] if equal else _closest(found, vouchers)
    told = list(lines_differ(sent, ours))
    if not is_draft and found.transaction_no is not None and ours[0].transaction_no != found.transaction_no:
        told.append(Difference("number", str(found.transaction_no), str(ours[0].transaction_no)))
    others = [lines for lines in vouchers if lines is not ours]
    told += [
        Difference("reference", "on one voucher", f"also on number {lines[0].transaction_no}, with other lines")
        for lines in others
    ]
    return Verdict(Event.READ_DIFFERENT, tuple(told)) if told else Verdict(Event.READ_EQUAL)


def _without_reference(found: Document, sent: Sent, ledger: LedgerLines) -> Verdict:
    """Gone, or there under its number without our reference."""
    number = found.transaction_no
    if number is not None:
        for lines in ledger.with_number(found.ledger_date.year, number):
            if lines_differ(sent, lines) == ():
                other = lines[0].invoice_no or "none"
                return Verdict(Event.READ_DIFFERENT, (Difference("reference", found.reference, other),))
    return Verdict(Event.READ_ABSENT, (Difference("voucher", f"number {number}", "no such voucher"),))


def _closest(found: Document, vouchers: Sequence[list[Transaction]]) -> list[Transaction]:
    """The voucher with the document's own number, else the first."""
    return next((lines for lines in vouchers if lines[0].transaction_no == found.transaction_no), vouchers[0])


def lines_differ(sent: Sent, lines: Sequence[Transaction]) -> tuple[Difference, ...]:
    """The line-by-line difference between what was sent and one voucher of the ledger; empty when they are equal."""
    expected = _expected(sent, lines)
    actual = _actual(sent, lines)
    gone, came = expected - actual, actual - expected
    told = [
        Difference(subject, _amounts(gone, subject), _amounts(came, subject))
        for subject in sorted({subject for subject, _ in (*gone, *came)})
    ]
    told += [
        Difference(f"account {line.account}", "whole øre", "an amount with a fraction of an øre")
        for line in lines
        if not line.amount_is_exact
    ]
    return tuple(told)


def is_multiple(sent: Sent, lines: Sequence[Transaction]) -> bool:
    """Whether one number holds the whole voucher two or more times."""
    expected, actual = _expected(sent, lines), _actual(sent, lines)
    times, rest = divmod(actual.total(), expected.total() or 1)
    return times > 1 and not rest and actual == Counter({key: count * times for key, count in expected.items()})


_Lines = Counter[tuple[str, int]]


def _amounts(lines: _Lines, subject: str) -> str:
    return " + ".join(text(amount) for name, amount in sorted(lines.elements()) if name == subject) or "no line"


def _expected(sent: Sent, lines: Sequence[Transaction]) -> _Lines:
    shows_customers = any(each.kind == "Customer" for line in lines for each in line.dimensions)
    return Counter((_subject_sent(sent, line, shows_customers), line["amount"]) for line in sent["lines"])


def _actual(sent: Sent, lines: Sequence[Transaction]) -> _Lines:
    names = code_names(sent)
    return Counter((_subject_found(line, names), line.amount) for line in lines)


def code_names(sent: Sent) -> Mapping[str, str]:
    """VAT code ids that may come back, with the number they stand for."""
    numbers = {line["tax"] for line in sent["lines"]}
    return {
        str(line["tax_id"]): line["tax"]
        for line in sent["lines"]
        if line["tax"] is not None and line["tax_sent"] == str(line["tax_id"]) and str(line["tax_id"]) not in numbers
    }


def _subject_sent(sent: Sent, line: SentLine, shows_customers: bool) -> str:
    dimensions = [f"dimension {type_id}={value}" for type_id, value in line["dimensions"]]
    if line["department"] is not None:
        dimensions.append(f"department {line['department']}")
    if line["project"] is not None:
        dimensions.append(f"project {line['project']}")
    if line["customer"] is not None and shows_customers:
        dimensions.append(f"customer {line['customer']}")
    return _subject(line["account"], line["tax"] or "", sent["date"], dimensions)


def _subject_found(line: Transaction, names: Mapping[str, str]) -> str:
    code = str(line.vat_code) if line.vat_code else ""
    dimensions: list[str] = []
    for each in line.dimensions:
        if each.kind == "UserDefined":
            dimensions.append(f"dimension {each.type_id}={each.value}")
        elif each.kind in ("Department", "Project", "Customer") and each.value not in ("", "0"):
            # 0 is the service's "not set".
            dimensions.append(f"{each.kind.lower()} {each.value}")
    return _subject(line.account, names.get(code, code), line.date.isoformat(), dimensions)


def _subject(account: int, code: str, day: str, dimensions: list[str]) -> str:
    named = f"account {account} on {day}" + (f" VAT code {code}" if code and code != "0" else "")
    return " ".join([named, *sorted(dimensions)])
