"""The company of fake_ledger.py as a client of the sandbox, and its ledger over a real socket.

Belongs here: the client's registers, its login, a session on it. Does not: assertions.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from frontline_pipeline.office.credentials import Credentials
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.sandbox.seed import (
    SandboxClient,
    SandboxFiscalYear,
    SandboxTaxCode,
    SandboxVoucherType,
)
from frontline_pipeline.sandbox.server import SandboxServer

SAVE = "Account.SaveBundleList"
CLIENT = SandboxClient(
    code="fjord",
    name="Fjord Handel AS",
    organisation_number="123456785",
    application_id=UUID("11111111-2222-3333-4444-555555555555"),
    username="robot@fjord.example",
    password=SecretStr("secret-fjord"),
    fiscal_years=(SandboxFiscalYear(year=2026),),
    voucher_types=(SandboxVoucherType(number=5, type_id=505, title="Kassaoppgjør", series_id=105),),
    tax_codes=(
        SandboxTaxCode(tax_id=3, number="3", name="Utgående 25", rate=Decimal(25), vat_account=2700),
        SandboxTaxCode(tax_id=20, number="31", name="Utgående 15", rate=Decimal(15), vat_account=2703),
    ),
)
LOGIN = Credentials.of(str(CLIENT.application_id), CLIENT.username, "secret-fjord")


def session_on(url: str, state: Path, timeout: float = 60.0) -> OfficeSession:
    """A session of the client, kept in `state` as the settings' state directory would."""
    return OfficeSession(CLIENT.code, url, url, lambda: LOGIN, state, timeout)


def in_ledger(server: SandboxServer) -> Counter[tuple[str, str]]:
    """How often each reference stands in the sandbox's ledger, by its state (`posted` or `draft`)."""
    return Counter((each.lines[0].invoice_no, each.state) for each in server.app.book.vouchers(CLIENT.code))


def calls(server: SandboxServer, operation: str | None = None) -> int:
    """SOAP calls that reached the sandbox, all or of one operation."""
    counted = server.app.statistics.as_dict()
    names = counted if operation is None else {operation} & counted.keys()
    return sum(int(str(counted[name]["calls"])) for name in names)
