"""Orders, purely: are they right, which documents do they become, which receipts do they hold?

Belongs here: the proof of delivered orders, orders made from sales, order documents and their rows as frames and as objects.
Does not: read extracts (frontline/), send or remember anything (posting/), Dagster.
"""
