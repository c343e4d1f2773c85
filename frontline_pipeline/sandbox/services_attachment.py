"""AttachmentService: files that hang on vouchers by their stamp number (API.md, section 7).

Belongs here: turning messages into files and their refusals into faults.
Does not: storage (ledger_attachments.py); whether a voucher's StampNo exists (voucher_rules.py).
"""

from __future__ import annotations

import base64
import binascii

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_attachments import AttachmentError
from frontline_pipeline.sandbox.wire import Node, SoapFault

PATH = "/Economy/Accounting/Accounting_V001/AttachmentService.asmx"


def get_stamp_no(call: Call, around: Surroundings) -> Answer:
    """The next stamp number; each question uses one up."""
    return Answer(around.attachments.next_stamp(call.client()))


def get_max_request_length(call: Call, around: Surroundings) -> Answer:
    """The largest request in kilobytes."""
    call.client()
    return Answer(around.options.max_request_kb)


def create(call: Call, around: Surroundings) -> Answer:
    """A ghost file, which becomes an attachment by Save."""
    client = call.client()
    type_ = call.body.text("type")
    return Answer({"Id": around.attachments.create(client, type_), "Type": type_, "StampNo": 0})


def append_chunk(call: Call, around: Surroundings) -> Answer:
    """Bytes at the end of a ghost file."""
    client = call.client()
    text = call.body.text("buffer")
    if len(text) > around.options.max_request_kb * 1024:
        raise SoapFault("Server", "Maximum request length exceeded")
    try:
        piece = base64.b64decode(text, validate=False)
    except binascii.Error:
        raise SoapFault("Client", "buffer is not base64") from None
    try:
        around.attachments.append(client, _file(call).integer("Id"), call.body.integer("offset"), piece)
    except AttachmentError as error:
        raise SoapFault("Server", str(error)) from None
    return Answer(None)


def save(call: Call, around: Surroundings) -> Answer:
    """Make a ghost file an attachment with the stamp number of its first frame."""
    client = call.client()
    location = call.body.text("location")
    if location == "Scanning":
        raise SoapFault("Server", "The method or operation is not implemented: Scanning")
    file = _file(call)
    frames = file.items("FrameInfo")
    if not frames:
        raise SoapFault("Server", "A file needs at least one FrameInfo with its StampNo")
    name = next((each.text("Value") for each in file.items("StampMeta")), "")
    try:
        around.attachments.save(client, file.integer("Id"), frames[0].integer("StampNo"), location, name)
    except AttachmentError as error:
        raise SoapFault("Server", str(error)) from None
    return Answer(None, verdict="saved")


def _file(call: Call) -> Node:
    file = call.body.child("file")
    if file is None:
        raise SoapFault("Client", "file is missing")
    return file


HANDLERS: Handlers = {
    "AppendChunk": append_chunk,
    "Create": create,
    "GetMaxRequestLength": get_max_request_length,
    "GetStampNo": get_stamp_no,
    "Save": save,
}
