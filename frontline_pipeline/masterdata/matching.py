"""Finding twins: delivered rows against links and against what 24SevenOffice has, in order, the first hit wins.

Belongs here: the pure decision, columns against columns.
Does not: where links and 24SevenOffice's rows come from (posting/), what is sent for a row without a hit (posting/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

HELD = ("ambiguous", "archived", "doubtful")
"""Verdicts that hold a row, besides `taken`."""
MOST_SHOWN = 5
"""Candidates named in words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of matching: a column of the wanted rows against a column of the office's, by equality of text."""

    how: str
    wanted: str
    office: str
    words: str
    """What both share, as it stands in a message: `the organisation number`."""
    unless: str = ""
    """A column of both: a hit whose values there differ, and neither is empty, is doubtful."""
    unless_words: str = ""


@dataclass(frozen=True)
class Found:
    """What matching says of each wanted row, in their order and index.

    `verdict`: `hit`, `none`, or why it is held: one of HELD.
    """

    verdict: pd.Series = field(repr=False)
    office_id: pd.Series = field(repr=False)
    """Int64; of a hit."""
    how: pd.Series = field(repr=False)
    candidates: pd.Series = field(repr=False)
    """Of a held one: the ids it could be, in words."""


def find(wanted: pd.DataFrame, office: pd.DataFrame, steps: Sequence[Step]) -> Found:
    """Match `wanted` with `office` (columns `office_id` int, `active` bool, and those of the steps).

    A step with two hits ends the search for that row: it is ambiguous, never guessed. Only what is active counts as a hit, so
    that archiving one of two twins settles it; when nothing active is hit but something archived is, that is named and no twin is
    made. A hit that another column speaks against (`Step.unless`) is doubtful.
    """
    verdict = pd.Series("none", index=wanted.index, dtype="object")
    office_id = pd.Series(pd.NA, index=wanted.index, dtype="Int64")
    how = pd.Series(None, index=wanted.index, dtype="object")
    candidates = pd.Series(None, index=wanted.index, dtype="object")
    for step in steps:
        asked = wanted.loc[verdict.eq("none"), step.wanted].dropna()
        if asked.empty or office.empty:
            continue
        # Not `isin`, which takes each text of a column of texts apart.
        values = set(asked.tolist())
        among = [value in values for value in office[step.office].tolist()]
        there = office.loc[among, ["office_id", "active", step.office]]
        if there.empty:
            continue
        for active, several, one in ((True, "ambiguous", "hit"), (False, "archived", "archived")):
            rows = there[there["active"].eq(active)]
            ids = rows.groupby(step.office, sort=False)["office_id"].agg(["nunique", "min"])
            open_ = asked[verdict.loc[asked.index].eq("none")]
            count = open_.map(ids["nunique"]).fillna(0).astype("int64")
            hits = count.index[count.eq(1)]
            many = count.index[count.gt(1)]
            verdict.loc[hits], verdict.loc[many] = one, several
            how.loc[hits.union(many)] = step.how
            office_id.loc[hits] = open_.loc[hits].map(ids["min"]).astype("Int64")
            told = rows[rows[step.office].isin(open_.loc[many])].groupby(step.office)["office_id"].agg(_named)
            candidates.loc[many] = open_.loc[many].map(told)
            if one == "archived":
                candidates.loc[hits] = office_id.loc[hits].astype("str")
                office_id.loc[hits] = pd.NA
            elif step.unless:
                doubt = _doubts(wanted.loc[hits, step.unless], office_id[hits], office, step)
                verdict.loc[doubt.index], candidates.loc[doubt.index] = "doubtful", doubt
                office_id.loc[doubt.index] = pd.NA
    return Found(verdict, office_id, how, candidates)


def _doubts(mine: pd.Series, ids: pd.Series, office: pd.DataFrame, step: Step) -> pd.Series:
    """Of hits that `step.unless` speaks against: the one that was hit, and the one that it speaks for, in words."""
    there = office.drop_duplicates("office_id").set_index("office_id")[step.unless]
    theirs = there.reindex(ids.astype("int64")).set_axis(ids.index)
    against = mine.notna() & theirs.notna() & mine.ne(theirs).fillna(False)
    told: dict[object, str] = {}
    for index in mine.index[against]:
        others = office.loc[office["active"] & office[step.unless].eq(mine[index]), "office_id"]
        other = f", which {_named(others)} has" if len(others) else ""
        told[index] = f"{ids[index]}, whose {step.unless_words} is {theirs[index]} and not {mine[index]}{other}"
    return pd.Series(told, index=mine.index[against], dtype="object")


def _named(ids: pd.Series) -> str:
    told = [str(each) for each in sorted(set(ids))]
    more = f" and {len(told) - MOST_SHOWN} more" if len(told) > MOST_SHOWN else ""
    return ", ".join(told[:MOST_SHOWN]) + more


def taken(found: Found, wanted: pd.DataFrame, owners: pd.Series, *, share: bool) -> pd.Series:
    """Which hits would give two keys of Frontline one twin: held (True) unless `share`.

    `owners`: office id -> link key that has it already. Hits by our own key in ExternalId are never shared.
    """
    hit = found.verdict.eq("hit")
    owner = found.office_id.map(owners)
    other = hit & owner.notna() & owner.ne(wanted["link_key"])
    together = hit & found.office_id.duplicated(keep=False) & found.office_id.notna()
    unsure = other | together
    return unsure & found.how.ne("external_id") if not share else unsure & False


def shared_values(wanted: pd.DataFrame, column: str) -> pd.Series:
    """Which rows carry a value of `column` that another row has too."""
    return wanted[column].notna() & wanted[column].duplicated(keep=False)
