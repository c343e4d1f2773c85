"""Gift cards and credit notes: money that is owed to customers before it is turnover.

Belongs here: the cases as contract files with the vouchers they must become.
Does not: how they are run (case.py).
"""

from __future__ import annotations

from frontline_pipeline_tests.special_cases.case import Case

_SKE = "Skatteetaten, Q&A on cash registers (gift cards): a prepayment, no cash sale"
_OWN = "the same; accounts from the SAF-T standard chart (2900, in practice 2901 and 2902)"

CASES = (
    Case(
        id="gift-card-sold",
        title="A gift card is sold",
        where="pay-in; not in total sales, VAT or article groups",
        booking="Dr tender, Cr gift cards 2901",
        vat="none: it falls due when the card is used",
        source=_SKE,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,501,2026-11-23,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,501,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,501,KORT,12002,625.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,501,gift_card_sale,GAVEKORTSALG,1,500.00,KORT
""",
        booked="""
D 1901 625.00
C 2700 25.00
C 2901 500.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="gift-card-topped-up",
        title="A gift card is topped up",
        where="pay-in, often under a code of its own",
        booking="as a card that is sold: Dr tender, Cr 2901",
        vat="none",
        source=_SKE,
        note="`movement_types` says what the register's code PAAFYLL means; the register itself calls it a pay-in only.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,502,2026-11-23,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,502,VIPPS,12011,300.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,502,other_pay_in,PAAFYLL,1,300.00,VIPPS
""",
        booked="""
D 1904 300.00
C 2901 300.00
""",
    ),
    Case(
        id="gift-card-used",
        title="A gift card is used, the rest paid by card",
        where="tender 12005 inside total sales",
        booking="Dr 2901 and Dr card, Cr sales and VAT",
        vat="now, by what is sold",
        source=_SKE,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,503,2026-11-24,625.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,503,3,3,25,500.00,125.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,503,GAVEKORT,12005,500.00,NOK
OSLO-1,503,KORT,12002,125.00,NOK
""",
        booked="""
D 2901 500.00
D 1901 125.00
C 2700 125.00
C 3000 500.00 t3
""",
    ),
    Case(
        id="gift-card-of-another-issuer",
        title="A gift card that somebody else issued is used (mall card)",
        where="a tender of its own",
        booking="Dr claim on the issuer 1579, Cr sales and VAT",
        vat="now, by what is sold",
        source="the claim is on the issuer, not on the customer; general bookkeeping",
        note="The tender's own code goes before its SAF-T type: a map by 12005 alone would take it off our own gift cards.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,504,2026-11-24,230.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,504,2,31,15,200.00,30.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,504,SENTERKORT,12005,230.00,NOK
""",
        booked="""
D 1579 230.00
C 2701 30.00
C 3030 200.00 t31
""",
    ),
    Case(
        id="gift-card-sold-as-agent",
        title="Gift cards of another issuer are sold as agent",
        where="pay-in",
        booking="Dr tender, Cr debt to the issuer 2990; the commission (3700, with VAT) from the issuer's statement",
        vat="on the commission alone, not in the Z",
        source="an agent's turnover is the commission",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,505,2026-11-24,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,505,KORT,12002,1000.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,505,other_pay_in,SENTERKORTSALG,2,1000.00,KORT
""",
        booked="""
D 1901 1000.00
C 2990 1000.00
""",
    ),
    Case(
        id="gift-card-paid-out",
        title="The rest of a gift card is paid out",
        where="pay-out",
        booking="Dr 2901, Cr cash",
        vat="none",
        source=_OWN,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,506,2026-11-24,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,506,KONTANT,12001,-40.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,506,gift_card_payout,,1,40.00,KONTANT
""",
        booked="""
D 2901 40.00
C 1900 40.00
""",
    ),
    Case(
        id="gift-card-taken-back",
        title="A gift card is taken back: the register lists it among its pay-outs, under the code of the sale",
        where="pay-out with a pay-in's code",
        booking="Dr 2901, Cr tender: the register's direction stands, the settings only say what it is",
        vat="none",
        source=_OWN,
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,507,2026-11-24,0.00,0.00,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,507,KORT,12002,-500.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,507,other_pay_out,GAVEKORTSALG,1,500.00,KORT
""",
        booked="""
D 2901 500.00
C 1901 500.00
""",
    ),
    Case(
        id="gift-card-expired",
        title="Gift cards and credit notes expire",
        where="a write-off, when the register keeps the cards; no tender moves. Else a manual journal",
        booking="Dr 2901 or 2902, Cr other income 3900 with code 7",
        vat="none: nothing was delivered",
        source="kontohjelp.no on gift cards: 3900, code 7",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,508,2026-12-31,0.00,0.00,0

z_movements
register,z_number,kind,source_type,count,amount
OSLO-1,508,other_pay_in,GAVEKORTUTLOPT,3,750.00
OSLO-1,508,credit_note_expired,,1,120.00
""",
        booked="""
D 2901 750.00
D 2902 120.00
C 3900 750.00 t7
C 3900 120.00 t7
""",
    ),
    Case(
        id="gift-card-rung-up-as-an-article",
        title="The register rings up gift cards as an article among its sales",
        where="inside total sales and in the VAT table, under a code without VAT",
        booking="taken out of the sales: Dr tender, Cr 2901, never a sales account",
        vat="none",
        source=_SKE,
        note="The Z is proven as it is, the gift cards among its sales; only their account is another one. With VAT on them it is held.",
        settings={"movement_vat_codes": {"G": "gift_card_sale"}},
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,509,2026-11-24,625.00,0.00,2

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,509,3,3,25,100.00,25.00
OSLO-1,509,G,0,0,500.00,0.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,509,KORT,12002,625.00,NOK
""",
        booked="""
D 1901 625.00
C 2700 25.00
C 2901 500.00
C 3000 100.00 t3
""",
    ),
    Case(
        id="gift-card-negative-among-the-sales",
        title="The register shows gift-card sales as a negative amount",
        where="pay-in with the sign turned round",
        booking="not booked with the wrong sign: held, and the difference is named as twice the gift cards",
        vat="none",
        source="contract section 5: positive in the direction of its kind",
        held_by=frozenset({"z_balances"}),
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,510,2026-11-24,125.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,510,3,3,25,100.00,25.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,510,KORT,12002,625.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,510,gift_card_sale,GAVEKORTSALG,1,-500.00,KORT
""",
        booked="",
    ),
    Case(
        id="day-of-only-gift-cards",
        title="A day of only gift cards",
        where="a Z without sales, with pay-ins",
        booking="a voucher all the same: Dr tenders, Cr 2901",
        vat="none",
        source=_SKE,
        note="The rounding is zero because nothing was sold, not unknown because nobody states it.",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-2,88,2026-12-20,0.00,,0

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-2,88,KORT,12002,1500.00,NOK
OSLO-2,88,KONTANT,12001,200.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-2,88,gift_card_sale,GAVEKORTSALG,3,1500.00,KORT
OSLO-2,88,gift_card_sale,GAVEKORTSALG,1,200.00,KONTANT
""",
        booked="""
D 1900 200.00
D 1901 1500.00
C 2901 1700.00
""",
    ),
    Case(
        id="credit-note-issued",
        title="Goods come back against a credit note (tilgodelapp)",
        where="a return, paid with a negative tender 12010",
        booking="Dr sales and VAT, Cr 2902",
        vat="reversed at the return",
        source="kontohjelp.no on credit notes",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count,return_count,return_amount
OSLO-1,511,2026-11-25,-250.00,0.00,0,1,250.00

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,511,3,3,25,-200.00,-50.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,511,TILGODE,12010,-250.00,NOK
""",
        booked="""
D 2700 50.00
D 3000 200.00 t3
C 2902 250.00
""",
    ),
    Case(
        id="credit-note-issued-as-a-pay-in",
        title="The same from a register that lists the credit note as a pay-in",
        where="a return, and an issue line among the pay-ins; no tender",
        booking="the same voucher: Dr sales and VAT, Cr 2902",
        vat="reversed at the return",
        source="the vendor's way; the law fixes the total, not the tender of a credit note",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count,return_count,return_amount
OSLO-1,512,2026-11-25,-250.00,0.00,0,1,250.00

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,512,3,3,25,-200.00,-50.00

z_movements
register,z_number,kind,source_type,count,amount
OSLO-1,512,credit_note_issue,,1,250.00
""",
        booked="""
D 2700 50.00
D 3000 200.00 t3
C 2902 250.00
""",
    ),
    Case(
        id="credit-note-used",
        title="A credit note is used, a part of it paid out",
        where="tender 12010 inside total sales, and a pay-out",
        booking="Dr 2902, Cr sales, VAT and cash",
        vat="now, by what is sold",
        source="kontohjelp.no on credit notes",
        extract="""
z_reports
register,z_number,business_day,sales_total,rounding,receipt_count
OSLO-1,513,2026-11-26,115.00,0.00,1

z_vat
register,z_number,vat_code,standard_code,rate,base,vat
OSLO-1,513,2,31,15,100.00,15.00

z_tenders
register,z_number,tender,tender_type,amount,currency
OSLO-1,513,TILGODE,12010,115.00,NOK
OSLO-1,513,KONTANT,12001,-135.00,NOK

z_movements
register,z_number,kind,source_type,count,amount,tender
OSLO-1,513,credit_note_payout,,1,135.00,KONTANT
""",
        booked="""
D 2902 115.00
D 2902 135.00
C 1900 135.00
C 2701 15.00
C 3030 100.00 t31
""",
    ),
)
