"""The keys under which the posting log knows orders: their document keys, the receipts that they hold, and whose a reference is.

Belongs here: writing and reading those keys and references.
Does not: rows of the log (documents.py).

A receipt that an order holds stands in `z_in_document` beside the Z-reports of journals, as `receipt <id>` of its register: the same
unique index that keeps a Z-report in one live journal keeps a receipt in one live order. A Z number has at most 35 characters
(SAF-T v1.00) and counts; none begins with "receipt ".
"""

from __future__ import annotations

import hashlib
import re

from frontline_pipeline.accounting.model import ZKey

_PREFIX = "receipt "
_LONGEST = 100
_REFERENCE = re.compile(r"(?P<store>[a-z0-9_-]+)/.+/r[1-9]\d{0,4}")


def receipt_key(register: str, receipt_id: str) -> ZKey:
    """The key of a receipt. One that is too long for its column ends in a hash of the whole."""
    name = f"{_PREFIX}{receipt_id}"
    if len(name) > _LONGEST:
        digest = hashlib.sha256(receipt_id.encode()).hexdigest()[:16]
        name = f"{name[: _LONGEST - 17]}~{digest}"
    return ZKey(register, name)


def order_key(store: str, order_id: str) -> str:
    """Document key of a delivered order."""
    return f"{store}/order/{order_id}"


def store_of_reference(text: str) -> str | None:
    """The store that a ReferenceNumber of ours names (`oslo/order/<order id>/r1`, or shortened and hashed); None for another's."""
    found = _REFERENCE.fullmatch(text.strip())
    return found["store"] if found else None
