"""Imported once by the process that the workers of test_killed_workers.py are forked from; does nothing but warm it up."""

from frontline_pipeline_tests.posting.mortal_workers import warm_up

warm_up()
