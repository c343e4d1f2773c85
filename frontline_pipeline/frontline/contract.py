"""The Frontline extract contract, version 1, as a page for the people who make the extracts.

Belongs here: the version, and the page made from frames/raw.py and the readers' own words, so that neither can drift.
Does not: the frames (frames/raw.py), reading (files.py, sql.py).

`python -m frontline_pipeline.frontline.contract docs/contract.md` writes the page, with `--check` it compares.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from frontline_pipeline.frames.raw import (
    ALL_FRAMES,
    MASTER_FRAMES,
    PAY_IN_KINDS,
    PAY_OUT_KINDS,
    RECEIPT_FRAMES,
    REQUIRED_FRAMES,
    TIP_KIND,
    WRITE_OFF_KINDS,
    Z_FRAMES,
)
from frontline_pipeline.frames.spec import UNIT, Column, FrameSpec, Kind
from frontline_pipeline.frontline.contract_samples import DAY, SAMPLES, STORE
from frontline_pipeline.frontline.typed import wanted

CONTRACT_VERSION = 1

_INTRO = """\
<!-- Made by `python -m frontline_pipeline.frontline.contract docs/contract.md` from the code. Do not edit. -->
# Frontline extract contract, version @version@

This page says what a Frontline extract must look like for this pipeline to read it: which frames (tables), which columns, types,
units and keys, and where they are put. There are three ways in, with the same frames:

* **files**: a folder of CSV or Parquet files per store and business day (section 2);
* **SQL**: one view per frame (section 3);
* **SAF-T Cash Register XML**: `frontline import` makes the files of section 2 from it, customers and products of its sales included (not
  orders, which the format does not have); nothing of this page needs to be written by hand.

The unit is the Z-report: one register, one running number. A store-day is the union of its Z-reports, and may hold none, one or
many. What is refused is refused whole, with an error that names file, row and column, what was expected, what came and what to do.

## 1. Frames

| Frame | Delivered | Holds |
|---|---|---|
@frames@

*Required*: a delivered store-day has it, even without rows. *Optional*: may be left out; an optional receipts frame that is left
out is "not delivered", one that is there without rows is "delivered, nothing sold". When any `receipt_*` frame is delivered,
`receipts` must be too. Master frames belong to the contract but not to the Z-report flow.

## 2. Files

```
<root>/                                settings: source.path
  <store>/                             store code of the settings: a-z 0-9 _ -
    <YYYY-MM-DD>/                      the business day, as in every row of z_reports
      z_reports.csv                    a frame: <frame>.csv or <frame>.parquet, never both
      z_vat.parquet
      z_tenders.csv
      <part>/                          or in parts, e.g. one per register and Z-report
        z_reports.csv                  the three required frames in each part that has any of the store-day
        z_vat.csv
        z_tenders.csv
        manifest.json                  optional: {"source": {"file": "name", "sha256": "hash"}}
    _coverage/
      <any name>.json                  optional: {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD", "file": "name"}
```

* All parts of a day are united, in the order of their names; the same register and Z number twice is held by the proof.
* Names that begin with `.` or `_` are ignored: write under such a name and rename when the file or folder is whole.
  `README*`, `*.txt`, `*.md` and `manifest.json` are ignored too; every other name is an error.
* A `z_reports` without rows says: delivered, no Z-report that day. A note in `_coverage` says the same for a period. A day with
  neither is missing, unless the store's calendar says that it was closed.
* Every row of the other frames refers to a register and Z number that `z_reports` of the day has; lines, VAT and payments of a
  receipt refer to a receipt of `receipts`.

**CSV**: UTF-8 (a byte order mark is let through), comma between columns, a header with the column names in any order, a value with
a comma, a quotation mark or a line end in quotation marks (doubled inside). Empty means "no value". No other columns than those of
the frame; a column that may be empty may be left out.

**Parquet**: the types of section 4; text is read as in CSV. A float is refused in every column, because it is never exact; an
integer is refused in a column with decimals, because nobody can tell kroner from øre by it.

## 3. SQL views

Settings: `source.kind: sql`, `url_env` (the environment variable with the SQLAlchemy URL), `schema_name`, `view_prefix`.

* One view (or table) per frame: `<schema_name>.<view_prefix><frame>`, with the columns of the frame and one more:
  `store`, text, the store code of the settings. No other columns.
* `business_day` stands in `z_reports` only. Rows of the other frames are found by store, register and Z number: have an index on
  them (and on store and business day for `z_reports`).
* Amounts, rates, quantities and counts are cast to text by the database. Give NUMERIC or text; FLOAT, REAL and DOUBLE are refused,
  and so is an integer type in a column with decimals. SQLite has no exact decimals: store amounts as text there.
* Dates as DATE (or text), times as TIMESTAMP with or without time zone (or text), truth as BOOLEAN (or 0 and 1, or text).
* The view of an optional frame may be missing: not delivered. A view of a master frame may have a `business_day` column; then
  only the rows of the asked day are read, else all of the store.
* A user with SELECT on the views is enough. A day without rows in `z_reports` counts as not delivered.

