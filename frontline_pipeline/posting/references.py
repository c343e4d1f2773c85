"""What a reference of ours in the ledger says: store, document, revision, Z-report.

Belongs here: reading a reference back, for adoption and for the sweep.
Does not: write one (payload.py).

The grammar: `store/register/Znr/rN` (journal per register), `store/day/rN` and `store/day.K/rN` (per store), each with
`/rev` before `/rN` for its reversal. A reference that was shortened ends in a hash and says its store only; the document
that it belongs to is found by writing that document's reference and comparing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.posting.records import JOURNAL, REVERSAL, REVERSAL_SUFFIX

_REFERENCE = re.compile(r"(?P<key>(?P<store>[a-z0-9_-]+)/.+?)(?P<reversal>/rev)?/r(?P<revision>[1-9]\d{0,4})")
_DAY = re.compile(r"[a-z0-9_-]+/(?P<day>\d{4}-\d{2}-\d{2})(\.[1-9]\d*)?")
_Z = re.compile(r"[a-z0-9_-]+/(?P<register>.+)/Z(?P<number>[^/]+)")
_SHORTENED = re.compile(r".*~[0-9a-f]{10}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference read back. `document_key` without `/rev`; `z_key` and `day` by granularity, neither when shortened."""

    text: str
    store: str
    document_key: str
    revision: int
    kind: str
    z_key: ZKey | None
    day: dt.date | None

    @property
    def is_shortened(self) -> bool:
        """Whether the document key is cut, and ends in a hash of the whole."""
        return _SHORTENED.fullmatch(self.document_key) is not None

    @property
    def granularity(self) -> str:
        """`store` for a journal per store, else `register`."""
        return "store" if self.day is not None else "register"

    @property
    def logged_key(self) -> str:
        """The document key in the log: that of the journal, with `/rev` for a reversal."""
        return self.document_key + (REVERSAL_SUFFIX if self.kind == REVERSAL else "")


def parse(text: str) -> Reference | None:
    """Read a reference; None for what does not look like one of ours."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    key = found["key"]
    kind = REVERSAL if found["reversal"] else JOURNAL
    day, z = _DAY.fullmatch(key), _Z.fullmatch(key)
    shortened = _SHORTENED.fullmatch(key) is not None
    if not (day or z or shortened):
        return None
    try:
        of_day = dt.date.fromisoformat(day["day"]) if day else None
    except ValueError:
        return None
    z_key = ZKey(z["register"], z["number"]) if z and not shortened else None
    return Reference(text, found["store"], key, int(found["revision"]), kind, z_key, of_day)
