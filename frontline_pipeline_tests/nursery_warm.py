"""Imported by the fork server (nursery.py) and by nobody else: the workers' modules, and what a process makes once."""

from frontline_pipeline_tests.nursery import warm_up
from frontline_pipeline_tests.posting import mortal_workers
from frontline_pipeline_tests.scenarios import callers

__all__ = ["callers", "mortal_workers"]

warm_up()
