"""Tips, deposits and prepayments, bottle deposit, agency sales and donations.

Belongs here: the cases as contract files with the vouchers they must become.
Does not: how they are run (case.py).
"""

from __future__ import annotations

from frontline_pipeline_tests.special_cases.case import Case

_TIPS = "bokføringsforskriften s. 5-3-2; tips are the staff's and go through the payroll since 2019"

CASES = (
    Case(
        id="tip-on-card",
        title="Tips on card",
        where="letter i, and inside the card tender",
        booking="Dr card with the tip in it, Cr owed to staff 2910; not turnover",
        vat="none on a voluntary tip",
        source=_TIPS,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,520,2026-11-27,500.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,520,3,3,25,400.00,100.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,520,KORT,12002,550.00,NOK

z_movements
register,z_number,kind,count,amount,tender
OSLO-1,520,tip,1,50.00,KORT

receipts
register,z_number,receipt_id,kind,occurred_at,amount,rounding
OSLO-1,520,9001,sale,2026-11-27T19:12:00+01:00,500.00,0.00

receipt_lines
register,z_number,receipt_id,line_id,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,520,9001,1,500.00,400.00,3,3,25,100.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,520,9001,1,KORT,12002,550.00,NOK
""",
        booked="""
D 1901 550.00
C 2700 100.00
C 2910 50.00
C 3000 400.00 t3
""",
    ),
    Case(
        id="tip-outside-the-tender-totals",
        title="Tips on card that the register keeps out of its tender totals",
        where="letter i; the tender totals do not hold it, the terminal's do",
        booking="Dr card for the tip by itself, Cr 2910: the card account then agrees with the terminal",
        vat="none on a voluntary tip",
        source=_TIPS,
        note="`tenders_include` says which movements a vendor's tender totals hold; a wrong one does not balance, and the diagnosis says so.",
        settings={"tenders_include": ["pay_ins", "pay_outs"]},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,521,2026-11-27,500.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,521,3,3,25,400.00,100.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,521,KORT,12002,500.00,NOK

z_movements
register,z_number,kind,count,amount,tender
OSLO-1,521,tip,1,50.00,KORT
""",
        booked="""
D 1901 500.00
D 1901 50.00
C 2700 100.00
C 2910 50.00
C 3000 400.00 t3
""",
    ),
    Case(
        id="tip-in-cash-paid-out",
        title="Tips in cash, and tips handed to the staff from the drawer",
        where="letter i inside the cash tender; a pay-out for what is handed out",
        booking="Cr 2910 for the tips, Dr 2910 for what was handed out, both against cash",
        vat="none on a voluntary tip",
        source=_TIPS,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,522,2026-11-28,187.40,-0.40,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,522,3,3,25,149.92,37.48

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,522,KONTANT,12001,120.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,522,tip,,1,13.00,KONTANT
OSLO-1,522,other_pay_out,TIPSUT,1,80.00,KONTANT
""",
        booked="""
D 1900 120.00
D 2910 80.00
D 7740 0.40
C 2700 37.48
C 2910 13.00
C 3000 149.92 t3
""",
    ),
    Case(
        id="deposit-taken-and-settled",
        title="A deposit on an order, and the rest at delivery",
        where="first day: pay-in. Second day: a tender inside total sales",
        booking="first Dr tender, Cr 2900; then Dr 2900 and Dr card, Cr sales and VAT, once",
        vat="at delivery, of the whole price",
        source="bokføringsforskriften s. 5-2-6: no document with VAT before delivery",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,523,2026-11-27,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,523,KORT,12002,1000.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,523,deposit,DEPOSITUM,1,1000.00,KORT

z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,524,2026-11-28,2500.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,524,3,3,25,2000.00,500.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,524,FORSKUDD,12999,1000.00,NOK
OSLO-1,524,KORT,12002,1500.00,NOK
""",
        booked="""
D 1901 1000.00
C 2900 1000.00

D 1901 1500.00
D 2900 1000.00
C 2700 500.00
C 3000 2000.00 t3
""",
    ),
    Case(
        id="deposit-paid-back",
        title="A deposit is paid back because the order was cancelled",
        where="a pay-out under the code of the deposit",
        booking="Dr 2900, Cr tender",
        vat="none",
        source="a prepayment that is returned",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,525,2026-11-28,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,525,KORT,12002,-1000.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,525,other_pay_out,DEPOSITUM,1,1000.00,KORT
""",
        booked="""
D 2900 1000.00
C 1901 1000.00
""",
    ),
    Case(
        id="bottle-deposit",
        title="Bottle deposit charged with the goods, and bottles brought back",
        where="an article group of its own at 0 % inside the sales; bottles brought back are tender 12008",
        booking="Cr 3900 code 7 for the deposit charged, Dr 3900 code 7 for bottles taken back",
        vat="none, as registers do it; ask the accountant whether the deposit belongs to the base",
        source="kontohjelp.no on panteordning: 39xx, code 7",
        note="`movement_article_groups` names the group. Here there are no receipts, and one VAT code at 0 % alone: nothing is ambiguous.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,526,2026-11-30,236.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,526,2,31,15,200.00,30.00
OSLO-1,526,0,5,0,6.00,0.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,526,KORT,12002,166.00,NOK
OSLO-1,526,PANT,12008,70.00,NOK

z_article_groups
register,z_number,article_group,count,amount
OSLO-1,526,110,2,230.00
OSLO-1,526,600,2,6.00
""",
        booked="""
D 1901 166.00
D 3900 70.00 t7
C 2701 30.00
C 3030 200.00 t31
C 3900 6.00 t7
""",
    ),
    Case(
        id="bottle-deposit-paid-out",
        title="Bottle deposit paid out in cash",
        where="pay-out",
        booking="Dr 3900 code 7, Cr cash",
        vat="none on a pay-out",
        source="kontohjelp.no on panteordning",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,527,2026-11-30,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,527,KONTANT,12001,-93.00,NOK

z_movements
register,z_number,kind,count,amount,tender
OSLO-1,527,bottle_deposit_refund,2,93.00,KONTANT
""",
        booked="""
D 3900 93.00 t7
C 1900 93.00
""",
    ),
    Case(
        id="agency-sale-among-the-sales",
        title="Lottery and other agency sales that the register rings up as articles",
        where="an article group of its own inside the sales, under the same VAT code as newspapers",
        booking="the group: Cr debt to whom it belongs 2990; the newspapers: Cr sales",
        vat="none; the commission has VAT of its own and comes from the issuer's statement",
        source="an agent's turnover is the commission",
        note="Newspapers and lottery share VAT code 0: the receipts tell which is which.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,528,2026-11-30,145.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,528,0,5,0,145.00,0.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,528,KORT,12002,145.00,NOK

z_article_groups
register,z_number,article_group,count,amount
OSLO-1,528,400,1,45.00
OSLO-1,528,610,1,100.00

receipts
register,z_number,receipt_id,kind,amount,rounding
OSLO-1,528,9101,sale,45.00,0.00
OSLO-1,528,9102,sale,100.00,0.00

receipt_lines
register,z_number,receipt_id,line_id,article_group,amount,amount_excl_vat,vat_code,standard_code,rate,vat
OSLO-1,528,9101,1,400,45.00,45.00,0,5,0,0.00
OSLO-1,528,9102,1,610,100.00,100.00,0,5,0,0.00

receipt_payments
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency
OSLO-1,528,9101,1,KORT,12002,45.00,NOK
OSLO-1,528,9102,1,KORT,12002,100.00,NOK
""",
        booked="""
D 1901 145.00
C 2990 100.00
C 3100 45.00 t5
""",
    ),
    Case(
        id="donation",
        title="Donations collected at the till",
        where="pay-in",
        booking="Dr tender, Cr debt to the charity 2990",
        vat="none: not turnover",
        source="money of another",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,529,2026-11-30,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,529,VIPPS,12011,75.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,529,other_pay_in,INNSAMLING,3,75.00,VIPPS
""",
        booked="""
D 1904 75.00
C 2990 75.00
""",
    ),
)
