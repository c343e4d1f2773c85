"""The mutation suite of the diagnosis: valid days, each struck by one fault or two, and whether their causes are named.

Belongs here: days (days.py), faults (faults.py), the measurement and its table (suite.py, `python -m frontline_pipeline_tests.mutations`).
Does not: the diagnosis itself (accounting/diagnosis/).
"""
