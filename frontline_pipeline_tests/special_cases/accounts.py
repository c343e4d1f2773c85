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
        note="The other way, an order or invoice per customer, is the next case and a choice of the settings; a sale goes one way and never both.",
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
        id="on-account-as-a-tender-by-order",
        title="The same sale on account, sent as an order: a part of it paid by card",
        where="inside total sales, with the tender customer account (12006)",
        booking="the receipt leaves the journal whole and becomes an order (docs/orders.md); what was paid of it at the till: Dr card, Cr 1500 of the customer",
        vat="on the invoice, per row",
        source="Skatteetaten, Q&A on mixed cash and credit sales; bokføringsforskriften s. 5-2-1",
        note="Of the invoice over 250.00 the customer then owes 200.00; with a collective customer for `payment_on_account` the 50.00 would stand on that one. The check `on_account_one_way` says whether each receipt went one way.",
        settings={
            "tenders": {"KONTO": {"account": 1500, "way": "order"}},
            "movements": {"payment_on_account": {"account": 1500, "customer": "from_party"}},
        },
        store={
            "orders": {
                "kinds": {"sale": {"form": "invoice"}},
                "from_sales": {"kind": "sale", "every": "month"},
            }
        },
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,547,2026-11-30,375.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,547,3,3,25,300.00,75.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,547,KORT,12002,175.00,NOK
OSLO-1,547,KONTO,12006,200.00,NOK

receipts
register,z_number,receipt_id,kind,amount,rounding,customer
OSLO-1,547,9701,sale,125.00,0.00,
OSLO-1,547,9702,sale,250.00,0.00,50007

receipt_lines
register,z_number,receipt_id,line_id,article,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,547,9701,1,0010001,125.00,100.00,3,3,25,25.00
OSLO-1,547,9702,1,0010001,250.00,200.00,3,3,25,50.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,547,9701,1,KORT,12002,125.00,NOK
OSLO-1,547,9702,1,KORT,12002,50.00,NOK
OSLO-1,547,9702,2,KONTO,12006,200.00,NOK
""",
        booked="""
D 1901 175.00
C 1500 50.00 k50007
C 2700 25.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="credit-sales-left-to-their-invoices",
        title="Credit sales receipted at the till, left to their invoices",
        where="second paragraph: credit sales, outside total sales",
        booking="nothing from the Z; a warning says how much waits for its invoice",
        vat="on the invoice",
        source="Skatteetaten, Q&A on credit sales",
        note="Whoever makes the invoices books the revenue, by hand or from another system.",
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
    Case(
        id="credit-sales-by-order",
        title="Credit sales receipted at the till, sent as orders",
        where="second paragraph: credit sales, outside total sales",
        booking="nothing from the Z; one order per customer and day, week or month, made of the receipts (docs/orders.md)",
        vat="on the invoice, per row",
        source="Skatteetaten, Q&A on credit sales; bokføringsforskriften s. 5-2-1",
        note="The check `on_account_one_way` says whether each receipt is in an order that was sent.",
        store={
            "orders": {
                "kinds": {"sale": {"form": "invoice"}},
                "from_sales": {"kind": "sale", "every": "month"},
            }
        },
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,credit_sales,receipt_count
OSLO-1,546,2026-11-30,0.00,0.00,365.00,0

receipts
register,z_number,receipt_id,kind,amount,rounding,customer
OSLO-1,546,9601,credit_sale,365.00,0.00,50007

receipt_lines
register,z_number,receipt_id,line_id,article,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,546,9601,1,0010001,250.00,200.00,3,3,25,50.00
OSLO-1,546,9601,2,0010002,115.00,100.00,31,31,15,15.00
""",
        booked="",
    ),
    Case(
        id="credit-sales-in-the-journal",
        title="Credit sales receipted at the till, booked from their receipts",
        where="second paragraph: credit sales and their returns, outside total sales, with their totals alone",
        booking="Dr 1500 of each receipt's customer, Cr sales and VAT of the receipts, on lines of their own; a return takes back",
        vat="now, from the receipts: the Z gives none for them",
        source="bokføringsforskriften s. 5-2-1; Skatteetaten, Q&A on credit sales",
        note="The receipts must be what the Z states, sales and returns each, or the day is held. Not with `orders.from_sales`: one way.",
        settings={"credit_sales": {"account": 1500, "customer": "from_receipt"}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,credit_sales,credit_memos,receipt_count
OSLO-1,543,2026-11-30,125.00,0.00,595.00,62.50,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,543,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,543,KORT,12002,125.00,NOK

receipts
register,z_number,receipt_id,kind,amount,rounding,customer
OSLO-1,543,9301,sale,125.00,0.00,
OSLO-1,543,9302,credit_sale,365.00,0.00,50007
OSLO-1,543,9303,credit_sale,230.00,0.00,50001
OSLO-1,543,9304,credit_return,-62.50,0.00,50007

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,543,9301,1,125.00,100.00,3,3,25,25.00
OSLO-1,543,9302,1,250.00,200.00,3,3,25,50.00
OSLO-1,543,9302,2,115.00,100.00,31,31,15,15.00
OSLO-1,543,9303,1,230.00,200.00,31,31,15,30.00
OSLO-1,543,9304,1,-62.50,-50.00,3,3,25,-12.50

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,543,9301,1,KORT,12002,125.00,NOK
""",
        booked="""
D 1901 125.00
D 1500 302.50 k50007
D 1500 230.00 k50001
C 2700 25.00
C 3000 100.00 t3
C 2700 37.50
C 3000 150.00 t3
C 2701 45.00
C 3030 300.00 t31
""",
    ),
    Case(
        id="credit-memo-of-another-day",
        title="A credit sale of another day is returned at the till",
        where="second paragraph: returns of credit sales, on a day without credit sales",
        booking="Cr 1500 of the customer, Dr sales and VAT of the receipt",
        vat="taken back now, at the rate of the sale",
        source="bokføringsforskriften s. 5-2-7",
        settings={"credit_sales": {"account": 1500}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,credit_memos,receipt_count
OSLO-1,544,2026-11-30,0.00,0.00,125.00,0

receipts
register,z_number,receipt_id,kind,amount,rounding,customer,original_receipt
OSLO-1,544,9401,credit_return,-125.00,0.00,50007,9302

receipt_vat
register,z_number,receipt_id,vat_code,standard_code,rate,base,vat
OSLO-1,544,9401,3,3,25,-100.00,-25.00
""",
        booked="""
D 2700 25.00
D 3000 100.00 t3
C 1500 125.00 k50007
""",
    ),
    Case(
        id="credit-sales-whose-receipts-are-not-all-there",
        title="Credit sales of which a receipt is missing",
        where="second paragraph: credit sales of 500.00; the receipts that came say 250.00",
        booking="nothing: the day is held until the receipt comes",
        vat="none known for what is missing; it is never guessed",
        source="kassasystemforskrifta s. 2-8-2, second paragraph",
        settings={"credit_sales": {"account": 1500}},
        held_by=frozenset({"credit_sales_proven"}),
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,credit_sales,receipt_count
OSLO-1,545,2026-11-30,0.00,0.00,500.00,0

receipts
register,z_number,receipt_id,kind,amount,rounding,customer
OSLO-1,545,9501,credit_sale,250.00,0.00,50007

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,545,9501,1,250.00,200.00,3,3,25,50.00
""",
        booked="",
    ),
)
