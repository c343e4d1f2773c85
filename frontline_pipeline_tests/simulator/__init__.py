"""The simulator: the real posting code against a model of the ledger, every fault at every kill-point, by seed.

Belongs here: the virtual clock and its actors (scheduler.py), kill-points and faults (points.py), the model of the ledger (books.py),
the log's database with its kill-points (memory.py), what a person does (person.py), a seed's plan (plan.py), the promises that must
hold (promises.py), one seed (simulation.py), many (campaign.py), and known-bad variants of the code (variants.py).
Does not: sleep, read a clock, open a socket. docs/simulator.md says what is modelled and what is not.
"""
