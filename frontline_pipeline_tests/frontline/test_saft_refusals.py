"""Files that are refused: one clear error that names file, place and what was expected, and nothing landed."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline_tests.frontline.saft_builder import NAMESPACE, FileReport, Landing, Sale, Z, at, saft

GOOD = saft({"R1": [Sale("1", at(2, "10:00"), 100), Sale("2", at(2, "10:05"), 200), Z("1", at(2, "21:00"))]})


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def refused(landing: Landing, content: str | bytes) -> FileReport:
    """The report on a file that must be refused by an error that says where and what."""
    report = landing.take(content, "bad.xml")
    assert not report.ok
    assert report.error is not None, report
    assert landing.nothing_landed()
    text = str(report.error)
    assert text.startswith("bad.xml")
    assert report.error.expected
    assert report.error.got
    assert report.error.next_step
    assert "\n" not in text
    return report


def test_the_good_file_is_good(landing: Landing) -> None:
    assert landing.take(GOOD).ok


def test_cut_anywhere_is_an_error_and_lands_nothing(landing: Landing) -> None:
    content = GOOD.encode()
    end = content.rindex(b"</auditfile>") + len(b"</auditfile>")
    cuts = set(range(0, end, 10)) | {at + 1 for at in range(end - 1) if content[at : at + 1] == b">"}
    for cut in sorted(cuts):
        report = landing.take(content[:cut], "bad.xml")
        assert report.error is not None, cut
    assert landing.nothing_landed()
    assert landing.take(content[:end], "bad.xml").ok


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("</reportPayments>", "", "line 1"),
        ("<company>", "<company><open>", "line"),
        ("</auditfile>", "</auditfile><auditfile/>", "line"),
        ("<companyName>N<", "<companyName>N & M<", "line"),
        (f'xmlns="{NAMESPACE}"', 'xmlns="urn:StandardAuditFile-Taxation-Financial:NO"', "namespace " + NAMESPACE),
        (f' xmlns="{NAMESPACE}"', "", "namespace " + NAMESPACE),
        ("<curCode>NOK<", "<curCode>SEK<", "curCode"),
        ("<startDate>2026-11-01<", "<startDate>01.11.2026<", "header/startDate"),
        ("<reportID>1</reportID>", "<reportID></reportID>", "reportID"),
        ("<reportID>1</reportID>", "<reportID> </reportID>", "reportID"),
        ("<reportType>Z report<", "<reportType>X report<", "reportType"),
        ("<registerID>R1</registerID><reportTotal", "<registerID>R2</registerID><reportTotal", "registerID"),
        ("<companyIdent>999000118</companyIdent><companyName>N</companyName><reportDate>", "<companyIdent>1</companyIdent><reportDate>", "companyIdent"),
        ("<reportReceiptNum>2<", "<reportReceiptNum>-2<", "reportReceiptNum"),
        ("<reportReceiptNum>2</reportReceiptNum>", "", "reportReceiptNum"),
        ("<totalCashSaleAmnt>3.00<", "<totalCashSaleAmnt>3,00<", "totalCashSaleAmnt"),
        ("<totalCashSaleAmnt>3.00</totalCashSaleAmnt>", "", "totalCashSaleAmnt"),
        ("<voidTransaction>false<", "<voidTransaction>perhaps<", "voidTransaction"),
        ("<amntTp>C<", "<amntTp>K<", "amntTp"),
        ("<transID>2</transID><transType>", "<transID></transID><transType>", "transID"),
        ("<transTime>10:05:00<", "<transTime>10:05<", "transTime"),
        ("<transTime>10:05:00<", "<transTime>25:05:00<", "transTime"),
        ("<transTime>10:05:00<", "<transTime>24:00:01<", "transTime"),
        ("<transDate>2026-11-02<", "<transDate>-2026-11-02<", "transDate"),
        ("<transDate>2026-11-02<", "<transDate>2026-02-30<", "transDate"),
        ("<paymentRefID>BAX 1<", "<paymentRefID>\ue0f1<", "U+E0F1"),
        ("<registerID>R1</registerID><regDesc>", "<regDesc>", "registerID"),
        ("<registerID>R1</registerID><regDesc>", "<registerID> </registerID><regDesc>", "registerID"),
    ],
)  # fmt: skip
def test_malformed_and_wrong_files(landing: Landing, before: str, after: str, wanted: str) -> None:
    assert before in GOOD
    report = refused(landing, GOOD.replace(before, after))
    assert wanted in str(report.error)


@pytest.mark.parametrize(
    "amount", ["12,50", "NaN", "1e400", "1e3", "INF", "12.345", "1 000.00", "", "0x10", "１２", "--5", "1" * 30]
)
@pytest.mark.parametrize("element", ["transAmntIn", "lineAmntIn", "lineAmntEx", "vatAmnt", "paidAmnt"])
def test_amounts_that_are_no_amounts(landing: Landing, element: str, amount: str) -> None:
    journal = [
        Sale("1", at(2, "10:00"), 100),
        Sale("2", at(2, "10:05"), 200, texts={element: amount}),
        Z("1", at(2, "21:00")),
    ]
    report = refused(landing, saft({"R1": journal}))
    error = report.error
    assert error is not None
    assert "register R1, transaction 2" in error.place
    assert element in error.place
    assert (repr(amount)[:20] in error.got) if amount else error.got == "nothing"


def test_an_amount_on_the_second_line_names_the_line(landing: Landing) -> None:
    start, end = GOOD.rindex("<ctLine>"), GOOD.rindex("</ctLine>") + len("</ctLine>")
    line = GOOD[start:end].replace("<lineAmntIn>2.00<", "<lineAmntIn>2,00<")
    report = refused(landing, GOOD[:end] + line + GOOD[end:])
    assert report.error is not None
    assert report.error.place == "register R1, transaction 2, ctLine 2, ctLine/lineAmntIn"


def test_an_entity_bomb_is_refused_at_the_door(landing: Landing) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    bomb = GOOD.replace("<auditfile", f"<!DOCTYPE auditfile [{entities}]><auditfile", 1).replace("BAX 1", "&e11;")
    report = refused(landing, bomb)
    assert "no DOCTYPE" in str(report.error)


@pytest.mark.parametrize(
    "declaration",
    ['<!DOCTYPE auditfile SYSTEM "{uri}">', '<!DOCTYPE auditfile [<!ENTITY x SYSTEM "{uri}">]>', '<!DOCTYPE auditfile [<!ENTITY % x SYSTEM "{uri}"> %x;]>'],
)  # fmt: skip
def test_external_entities_are_refused_and_never_opened(landing: Landing, tmp_path: Path, declaration: str) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY-7f3a")
    text = GOOD.replace("<auditfile", declaration.format(uri=canary.as_uri()) + "<auditfile", 1).replace("BAX 1", "&x;")
    report = refused(landing, text)
    assert "CANARY" not in str(report)


def test_an_undeclared_entity_is_an_error(landing: Landing) -> None:
    refused(landing, GOOD.replace("BAX 1", "&nowhere;"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"PK\x03\x04" + bytes(100),
        GOOD.replace("BAX 1", "B\u00f8X").encode("latin-1"),
        GOOD.encode().replace(b"BAX 1", b"BAX \x01"),
        GOOD.replace("UTF-8", "no-such-encoding").encode(),
        b" " * (3 << 20),
    ],
    ids=["empty", "text", "zip", "latin-1 as utf-8", "control", "unknown encoding", "blank"],
)
def test_bytes_that_are_no_saft(landing: Landing, content: bytes) -> None:
    refused(landing, content)


def test_deep_nesting_and_endless_text_are_bounded(landing: Landing) -> None:
    refused(landing, GOOD.replace("BAX 1", "<a>" * 5000 + "</a>" * 5000))
    refused(landing, GOOD.replace("BAX 1", "A" * (11 << 20)))


def test_an_event_after_a_transaction_is_refused(landing: Landing) -> None:
    start, end = GOOD.index("<event>"), GOOD.index("</event>") + len("</event>")
    report = refused(landing, GOOD.replace("</cashregister>", GOOD[start:end] + "</cashregister>"))
    assert "before its transactions" in str(report.error)


def test_a_z_event_without_report_is_refused(landing: Landing) -> None:
    start, end = GOOD.index("<eventReport>"), GOOD.index("</eventReport>") + len("</eventReport>")
    report = refused(landing, GOOD[:start] + GOOD[end:])
    assert "eventReport" in str(report.error)


def test_a_long_line_number_is_kept(landing: Landing) -> None:
    report = refused(
        landing, GOOD.replace("<company>", "\n" * 70_000 + "<company>").replace("</ctLine>", "</ctline>", 1)
    )
    assert report.error is not None
    assert int(report.error.place.split()[1]) > 70_000
