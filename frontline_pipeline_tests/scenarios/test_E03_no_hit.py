"""E03: what is not found is made once, with everything that Frontline has of it, also by two runs at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import Trade, trade

WHOLE = {
    "customer": "K-1",
    "kind": "private",
    "name": "Nordmann",
    "first_name": "Kari",
    "email": "kari@eksempel.example",
    "invoice_email": "faktura@eksempel.example",
    "phone": "22334455",
    "mobile": "99887766",
    "street": "Gata 1",
    "postal_code": "0150",
    "city": "Oslo",
    "delivery_name": "Lageret",
    "delivery_street": "Kaia 2",
    "delivery_postal_code": "0101",
    "delivery_city": "Oslo",
    "payment_days": 14,
}


def test_E03_a_customer_is_made_with_all_that_frontline_has(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        assert shop.told(Kind.CUSTOMERS, WHOLE)["K-1"][0] == "created"
        (made,) = shop.found(Kind.CUSTOMERS)
        assert (made["ExternalId"], made["Type"], made["Country"], made["PaymentTime"]) == (
            "K-1",
            "Consumer",
            "NO",
            "14",
        )
        assert (made["Name"], made["FirstName"]) == ("Nordmann", "Kari")
        assert made["PhoneNumbers"]["Primary"]["Value"] == "22334455"
        assert made["PhoneNumbers"]["Mobile"]["Value"] == "99887766"
        assert made["EmailAddresses"]["Invoice"]["Value"] == "faktura@eksempel.example"
        post, delivery = made["Addresses"]["Post"], made["Addresses"]["Delivery"]
        assert (post["Street"], post["PostalCode"], post["PostalArea"], post["Country"]) == (
            "Gata 1",
            "0150",
            "Oslo",
            "NO",
        )
        assert (delivery["Name"], delivery["Street"], delivery["Country"]) == ("Lageret", "Kaia 2", "NO")
        assert "Invoice" not in made["Addresses"]


def test_E03_a_product_is_made_with_price_cost_and_category(tmp_path: Path) -> None:
    with trade(tmp_path, {"companies": {"nordlys": {"masterdata": {"products": {"categories": {"200": 2}}}}}}) as shop:
        rows = [
            {"article": "004711", "name": "Mug", "price": 12_500, "cost": 4_250, "ean": "7038010000010"},
            {"article": "000815", "name": "Bread", "article_group": "200", "price_excl_vat": 3_999},
        ]
        assert {how for how, _ in shop.told(Kind.PRODUCTS, *rows).values()} == {"created"}
        (mug,), (bread,) = shop.found(Kind.PRODUCTS, No="004711"), shop.found(Kind.PRODUCTS, No="000815")
        assert (mug["Price"], mug["Cost"], mug["EAN1"], mug["CategoryId"]) == ("100.00", "42.50", "7038010000010", "1")
        assert (bread["Price"], bread["CategoryId"]) == ("39.99", "2")


def test_E03_two_runs_at_once_make_one_customer(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        other = Trade(shop.project)
        told: list[dict[str, tuple[str, int | None]]] = []
        rows = [{"customer": f"K-{n}"} for n in range(30)]

        def run(mine: Trade) -> None:
            told.append(mine.told(Kind.CUSTOMERS, *rows))

        threads = [threading.Thread(target=run, args=(each,)) for each in (shop, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told[0] == told[1]
        keys = [each["ExternalId"] for each in shop.found(Kind.CUSTOMERS)]
        assert sorted(keys) == sorted(row["customer"] for row in rows)
