"""Our own office client against the stand-in, for tests of what each fault looks like from there.

Belongs here: a session and ledger on a sandbox, a voucher it takes, the control endpoint. Does not: assertions.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import requests
from server_kit import company

from frontline_pipeline.office.credentials import Credentials
from frontline_pipeline.office.governor import Governor
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.sandbox.server import SandboxServer

DAY = dt.date(2026, 11, 23)
NAME_OF_SAVE = "Account.SaveBundleList"


def ledger_on(
    server: SandboxServer, state: Path, timeout: float = 5.0, governor: Governor | None = None, code: str = "nord"
) -> Ledger:
    client = company(code)
    login = Credentials.of(str(client.application_id), client.username, client.password.get_secret_value())
    session = OfficeSession(code, server.url, server.url, lambda: login, state, timeout, governor=governor)
    return Ledger(session)


def voucher(number: int = 1, **changes: Any) -> LedgerVoucher:
    values: dict[str, Any] = {
        "reference": f"oslo/K1/Z{number}/r1",
        "date": DAY,
        "year_id": 2026,
        "type_no": 2,
        "transaction_no": number,
        "draft": False,
        "name": f"Z {number}",
        "lines": (LedgerLine(1900, 12_500), LedgerLine(3000, -10_000, "3"), LedgerLine(2700, -2_500)),
    }
    return LedgerVoucher(**{**values, **changes})


class Control:
    """The control endpoint of a sandbox; refusals fail the test that did not expect them."""

    def __init__(self, server: SandboxServer) -> None:
        self.url = f"{server.url}/_sandbox"

    def post(self, path: str, **content: Any) -> dict[str, Any]:
        response = requests.post(f"{self.url}/{path}", json=content, timeout=20)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def refusal(self, path: str, **content: Any) -> tuple[int, str]:
        response = requests.post(f"{self.url}/{path}", json=content, timeout=20)
        return response.status_code, str(response.json()["error"])

    def get(self, path: str) -> dict[str, Any]:
        response = requests.get(f"{self.url}/{path}", timeout=20)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def clear_faults(self) -> int:
        response = requests.delete(f"{self.url}/faults", timeout=20)
        assert response.status_code == 200, response.text
        return int(response.json()["cleared"])

    def fault(self, operation: str, kind: str, **more: Any) -> dict[str, Any]:
        return self.post("faults", operation=operation, kind=kind, **more)

    def verdicts(self, operation: str) -> dict[str, int]:
        return dict(self.get("stats").get(operation, {"verdicts": {}})["verdicts"])
