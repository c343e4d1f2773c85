"""What all registers of a SAF-T file share while it is read.

Belongs here: the receiver, code tables, master data, counts and warnings of one pass.
Does not: the pass itself (saft.py), what is handed out (saft_model.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from frontline_pipeline.frontline.saft_codes import CodeTables
from frontline_pipeline.frontline.saft_master import MasterData
from frontline_pipeline.frontline.saft_model import Counts, SaftReceiver, Styles, Warnings


@dataclass
class SaftContext:
    """What all registers of a file share while it is read."""

    file: str
    receiver: SaftReceiver
    chunk: int
    codes: CodeTables = field(default_factory=CodeTables)
    master: MasterData = field(default_factory=MasterData)
    counts: Counts = field(default_factory=Counts)
    warnings: Warnings = field(default_factory=Warnings)
    styles: Styles = field(default_factory=Styles)
