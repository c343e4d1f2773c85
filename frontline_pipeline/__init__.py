"""From a Frontline shop's till to 24SevenOffice's ledger: the whole pipeline.

Belongs here: nothing but the package marker. The front door is definitions.py; the command is cli.py.
"""
