"""EXACTLY ONCE: the posting log, its state machine, the lease, sending and reading back.

Belongs here: everything that decides whether a voucher may go to the ledger, and remembers that it went.
Does not: know Dagster or pandas, build vouchers (accounting/), speak SOAP (office/).
"""
