"""Cash to the bank, petty cash, counted drawers and foreign currency.

Belongs here: the cases as contract files with the vouchers they must become.
Does not: how they are run (case.py).
"""

from __future__ import annotations

from frontline_pipeline_tests.special_cases.case import Case

_COUNT = "bokføringsforskriften s. 5-3-14: counted daily, compared with the Z, who counted is named"

CASES = (
    Case(
        id="cash-to-bank-and-petty-cash",
        title="Cash to the night safe, and a purchase paid from the drawer",
        where="pay-outs",
        booking="Dr cash under way 1905 and Dr 1579 until the purchase is booked with its receipt, Cr cash",
        vat="none here: input VAT comes with the purchase's own receipt",
        source="bokføringsforskriften s. 5-3-15 (cash taken out is documented)",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,550,2026-11-30,5000.00,0.00,12

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,550,3,3,25,4000.00,1000.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,550,KONTANT,12001,350.50,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,550,other_pay_out,NATTSAFE,1,4500.00,KONTANT
OSLO-1,550,petty_cash,,1,149.50,KONTANT
""",
        booked="""
D 1900 350.50
D 1905 4500.00
D 1579 149.50
C 2700 1000.00
C 3000 4000.00 t3
""",
    ),
    Case(
        id="change-fetched-and-brought-back",
        title="Change is fetched in the morning and brought back in the evening, under one code",
        where="pay-in and pay-out with the same code",
        booking="Dr cash, Cr 1905 and back: the kind is the code's, the direction the register's",
        vat="none",
        source="bokføringsforskriften s. 5-3-15",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,551,2026-11-30,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,551,KONTANT,12001,300.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,551,other_pay_in,VEKSEL,1,2000.00,KONTANT
OSLO-1,551,other_pay_out,VEKSEL,1,1700.00,KONTANT
""",
        booked="""
D 1900 300.00
C 1905 300.00
""",
    ),
    Case(
        id="counted-cash-with-a-difference",
        title="The drawer was counted 10 kroner short",
        where="not in the Z: the daily settlement (`z_counts`)",
        booking="Dr 1909, Cr cash; the text names register and the id of who counted",
        vat="never",
        source=_COUNT,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,552,2026-12-01,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,552,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,552,KONTANT,12001,125.00,NOK

z_counts
register,z_number,tender,counted,expected,counted_by
OSLO-1,552,KONTANT,2115.00,2125.00,17
""",
        booked="""
D 1900 125.00
D 1909 10.00
C 1900 10.00
C 2700 25.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="several-drawers",
        title="Two drawers on one register, each counted by its own operator",
        where="the daily settlement, one row per drawer",
        booking="each drawer's difference by itself: 20 short and 5 over are not 15 short",
        vat="never",
        source=f"{_COUNT}; per operator with an own drawer",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,553,2026-12-01,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,553,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,553,KONTANT,12001,125.00,NOK

z_counts
register,z_number,tender,counted,expected,counted_by,drawer
OSLO-1,553,KONTANT,1080.00,1100.00,17,1
OSLO-1,553,KONTANT,1030.00,1025.00,21,2
""",
        booked="""
D 1900 125.00
D 1900 5.00
D 1909 20.00
C 1900 20.00
C 1909 5.00
C 2700 25.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="terminal-differs-from-the-z",
        title="The card terminal's total differs from the Z, on an account of its own",
        where="the daily settlement",
        booking="Dr card, Cr the terminal's difference account; cash differences stay on 1909",
        vat="never",
        source="bokføringsforskriften s. 5-3-14: terminal totals are compared with the Z, differences explained",
        settings={"tenders": {"KORT": {"account": 1901, "difference_account": 1911}}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,554,2026-12-01,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,554,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,554,KORT,12002,100.00,NOK
OSLO-1,554,KONTANT,12001,25.00,NOK

z_counts
register,z_number,tender,counted,expected,counted_by
OSLO-1,554,KORT,125.00,100.00,17
OSLO-1,554,KONTANT,0.00,25.00,17
""",
        note="A sale under the wrong tender found at the settlement: the Z stays as it is, the settlement's differences explain it.",
        booked="""
D 1900 25.00
D 1901 100.00
D 1901 25.00
D 1909 25.00
C 1900 25.00
C 1911 25.00
C 2700 25.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="foreign-notes",
        title="Euros in the drawer, change in kroner",
        where="a tender row with currency, rate and amount in the currency",
        booking="Dr 1908 with the day's euros converted once; the øre that the register's own conversions leave go to 8160",
        vat="of the price in kroner",
        source="bokføringsloven s. 4 and 5: the ledger is in kroner; scenario A26",
        note="Three payments of 17.15, 8.33 and 25.00 euros at 11.7350: the register took 201.26, 97.75 and 293.38, together 592.39.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,555,2026-12-01,575.00,0.39,3

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,555,3,3,25,460.00,115.00

z_tenders
register,z_number,tender,tender_type,count,amount,currency,exchange_rate,amount_currency
OSLO-1,555,KONTANT,12001,3,592.39,EUR,11.735000,50.48
OSLO-1,555,KONTANT,12001,1,-17.00,NOK,,
""",
        booked="""
D 1908 592.38
D 8160 0.01
C 1900 17.00
C 2700 115.00
C 3000 460.00 t3
C 7740 0.39
""",
    ),
    Case(
        id="foreign-card",
        title="A foreign card",
        where="a tender row in another currency",
        booking="Dr card at the register's kroner, on the same account: the acquirer settles in kroner",
        vat="of the price in kroner",
        source="the acquirer's settlement is in kroner",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,556,2026-12-01,250.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,556,3,3,25,200.00,50.00

z_tenders
register,z_number,tender,tender_type,count,amount,currency
OSLO-1,556,KORT,12002,1,125.00,SEK
OSLO-1,556,KORT,12002,1,125.00,NOK
""",
        booked="""
D 1901 250.00
C 2700 50.00
C 3000 200.00 t3
""",
    ),
    Case(
        id="foreign-notes-at-a-wrong-rate",
        title="Euros whose kroner do not fit their rate",
        where="a tender row with currency, rate and amount in the currency",
        booking="held: rounding cannot explain the difference, and nothing is plugged on 8160",
        vat="-",
        source="scenario A26: a residual, never a plug",
        held_by=frozenset({"currency_converted"}),
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,557,2026-12-01,586.75,0.00,3

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,557,3,3,25,469.40,117.35

z_tenders
register,z_number,tender,tender_type,count,amount,currency,exchange_rate,amount_currency
OSLO-1,557,KONTANT,12001,3,586.75,EUR,11.735000,55.00
""",
        booked="",
    ),
)
