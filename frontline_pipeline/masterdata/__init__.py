"""Customers and products: cleaned, matched, and what is to be made or changed in 24SevenOffice.

Belongs here: pure functions over whole columns; frames and settings are all they know.
Does not: calls, links and intents (posting/), files and tables of keys (frontline/), Dagster (assets/).
"""
