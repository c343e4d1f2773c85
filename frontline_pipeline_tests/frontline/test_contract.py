"""The contract page: up to date, whole, and its sample is a store-day that reads and balances."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import ALL_FRAMES, MASTER_FRAMES
from frontline_pipeline.frames.spec import Kind
from frontline_pipeline.frontline.contract import main, render_markdown
from frontline_pipeline.frontline.contract_samples import DAY, SAMPLES, STORE
from frontline_pipeline.frontline.files import FileExtracts

REPO = Path(__file__).resolve().parents[2]
DAY_ = dt.date.fromisoformat(DAY)


@pytest.fixture
def extracts(tmp_path: Path) -> FileExtracts:
    folder = tmp_path / STORE / DAY
    folder.mkdir(parents=True)
    for name, text in SAMPLES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return FileExtracts(tmp_path, today=lambda: DAY_)


def sample(extracts: FileExtracts) -> tuple[Bundle, Bundle]:
    z = extracts.z_reports(STORE, DAY_)
    assert z is not None
    return z, extracts.receipts(STORE, DAY_)


def test_the_page_in_docs_is_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(REPO / "docs" / "contract.md")]) == 0, capsys.readouterr().err


def test_the_command_writes_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "docs" / "contract.md"
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text(page.read_text("utf-8").replace("| no |", "| yes |", 1), "utf-8")
    assert main(["--check", str(page)]) == 1
    assert "write it" in capsys.readouterr().err


def test_every_frame_column_choice_and_kind_is_on_the_page() -> None:
    page = render_markdown()
    assert "@" not in page.replace("postgresql+psycopg://reader@", "")
    for spec in ALL_FRAMES:
        section = page.split(f"\n### {spec.name}\n")[1].split("\n### ")[0]
        for column in spec.columns:
            row = next(line for line in section.splitlines() if line.startswith(f"| `{column.name}` |"))
            cells = [cell.strip() for cell in row.split("|")[1:-1]]
            assert cells[1] == column.kind.value
            assert cells[2] == ("yes" if column.nullable else "no")
            assert (cells[3] == "key") == (column.name in spec.key)
            assert all(f"`{choice}`" in cells[4] for choice in column.choices)
    for kind in Kind:
        assert f"\n| {kind.value} |" in page


def test_the_sample_reads_and_satisfies_the_schemas(extracts: FileExtracts) -> None:
    z, receipts = sample(extracts)
    assert z.status is receipts.status is Status.OK
    frames = {**z.frames, **receipts.frames}
    for spec in MASTER_FRAMES:
        frames[spec.name] = extracts.master(STORE, DAY_, spec.name)
    for spec in ALL_FRAMES:
        assert len(frames[spec.name])
        spec.keyed_schema.validate(frames[spec.name], lazy=True)


def test_the_sample_balances(extracts: FileExtracts) -> None:
    z, receipts = sample(extracts)
    report = z["z_reports"].iloc[0]
    assert z["z_tenders"]["amount"].sum() == (
        report["sales_total"] + report["rounding"] + z["z_movements"]["amount"].sum()
    )
    assert z["z_vat"]["base"].sum() + z["z_vat"]["vat"].sum() == report["sales_total"]
    assert z["z_article_groups"]["amount"].sum() == report["sales_total"]
    assert report["grand_total_sales"] - report["grand_total_return"] == report["grand_total_net"]
    paid = receipts["receipt_payments"].groupby("tender")["amount"].sum().to_dict()
    assert paid == z["z_tenders"].set_index("tender")["amount"].to_dict()
    assert receipts["receipts"]["rounding"].sum() == report["rounding"]
    for frame, column in [("receipt_lines", "amount_excl_vat"), ("receipt_vat", "base")]:
        per_rate = receipts[frame].groupby("rate")[column].sum().to_dict()
        assert per_rate == z["z_vat"].set_index("rate")["base"].to_dict()
