"""The tables of the stand-in's SQLite file.

Belongs here: every `create table`, and what an older file lacks.
Does not: reading or writing rows (ledger_store.py, ledger_vouchers.py, ledger_attachments.py, ledger_records.py).
"""

from __future__ import annotations

import sqlite3

SCHEMA = """
create table if not exists applications (id text primary key);
create table if not exists users (username text primary key, salt text not null, password_hash text not null);
create table if not exists clients (
    code text primary key, client_id integer not null, name text not null,
    organisation_number text not null, currency text not null);
create table if not exists identities (
    id text primary key, username text not null references users, client text not null references clients,
    blocked integer not null, position integer not null);
create table if not exists sessions (
    token_hash text primary key, username text not null, identity text not null references identities,
    expires_at real not null);
create table if not exists accounts (
    client text not null, number integer not null, name text not null, kind text not null, tax_number text not null,
    primary key (client, number));
create table if not exists tax_codes (
    client text not null, tax_id integer not null, number text not null, name text not null, rate text not null,
    vat_account integer, primary key (client, tax_id), unique (client, number));
create table if not exists voucher_types (
    client text not null, number integer not null, type_id integer not null, title text not null,
    series_id integer not null, turnover integer not null, primary key (client, number));
create table if not exists fiscal_years (
    client text not null, year integer not null, locked integer not null, primary key (client, year));
create table if not exists departments (client text, id integer, name text not null, primary key (client, id));
create table if not exists projects (client text, id integer, name text not null, primary key (client, id));
create table if not exists customers (client text, id integer, name text not null, primary key (client, id));
create table if not exists dimension_types (client text, id integer, name text not null, primary key (client, id));
create table if not exists dimension_values (
    client text, type_id integer, value text, name text not null, primary key (client, type_id, value));
create table if not exists vouchers (
    id integer primary key, client text not null, state text not null check (state in ('draft', 'posted')),
    year integer not null, series_id integer not null, type_number integer not null, type_id integer not null,
    transaction_no integer not null, bundle_name text not null, system_vat integer not null, saved_at text not null);
create index if not exists vouchers_by_number on vouchers (client, year, series_id, transaction_no);
create table if not exists entries (
    id integer primary key, voucher integer not null references vouchers, guid text not null, link_id integer not null,
    sequence_no integer not null, account integer not null, day text not null, due_day text, amount_ore integer not null,
    vat_ore integer not null, tax_number text not null, customer integer not null, department integer not null,
    project integer not null, dimensions text not null, invoice_no text not null, ocr text not null,
    comment text not null, currency text not null, currency_rate text not null, currency_unit integer not null,
    period_day text not null, stamp_no integer not null);
create index if not exists entries_by_voucher on entries (voucher);
create index if not exists entries_by_day on entries (day);
create table if not exists records (
    client text not null, kind text not null, id integer not null, key1 text not null, key2 text not null,
    key3 text not null, fields text not null, registered_at text not null, changed_at text not null,
    active integer not null, primary key (client, kind, id));
create index if not exists records_by_key1 on records (client, kind, key1);
create index if not exists records_by_key2 on records (client, kind, key2);
create index if not exists records_by_key3 on records (client, kind, key3);
create table if not exists invoice_numbers (client text primary key, last integer not null);
create table if not exists stamps (client text primary key, last integer not null);
create table if not exists attachments (
    id integer primary key, client text not null, type text not null, stamp_no integer, location text,
    name text not null, content blob not null, saved_at text);
create index if not exists attachments_by_stamp on attachments (client, stamp_no);
create index if not exists entries_by_invoice on entries (invoice_no) where invoice_no <> '';
"""

#: Columns that came later: table, column, declaration.
_ADDED = (("vouchers", "changed_at", "text"),)


def create_tables(db: sqlite3.Connection) -> None:
    """Create what the file lacks; a file of an earlier version keeps its rows."""
    db.executescript(SCHEMA)
    for table, column, declaration in _ADDED:
        if column not in {row[1] for row in db.execute(f"pragma table_info({table})")}:
            db.execute(f"alter table {table} add column {column} {declaration}")
