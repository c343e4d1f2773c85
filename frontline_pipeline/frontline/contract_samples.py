"""The contract's sample: one small store-day, as CSV text, that can be read and adds up.

Belongs here: sample values of every frame.
Does not: what the columns mean (frames/raw.py), how the page is laid out (contract.py).

Register 1, Z 417: a cash sale of 125.00 at 25 %, a card sale of 57.50 at 15 %, a cash refund of 49.90 rounded to 50.00, and a gift
card of 200.00 sold by card. Tenders 332.50 = sales 132.60 + rounding -0.10 + pay-ins 200.00.
"""

from __future__ import annotations

STORE, DAY = "oslo", "2026-11-23"

SAMPLES: dict[str, str] = {
    "z_reports": """\
register,z_number,business_day,opened_at,closed_at,sales_total,rounding,opening_float,receipt_count,return_count,return_amount,grand_total_sales,grand_total_return,grand_total_net
1,417,2026-11-23,2026-11-23T09:00:00+01:00,2026-11-23T20:05:31+01:00,132.60,-0.10,1000.00,2,1,49.90,1250182.50,10049.90,1240132.60
""",
    "z_vat": """\
register,z_number,vat_code,standard_code,rate,base,vat,gross,line_count
1,417,H,3,25,60.08,15.02,75.10,2
1,417,M,31,15,50.00,7.50,57.50,1
""",
    "z_tenders": """\
register,z_number,tender,tender_type,count,amount,currency
1,417,CASH,12001,0,75.00,NOK
1,417,CARD,12002,2,257.50,NOK
""",
    "z_article_groups": """\
register,z_number,article_group,count,amount
1,417,010,0,75.10
1,417,020,1,57.50
""",
    "z_movements": """\
register,z_number,kind,source_type,count,amount,tender
1,417,gift_card_sale,GIFT,1,200.00,CARD
""",
    "z_counts": """\
register,z_number,tender,counted,expected,counted_by
1,417,CASH,1075.00,1075.00,17
""",
    "receipts": """\
register,z_number,receipt_id,sequence,kind,occurred_at,amount,amount_excl_vat,rounding,operator,original_receipt
1,417,1001,88101,sale,2026-11-23T09:12:04+01:00,125.00,100.00,0.00,17,
1,417,1002,88102,sale,2026-11-23T11:40:10+01:00,57.50,50.00,0.00,17,
1,417,1003,88103,return,2026-11-23T15:02:44+01:00,-49.90,-39.92,-0.10,17,977
1,417,1004,88104,other,2026-11-23T16:20:00+01:00,200.00,200.00,0.00,17,
""",
    "receipt_lines": """\
register,z_number,receipt_id,line_id,article_group,article,quantity,amount,amount_excl_vat,vat_code,standard_code,rate,vat,original_sale_date
1,417,1001,1,010,004711,1,125.00,100.00,H,3,25,25.00,
1,417,1002,1,020,000815,2.5,57.50,50.00,M,31,15,7.50,
1,417,1003,1,010,004712,-1,-49.90,-39.92,H,3,25,-9.98,2026-11-12
""",
    "receipt_vat": """\
register,z_number,receipt_id,vat_code,standard_code,rate,base,vat
1,417,1001,H,3,25,100.00,25.00
1,417,1002,M,31,15,50.00,7.50
1,417,1003,H,3,25,-39.92,-9.98
""",
    "receipt_payments": """\
register,z_number,receipt_id,payment_id,tender,tender_type,amount,currency,reference
1,417,1001,1,CASH,12001,125.00,NOK,
1,417,1002,1,CARD,12002,57.50,NOK,T-553210
1,417,1003,1,CASH,12001,-50.00,NOK,
1,417,1004,1,CARD,12002,200.00,NOK,T-553298
""",
    "customers": """\
customer,kind,name,organisation_number,country,payment_days,changed_at,customer_number,delivery_street,delivery_postal_code,delivery_city,delivery_country
K-20017,business,Eksempel Kontor AS,999999999,NO,14,2026-11-20T08:30:00+01:00,,Lageret 1,0001,Oslo,NO
""",
    "products": """\
article,name,ean,article_group,price,price_excl_vat,cost,vat_code,rate,active,changed_at
004711,"Mug, blue",7038010000010,010,125.00,100.00,42.50,H,25,true,2026-10-01T12:00:00+02:00
""",
    "orders": """\
order_id,kind,customer,ordered_at,currency,total,total_excl_vat,payment_days
O-5501,invoice,K-20017,2026-11-23T10:15:00+01:00,NOK,250.00,200.00,14
""",
    "order_lines": """\
order_id,line_id,kind,article,text,quantity,price,amount,amount_excl_vat,vat_code,rate
O-5501,1,item,004711,,2,100.00,250.00,200.00,H,25
O-5501,2,text,,Collected at the store,,,0.00,0.00,,
""",
}
