"""`python -m frontline_pipeline_tests.simulator --seeds 10000`, or `--seed N` to see one seed again.

Belongs here: the arguments and the exit code: 1 for a broken promise, or for a pair never covered in 1,000 seeds or more.
Does not: run seeds (campaign.py).
"""

from __future__ import annotations

import argparse
import sys

from frontline_pipeline_tests.simulator.campaign import campaign, replay, report, run_here


def main() -> int:
    parser = argparse.ArgumentParser(description="The posting code against a model of the ledger, with every fault.")
    parser.add_argument("--seed", type=int, help="replay this one seed and tell all its steps")
    parser.add_argument("--seeds", type=int, default=1_000, help="how many seeds (default 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--processes", type=int, help="default: one per core")
    parser.add_argument(
        "--url", default="", help="SQLAlchemy URL of a PostgreSQL database for this alone; it is emptied"
    )
    given = parser.parse_args()
    if given.seed is not None or given.seeds == 1:
        seed = given.seed if given.seed is not None else given.first
        result = next(run_here([seed], given.url))
        print(replay(result))
        return 1 if result.violations else 0
    found = campaign(given.first, given.seeds, url=given.url, processes=given.processes)
    print(report(found))
    return 1 if found.failing else 0


if __name__ == "__main__":
    sys.exit(main())
