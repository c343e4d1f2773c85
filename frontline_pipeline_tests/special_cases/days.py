"""Returns, odd days, registers and departments, and the clock.

Belongs here: the cases as contract files with the vouchers they must become.
Does not: how they are run (case.py).
"""

from __future__ import annotations

from frontline_pipeline_tests.special_cases.case import Case

_DAY = "bokføringsforskriften s. 5-3-14: a Z per register and day; booked on the day of the sales"

CASES = (
    Case(
        id="return-of-another-day-at-its-rate",
        title="A ticket of September 2021 comes back in October, after the rate went from 6 % to 12 %",
        where="returns; a VAT row of its own at the old rate",
        booking="Dr sales and VAT at the rate of the sale, 6 %; the day's own sales at 12 %",
        vat="at the rate of the sale, proven by `original_sale_date`",
        source="merverdiavgiftsloven: the rate follows the delivery",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count,return_count,return_amount
OSLO-1,560,2021-10-05,118.00,0.00,2,1,106.00

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,560,1,33,12,200.00,24.00
OSLO-1,560,1,33,6,-100.00,-6.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,560,KORT,12002,118.00,NOK

receipts
register,z_number,receipt_id,kind,amount,rounding,original_receipt
OSLO-1,560,9301,sale,112.00,0.00,
OSLO-1,560,9302,sale,112.00,0.00,
OSLO-1,560,9303,return,-106.00,0.00,8123

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat,original_sale_date
OSLO-1,560,9301,1,112.00,100.00,1,33,12,12.00,
OSLO-1,560,9302,1,112.00,100.00,1,33,12,12.00,
OSLO-1,560,9303,1,-106.00,-100.00,1,33,6,-6.00,2021-09-20

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,560,9301,1,KORT,12002,112.00,NOK
OSLO-1,560,9302,1,KORT,12002,112.00,NOK
OSLO-1,560,9303,1,KORT,12002,-106.00,NOK
""",
        booked="""
D 1901 118.00
D 2703 6.00
D 3050 100.00 t33
C 2703 24.00
C 3050 200.00 t33
""",
    ),
    Case(
        id="negative-day",
        title="More came back than was sold",
        where="negative total sales, VAT and tender",
        booking="the sides turn: Dr sales and VAT, Cr tender; no negative amount in a column",
        vat="reversed",
        source="kassasystemforskrifta s. 2-8-2 p",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count,return_count,return_amount
OSLO-1,561,2026-12-28,-374.90,-0.10,1,2,499.90

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,561,3,3,25,-299.92,-74.98

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,561,KONTANT,12001,-375.00,NOK
""",
        booked="""
D 2700 74.98
D 3000 299.92 t3
D 7740 0.10
C 1900 375.00
""",
    ),
    Case(
        id="zero-day",
        title="A Z-report without sales",
        where="a Z with zeros",
        booking="no voucher; the Z is named as having nothing to book, and the day is complete",
        vat="-",
        source="kassasystemforskrifta s. 2-8-3: the number is used and must be accounted for",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,562,2026-12-28,0.00,,0

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,562,3,3,25,0.00,0.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,562,KONTANT,12001,0.00,NOK
""",
        booked="",
    ),
    Case(
        id="voucher-per-register",
        title="Two registers, a voucher each",
        where="a Z per register",
        booking="a voucher per Z-report (`journal_per: register`)",
        vat="per Z",
        source=_DAY,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,563,2026-12-02,125.00,0.00,1
OSLO-2,89,2026-12-02,250.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,563,3,3,25,100.00,25.00
OSLO-2,89,3,3,25,200.00,50.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,563,KORT,12002,125.00,NOK
OSLO-2,89,KORT,12002,250.00,NOK
""",
        booked="""
D 1901 125.00
C 2700 25.00
C 3000 100.00 t3

D 1901 250.00
C 2700 50.00
C 3000 200.00 t3
""",
    ),
    Case(
        id="z-per-department",
        title="Z-reports per department of the store, in one voucher",
        where="the department stands where the register stands",
        booking="lines per department (`register_departments`), one voucher for the store (`journal_per: store`)",
        vat="per department",
        source="vendors whose Z is per department, not per machine",
        store={
            "registers": ["BAKERI", "KIOSK"],
            "journal_per": "store",
            "register_departments": {"BAKERI": 11, "KIOSK": 12},
        },
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
BAKERI,31,2026-12-02,115.00,0.00,1
KIOSK,31,2026-12-02,250.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
BAKERI,31,2,31,15,100.00,15.00
KIOSK,31,3,3,25,200.00,50.00

z_tenders
register,z_number,tender,tender_type,amount,currency
BAKERI,31,KORT,12002,115.00,NOK
KIOSK,31,KORT,12002,250.00,NOK
""",
        booked="""
D 1901 115.00 a11
C 2701 15.00 a11
C 3030 100.00 t31 a11
D 1901 250.00 a12
C 2700 50.00 a12
C 3000 200.00 t3 a12
""",
    ),
    Case(
        id="closed-after-midnight",
        title="A bar on New Year's Eve, closed at 02:15",
        where="close and last sale after midnight, before the store's cut-off",
        booking="dated 31 December, the day of the takings",
        vat="of December",
        source=_DAY,
        extract="""
z_reports
register,z_number,business_day,opened_at,closed_at,sales_total,rounding,receipt_count
OSLO-1,564,2026-12-31,2026-12-31T18:00:00+01:00,2027-01-01T02:15:00+01:00,375.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,564,3,3,25,300.00,75.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,564,KORT,12002,375.00,NOK

receipts
register,z_number,receipt_id,kind,occurred_at,amount,rounding
OSLO-1,564,9401,sale,2026-12-31T23:50:00+01:00,125.00,0.00
OSLO-1,564,9402,sale,2027-01-01T01:58:00+01:00,250.00,0.00

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,564,9401,1,125.00,100.00,3,3,25,25.00
OSLO-1,564,9402,1,250.00,200.00,3,3,25,50.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,564,9401,1,KORT,12002,125.00,NOK
OSLO-1,564,9402,1,KORT,12002,250.00,NOK
""",
        booked="""
D 1901 375.00
C 2700 75.00
C 3000 300.00 t3
""",
    ),
    Case(
        id="night-when-the-clock-is-put-back",
        title="The night to 25 October 2026, which has 02:30 twice",
        where="two sales with the same clock time and different offsets",
        booking="both booked once, on Saturday",
        vat="as any sale",
        source="contract section 4: write the offset",
        extract="""
z_reports
register,z_number,business_day,closed_at,sales_total,rounding,receipt_count
OSLO-1,565,2026-10-24,2026-10-25T02:45:00+01:00,250.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,565,3,3,25,200.00,50.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,565,KORT,12002,250.00,NOK

receipts
register,z_number,receipt_id,kind,occurred_at,amount,rounding
OSLO-1,565,9501,sale,2026-10-25T02:30:00+02:00,125.00,0.00
OSLO-1,565,9502,sale,2026-10-25T02:30:00+01:00,125.00,0.00

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,565,9501,1,125.00,100.00,3,3,25,25.00
OSLO-1,565,9502,1,125.00,100.00,3,3,25,25.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,565,9501,1,KORT,12002,125.00,NOK
OSLO-1,565,9502,1,KORT,12002,125.00,NOK
""",
        booked="""
D 1901 250.00
C 2700 50.00
C 3000 200.00 t3
""",
    ),
    Case(
        id="closed-the-next-morning",
        title="The Z of 30 November is run on 1 December",
        where="close on the day after",
        booking="dated 30 November, with a warning: the month and the VAT period have turned",
        vat="of November",
        source=_DAY,
        warned_by=frozenset({"business_day_agrees"}),
        extract="""
z_reports
register,z_number,business_day,closed_at,sales_total,rounding,receipt_count
OSLO-1,566,2026-11-30,2026-12-01T08:40:00+01:00,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,566,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,566,KORT,12002,125.00,NOK
""",
        booked="""
D 1901 125.00
C 2700 25.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="two-z-on-one-day",
        title="Two Z-reports of one register on one day",
        where="two numbers, one day",
        booking="a voucher each, both numbers traceable (with `journal_per: store` one that names both)",
        vat="per Z",
        source="kassasystemforskrifta s. 2-8-3: no entry stands on two Z-reports",
        extract="""
z_reports
register,z_number,business_day,closed_at,sales_total,rounding,receipt_count
OSLO-1,567,2026-12-03,2026-12-03T15:00:00+01:00,125.00,0.00,1
OSLO-1,568,2026-12-03,2026-12-03T22:00:00+01:00,250.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,567,3,3,25,100.00,25.00
OSLO-1,568,3,3,25,200.00,50.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,567,KORT,12002,125.00,NOK
OSLO-1,568,KORT,12002,250.00,NOK
""",
        booked="""
D 1901 125.00
C 2700 25.00
C 3000 100.00 t3

D 1901 250.00
C 2700 50.00
C 3000 200.00 t3
""",
    ),
    Case(
        id="z-for-several-days",
        title="Nobody ran the Z on 31 December: one Z for two days and two years",
        where="receipts of two business days in one Z",
        booking="one voucher on the Z's day, with a warning that tells each day's sales: a part belongs to the old year",
        vat="by the receipts in two periods: moved by a person, with the explanation",
        source=_DAY,
        warned_by=frozenset({"business_day_agrees"}),
        extract="""
z_reports
register,z_number,business_day,closed_at,sales_total,rounding,receipt_count
OSLO-1,569,2027-01-02,2027-01-02T18:00:00+01:00,375.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,569,3,3,25,300.00,75.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,569,KORT,12002,375.00,NOK

receipts
register,z_number,receipt_id,kind,occurred_at,amount,rounding
OSLO-1,569,9601,sale,2026-12-31T14:00:00+01:00,125.00,0.00
OSLO-1,569,9602,sale,2027-01-02T11:00:00+01:00,250.00,0.00

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,569,9601,1,125.00,100.00,3,3,25,25.00
OSLO-1,569,9602,1,250.00,200.00,3,3,25,50.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,569,9601,1,KORT,12002,125.00,NOK
OSLO-1,569,9602,1,KORT,12002,250.00,NOK
""",
        booked="""
D 1901 375.00
C 2700 75.00
C 3000 300.00 t3
""",
    ),
)
