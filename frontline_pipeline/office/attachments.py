"""Files on vouchers: one PDF becomes an attachment with a stamp number (API.md section 7).

Belongs here: the typed calls of AttachmentService, in chunks the service accepts, and attaching that never stops a voucher.
Does not: make the PDF (accounting/), put the number on a voucher (saving.py), decide when to attach (posting/).

A file is uploaded before the voucher is sent, and its stamp number goes into Entry.StampNo; a file whose voucher is never
sent stays an unused attachment, which is why a failure here may be repeated and may never cost a second voucher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from frontline_pipeline.office import rows
from frontline_pipeline.office.errors import OfficeError, Rejected
from frontline_pipeline.office.services import ATTACHMENT
from frontline_pipeline.office.session import OfficeSession

Location = Literal["Retrieval", "Journal"]

LARGEST_CHUNK = 512 * 1024
"""Bytes of a chunk at most, whatever the service would take: a lost one is sent again whole."""

_ENVELOPE_BYTES = 4 * 1024
_STAMP_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of an attachment: its stamp number, or 0 and a warning that says why there is none."""

    stamp_no: int
    warning: str | None = None


class Attachments:
    """AttachmentService of the company that `session` belongs to.

    `location`: where the file shows in 24SevenOffice, `Retrieval` (the archive) or `Journal`; Scanning is not implemented
    there. `name_key`: the key under which a file's name is sent as StampMeta; no key is documented, so None sends no name.
    """

    def __init__(
        self, session: OfficeSession, *, location: Location = "Retrieval", name_key: str | None = None
    ) -> None:
        self.session = session
        self._location: Location = location
        self._name_key = name_key
        self._chunk_bytes: int | None = None

    def attach(self, pdf: bytes, name: str) -> int:
        """Upload a PDF and return its stamp number: GetStampNo, Create, AppendChunk per chunk, Save.

        The first file of a session also asks GetMaxRequestLength. `name` is told in errors (and sent, see `name_key`).
        Raises NotSent, ReadFailed, Rejected (kind `attachment` by our own check of the bytes) or Unknown; in every
        case without a stamp number, so that no voucher carries one whose file may not be there.
        """
        if not pdf.startswith(b"%PDF-"):
            raise Rejected(
                f"{name!r} was not attached: its {len(pdf)} bytes are no PDF; this is a fault of the pipeline",
                kind="attachment",
                operation="attachment.Create",
            )
        size = self._chunk_size()
        stamp = self._number("GetStampNo")
        if not 0 < stamp <= _STAMP_MAX:
            raise rows.unreadable(ATTACHMENT, "GetStampNo", f"{stamp} is not a stamp number")
        file = self._create(stamp, name)
        for offset in range(0, len(pdf), size):
            arguments = {"file": file, "buffer": pdf[offset : offset + size], "offset": offset}
            self.session.call(ATTACHMENT, "AppendChunk", arguments)
        self.session.call(ATTACHMENT, "Save", {"file": file, "location": self._location})
        return stamp

    def attach_or_warn(self, pdf: bytes, name: str) -> Attached:
        """`attach`, but a failure is a warning and stamp number 0: the voucher goes without, and is never sent twice."""
        try:
            return Attached(self.attach(pdf, name))
        except OfficeError as error:
            return Attached(
                0, f"the document {name} could not be attached ({error.kind}): {error}; the voucher is sent without it"
            )

    def _create(self, stamp: int, name: str) -> dict[str, object]:
        reply = self.session.call(ATTACHMENT, "Create", {"type": "Pdf"})
        if reply.value is None or not isinstance(reply.value.Id, int):
            raise rows.unreadable(ATTACHMENT, "Create", "it holds no file")
        file: dict[str, object] = {
            "Id": reply.value.Id,
            "Type": "Pdf",
            # The number stands on the frame; the file's own is the service's to fill (API.md section 7).
            "StampNo": _stamp_of(reply.value),
            "FrameInfo": {"ImageFrameInfo": [{"Id": 1, "StampNo": stamp, "Status": 0}]},
        }
        if self._name_key is not None:
            file["StampMeta"] = {"KeyValuePair": [{"Key": self._name_key, "Value": name}]}
        return file

    def _chunk_size(self) -> int:
        """Bytes of a chunk, so that the whole request stays below GetMaxRequestLength (kilobytes, overhead included)."""
        if self._chunk_bytes is None:
            limit = self._number("GetMaxRequestLength") * 1024
            # Base64 makes four characters of three bytes; lines of it are not broken.
            room = (limit - _ENVELOPE_BYTES) // 4 * 3
            if room <= 0:
                raise rows.unreadable(ATTACHMENT, "GetMaxRequestLength", f"{limit} bytes leave no room for a file")
            self._chunk_bytes = min(room, LARGEST_CHUNK)
        return self._chunk_bytes

    def _number(self, operation: str) -> int:
        value = self.session.call(ATTACHMENT, operation).value
        if not isinstance(value, int):
            raise rows.unreadable(ATTACHMENT, operation, "it holds no number")
        return value


def _stamp_of(file: Any) -> int:
    found = file.StampNo
    return found if isinstance(found, int) else 0
