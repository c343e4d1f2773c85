"""Asset checks: thin, partitioned, over the findings of accounting/ and the states of posting/.

Belongs here: turning findings into check results that a person can read in the UI.
Does not: deciding whether a day balances (accounting/) or whether the ledger agrees (posting/).
"""
