"""PURE: what a Z-report must satisfy and the voucher it becomes. No I/O, no Dagster.

Belongs here: money, VAT, the proof of a Z-report, its diagnosis, vouchers.
Does not: reading extracts (frontline/), sending (office/, posting/), orchestration (assets/, checks/).
"""
