"""The stand-in of 24SevenOffice (SOAP) and the generator of Frontline extracts.

Belongs here: whatever demo and tests need in place of the two real systems.
Does not: anything that the pipeline itself imports; only the command and the tests use this room.
"""
