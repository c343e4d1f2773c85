"""The process that workers of tests are forked from: it has imported and made what each of them would, so that starting one
costs a tenth of a second.

Belongs here: what the workers need, and the context to start them with. Does not: the workers, Dagster (its runs are started as
programs). Nothing of a test is in that process: a worker is as fresh as one started from the shell.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from multiprocessing.context import ForkServerContext

from frontline_pipeline.office.services import SERVICES
from frontline_pipeline.office.wire import document as wsdl
from frontline_pipeline.posting.log import open_log


def context() -> ForkServerContext:
    """Where to get `Process`, `Pipe`, `Queue` and `Barrier` from."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["frontline_pipeline_tests.nursery_warm"])
    return forking


def warm_up() -> None:
    """What is made once in a process: the WSDLs as zeep reads them, what opening a log imports."""
    for name in SERVICES:
        wsdl(name)
    with tempfile.TemporaryDirectory() as folder:
        open_log(f"sqlite:///{folder}/warm.sqlite").close()
