"""Frontline: the source room. Reads extracts into raw frames.

Belongs here: the extract contract and its readers (CSV and Parquet folders, SQL views), the SAF-T Cash Register reader and the
import into the landing folder.
Does not: proof (accounting/), 24SevenOffice (office/), Dagster.
"""
