"""Writes docs/special-cases.md, or compares it: `python -m frontline_pipeline_tests.special_cases docs/special-cases.md [--check]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from frontline_pipeline_tests.special_cases.page import COMMAND, rendered


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the page was written or is what the code gives; 1 when it is not, with a line on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path("docs/special-cases.md"))
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    asked = parser.parse_args(arguments)
    page = rendered()
    if not asked.check:
        asked.path.write_text(page, encoding="utf-8")
        return 0
    if asked.path.exists() and asked.path.read_text(encoding="utf-8") == page:
        return 0
    print(f"{asked.path} is not what the code gives; write it: {COMMAND}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
