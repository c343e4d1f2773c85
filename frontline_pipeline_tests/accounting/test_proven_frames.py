"""Every frame that the pipeline makes is judged by pandera before it is stored."""

from __future__ import annotations

import pandas as pd
import pytest

from frontline_pipeline.accounting import proof, voucher_frames
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frames.gate import BrokenFrame, require
from frontline_pipeline.frames.proven import PROVEN_Z_FRAMES, VOUCHER_FRAMES
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline_tests.official_examples import example_2021, official_profile


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the frames that were judged, in order."""
    names: list[str] = []

    def spy(frame: pd.DataFrame, spec: FrameSpec) -> pd.DataFrame:
        names.append(spec.name)
        return require(frame, spec)

    monkeypatch.setattr(proof, "require", spy)
    monkeypatch.setattr(voucher_frames, "require", spy)
    return names


def test_every_proven_frame_and_every_voucher_frame_is_judged(judged: list[str]) -> None:
    profile = official_profile()
    proven = prove_z_reports(*example_2021(), profile)
    assert judged == [spec.name for spec in PROVEN_Z_FRAMES]
    judged.clear()
    voucher_frames.vouchers_to_frames(build_vouchers(proven.z_reports, profile))
    assert judged == [spec.name for spec in VOUCHER_FRAMES]


@pytest.mark.parametrize("spec", PROVEN_Z_FRAMES[:1] + VOUCHER_FRAMES[:2], ids=lambda spec: spec.name)
def test_a_broken_frame_is_named_without_its_values(spec: FrameSpec) -> None:
    profile = official_profile()
    proven = prove_z_reports(*example_2021(), profile)
    frames = {**proven.bundle.frames, **voucher_frames.vouchers_to_frames(build_vouchers(proven.z_reports, profile))}
    good = frames[spec.name]
    assert len(require(good, spec)) == len(good) > 0
    column = next(c.name for c in spec.columns if c.dtype == "str" and not c.nullable and c.name not in spec.key)
    with pytest.raises(BrokenFrame, match=f"{spec.name}: .*{column}"):
        require(good.assign(**{column: pd.Series([None] * len(good), dtype="str")}), spec)
    with pytest.raises(BrokenFrame) as told:
        require(good.assign(stranger="Kari Nordmann"), spec)
    assert "Kari" not in str(told.value)
    with pytest.raises(BrokenFrame):
        require(pd.concat([good, good], ignore_index=True), spec)
