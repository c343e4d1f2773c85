"""Customers' accounts: sales on account, and customers who pay what they owe at the till.

Belongs here: the cases as contract files with the vouchers they must become.
Does not: how they are run (case.py).
"""

from __future__ import annotations

from frontline_pipeline_tests.special_cases.case import Case

CASES = (
    Case(
        id="payment-on-account",
        title="Customers pay invoices at the till",
        where="pay-in, with the customer when the register knows",
        booking="Dr tender, Cr 1500 of the customer",
        vat="none: the sale had it",
        source="kassasystemforskrifta s. 2-8-2, second paragraph",
        settings={"movements": {"payment_on_account": {"account": 1500, "customer": "from_party"}}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,540,2026-11-30,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,540,KORT,12002,900.00,NOK
OSLO-1,540,KONTANT,12001,300.00,NOK

z_movements
register,z_number,kind,count,amount,tender,party
OSLO-1,540,payment_on_account,1,900.00,KORT,50001
OSLO-1,540,payment_on_account,1,300.00,KONTANT,50007
""",
        booked="""
D 1900 300.00
D 1901 900.00
C 1500 300.00 k50007
C 1500 900.00 k50001
""",
    ),
    Case(
        id="on-account-as-a-tender",
        title="A sale on account that the register runs as a cash sale: receivable in the journal",
        where="inside total sales, with the tender customer account (12006)",
        booking="Dr 1500 of the receipt's customer, Cr sales and VAT",
        vat="now",
        source="Skatteetaten, Q&A on mixed cash and credit sales",
        note="The other way, an order or invoice per customer, is a choice of the settings; a sale goes one way and never both.",
        settings={"tenders": {"KONTO": {"account": 1500, "customer": "from_receipt"}}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,541,2026-11-30,375.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,541,3,3,25,300.00,75.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,541,KORT,12002,125.00,NOK
OSLO-1,541,KONTO,12006,250.00,NOK

receipts
register,z_number,receipt_id,kind,amount,rounding,customer
OSLO-1,541,9201,sale,125.00,0.00,
OSLO-1,541,9202,sale,250.00,0.00,50007

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,541,9201,1,125.00,100.00,3,3,25,25.00
OSLO-1,541,9202,1,250.00,200.00,3,3,25,50.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,541,9201,1,KORT,12002,125.00,NOK
OSLO-1,541,9202,1,KONTO,12006,250.00,NOK
""",
        booked="""
D 1901 125.00
D 1500 250.00 k50007
C 2700 75.00
C 3000 300.00 t3
""",
    ),
    Case(
        id="credit-sales-left-to-their-invoices",
        title="Credit sales receipted at the till, invoiced from their orders",
        where="second paragraph: credit sales, outside total sales",
        booking="nothing from the Z; a warning says how much waits for its invoice",
        vat="on the invoice",
        source="Skatteetaten, Q&A on credit sales",
        warned_by=frozenset({"credit_sales_apart"}),
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,credit_sales,receipt_count
OSLO-1,542,2026-11-30,125.00,0.00,250.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,542,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,542,KORT,12002,125.00,NOK
""",
        booked="""
D 1901 125.00
C 2700 25.00
C 3000 100.00 t3
""",
    ),
)