```sql
CREATE VIEW frontline_z_tenders AS
SELECT shop.code AS store, r.register_no AS register, CAST(z.number AS VARCHAR(35)) AS z_number,
       t.code AS tender, t.saft_code AS tender_type, t.payments AS count,
       CAST(t.amount AS NUMERIC(18, 2)) AS amount, t.currency AS currency, CAST(t.rate AS NUMERIC(18, 6)) AS exchange_rate
FROM ...
```

## 4. Types and units

| Type | Text (CSV) | Parquet |
|---|---|---|
@types@

Numbers are plain: digits, a dot, a minus sign in front. No decimal comma, no separators of thousands, no exponent, no plus sign.
Amounts stay below ten trillion kroner. A time without an offset is Norwegian local time; in the hour that October has twice it is the
first one, so write the offset.

## 5. Signs

* Sales are positive, returns negative - except columns that say "positive": `return_amount`, `credit_memos`, `grand_total_return`.
* `sales_total` is net of returns and before cash rounding. `rounding` is signed: tendered = total + rounding
  (a refund of 49.90 paid out as 50.00 has -0.10).
* `z_tenders.amount` is what came in less what went out, after cash rounding.
* `z_movements.amount` is positive in the direction of its kind: a pay-out of 500 is 500.00. Negative takes one back.
  Pay-ins: @pay_ins@.
  Pay-outs: @pay_outs@. And `@tip@`.
  No money moves, so no tender holds it: @write_offs@.
* `z_tenders.amount` is in kroner in every currency; `amount_currency` is the day's total in the currency, and `exchange_rate` turns the
  one into the other within the rounding of the payments.
* A Z-report balances when tenders = sales_total + rounding + pay-ins - pay-outs + tips (which of the three the tenders include is a
  setting, `tenders_include`).

## 6. The frames in full

The samples are one store-day, `@store@` on @day@, that balances: save each under its name in `@store@/@day@/` and read it.
"""


def render_markdown() -> str:
    """The whole page, with a line end at its end."""
    frames = "\n".join(
        f"| [`{spec.name}`](#{spec.name}) | {delivery(spec)} | {_cell(spec.doc)} |" for spec in ALL_FRAMES
    )
    types = "\n".join(f"| {kind.value} | {_cell(UNIT[kind])} | {_cell(_parquet(kind))} |" for kind in Kind)
    words = {
        "version": str(CONTRACT_VERSION),
        "frames": frames,
        "types": types,
        "pay_ins": ", ".join(f"`{kind}`" for kind in PAY_IN_KINDS),
        "pay_outs": ", ".join(f"`{kind}`" for kind in PAY_OUT_KINDS),
        "tip": TIP_KIND,
        "write_offs": ", ".join(f"`{kind}`" for kind in WRITE_OFF_KINDS),
        "store": STORE,
        "day": DAY,
    }
    intro = re.sub("@([a-z_]+)@", lambda found: words[found[1]], _INTRO)
    return intro + "".join(_section(spec) for spec in ALL_FRAMES)


def delivery(spec: FrameSpec) -> str:
    """Whether a frame is required, in a word or two."""
    if spec.name in REQUIRED_FRAMES:
        return "required"
    return "master, optional" if spec in MASTER_FRAMES else "optional"


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the page or, with --check, compares it: 0 written or up to date, 1 out of date."""
    parser = argparse.ArgumentParser(prog="python -m frontline_pipeline.frontline.contract", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("page", type=Path, help="the page, e.g. docs/contract.md")
    options = parser.parse_args(arguments)
    page: Path = options.page
    wanted_bytes = render_markdown().encode()
    if not options.check:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(wanted_bytes)
        return 0
    if page.is_file() and page.read_bytes() == wanted_bytes:
        return 0
    sys.stderr.write(f"{page} is not what the code says; write it: {parser.prog} {page}\n")
    return 1


def _parquet(kind: Kind) -> str:
    return wanted(Column("any", kind, ""))


def _section(spec: FrameSpec) -> str:
    group = {"z": Z_FRAMES, "r": RECEIPT_FRAMES, "m": MASTER_FRAMES}
    title = {"z": "Z-report", "r": "receipts", "m": "master data"}[
        next(g for g, specs in group.items() if spec in specs)
    ]
    key = ", ".join(f"`{name}`" for name in spec.key) or "none; rows of the same kind may repeat"
    rows = "\n".join(_row(spec, column) for column in spec.columns)
    return f"""
### {spec.name}

{spec.doc} ({title}; {delivery(spec)}.) Key: {key}.

| Column | Type | Empty allowed? | Key | Meaning |
|---|---|---|---|---|
{rows}

```csv
{SAMPLES[spec.name]}```
"""


def _row(spec: FrameSpec, column: Column) -> str:
    meaning = "; ".join(_meaning(column))
    empty = "yes" if column.nullable else "no"
    key = "key" if column.name in spec.key else ""
    return f"| `{column.name}` | {column.kind.value} | {empty} | {key} | {_cell(meaning)} |"


def _meaning(column: Column) -> Iterable[str]:
    yield column.doc
    if column.choices:
        yield f"one of {', '.join(f'`{choice}`' for choice in column.choices)}"
    if column.minimum is not None:
        yield f"at least {column.minimum}"
    if column.max_length is not None:
        yield f"at most {column.max_length} characters"
    if column.personal:
        yield "personal data: never shown in logs or tables of failures"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
