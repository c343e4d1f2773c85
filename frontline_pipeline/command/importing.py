"""`frontline import`: SAF-T files into the landing area, with a progress bar and a report per file.

Belongs here: options, progress and printing.
Does not: the import itself (frontline/landing.py).
"""

from __future__ import annotations
