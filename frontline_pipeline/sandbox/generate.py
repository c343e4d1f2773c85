"""The generator of realistic Frontline extracts: one specification, SAF-T or contract files, the same bytes every time.

Belongs here: the specification, the run of its days and registers, the files' names, a big file for benchmarks.
Does not: what a day is like (shop.py), how files look inside (generate_saft.py, generate_contract.py).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from frontline_pipeline.sandbox.generate_contract import write_store_day
from frontline_pipeline.sandbox.generate_masters import write_masters
from frontline_pipeline.sandbox.generate_orders import write_orders
from frontline_pipeline.sandbox.generate_saft import write_saft
from frontline_pipeline.sandbox.shop import simulate_day
from frontline_pipeline.sandbox.shop_faults import UNKNOWN_TENDER, Fault, after_day, before_day
from frontline_pipeline.sandbox.shop_model import RegisterDay, RegisterState
from frontline_pipeline.sandbox.shop_profiles import (
    MOVEMENT_TYPES,
    PROFILES,
    SAFT_KINDS,
    STANDARD_VAT_CODES,
    TENDERS,
)
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.sandbox.shop_special import specials_of
from frontline_pipeline.settings import Model, Settings, StoreProfile

Format = Literal["saft", "csv", "parquet"]


class GenerateSpec(Model):
    """What to generate."""

    seed: int = 1
    stores: tuple[ShopSpec, ...] = Field(min_length=1)
    first: dt.date
    """First business day; registers are new on it."""
    days: int = Field(ge=1, le=3660)
    format: Format = "saft"
    per: Literal["all", "month", "day"] = "all"
    """Period of one SAF-T file; contract files are per day always."""
    faults: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        codes = [shop.store for shop in self.stores]
        if len(set(codes)) != len(codes):
            raise ValueError(f"a store stands twice in {', '.join(codes)}")
        if self.format == "saft" and any(shop.order_kinds for shop in self.stores):
            raise ValueError("SAF-T Cash Register has no orders; deliver them as csv or parquet")
        registers = {shop.store: shop.registers for shop in self.stores}
        for fault in self.faults:
            if fault.register not in (None, *registers.get(fault.store, ())) or fault.store not in registers:
                raise ValueError(
                    f"fault {fault.kind}: no register {fault.register or 'at all'} of store {fault.store!r}"
                )
            if not self.first <= fault.day <= self.last:
                raise ValueError(f"fault {fault.kind}: {fault.day} is not between {self.first} and {self.last}")
        return self

    @property
    def last(self) -> dt.date:
        return self.first + dt.timedelta(days=self.days - 1)


class Simulation:
    """The registers of a specification, run day by day. A register's days must be asked for in order, each once."""

    def __init__(self, spec: GenerateSpec) -> None:
        self.spec = spec
        self._states: dict[tuple[str, str], RegisterState] = {}

    def run(self, shop: ShopSpec, register: str, day: dt.date, *, receipts: int | None = None) -> RegisterDay | None:
        """One register's day with its faults, None when the shop is closed.

        Raises ValueError when a fault has nothing to strike (a closed day, no card payment, ...).
        """
        state = self._states.setdefault((shop.store, register), RegisterState(register))
        faults = [fault for fault in self.spec.faults if fault.strikes(shop.store, register, day)]
        # Chance depends on the place alone: a fault, or more stores, leave every other day as it was.
        rng = random.Random(f"{self.spec.seed}|{shop.store}|{register}|{day}")  # noqa: S311 - simulated shops, no secrets
        for fault in faults:
            before_day(fault.kind, state)
        result = simulate_day(shop, day, state, rng, receipts=receipts)
        for fault in faults:
            if result is None:
                raise ValueError(f"fault {fault.kind}: {shop.store} is closed on {day}")
            after_day(fault.kind, result)
        return result

    def delivered(self, shop: ShopSpec, register: str, first: dt.date, last: dt.date) -> Iterator[RegisterDay]:
        """The delivered days of a register from `first` to `last`."""
        for day in _days(first, last):
            result = self.run(shop, register, day)
            if result is not None and result.delivered:
                yield result


def generate(spec: GenerateSpec, out_dir: Path) -> list[Path]:
    """Writes the extracts of `spec` into `out_dir` and returns their paths in order; the same spec gives the same bytes.

    SAF-T: `SAF-T Cash Register_<org no>_<yyyymmddhhmmss>.xml` per company and period, made at six in the morning after it.
    Contract: `<store>/<day>/<frame>.csv` or `.parquet`; a closed or lost day has no folder. Raises ValueError for a fault that
    has nothing to strike.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    simulation = Simulation(spec)
    if spec.format == "saft":
        return list(_write_saft_files(simulation, out_dir))
    return list(_write_contract_files(simulation, out_dir, spec.format))


def _write_saft_files(simulation: Simulation, out_dir: Path) -> Iterator[Path]:
    spec = simulation.spec
    companies: dict[str, list[ShopSpec]] = {}
    for shop in spec.stores:
        companies.setdefault(shop.organisation_number, []).append(shop)
    for first, last in _periods(spec):
        created = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(6))
        for number, shops in companies.items():
            path = out_dir / saft_name(number, created)

            def days(
                shop: ShopSpec, register: str, first: dt.date = first, last: dt.date = last
            ) -> Iterable[RegisterDay]:
                return simulation.delivered(shop, register, first, last)

            write_saft(path, shops, first, last, created, days)
            yield path


def _write_contract_files(simulation: Simulation, out_dir: Path, suffix: Literal["csv", "parquet"]) -> Iterator[Path]:
    spec = simulation.spec
    for shop in spec.stores:
        for day in _days(spec.first, spec.last):
            results = [simulation.run(shop, register, day) for register in shop.registers]
            ran = [result for result in results if result is not None]
            folder = out_dir / shop.store / day.isoformat()
            written = write_store_day(folder, ran, suffix, with_receipts=shop.with_receipts)
            yield from written
            if written and shop.with_masters:
                yield from write_masters(folder, shop, day, suffix)
            if written and shop.order_kinds:
                kinds = shop.order_kinds
                yield from write_orders(folder, shop, day, kinds, len(kinds), spec.seed, suffix)


def saft_name(organisation_number: str, created: dt.datetime) -> str:
    """File name by the convention of exports."""
    return f"SAF-T Cash Register_{organisation_number}_{created:%Y%m%d%H%M%S}.xml"


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for offset in range((last - first).days + 1):
        yield first + dt.timedelta(days=offset)


def _periods(spec: GenerateSpec) -> Iterator[tuple[dt.date, dt.date]]:
    if spec.per == "all":
        yield spec.first, spec.last
    elif spec.per == "day":
        yield from ((day, day) for day in _days(spec.first, spec.last))
    else:
        first = spec.first
        while first <= spec.last:
            next_month = (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
            yield first, min(spec.last, next_month - dt.timedelta(days=1))
            first = next_month


def spec_from_settings(
    settings: Settings,
    first: dt.date,
    days: int,
    *,
    seed: int = 1,
    format: Format = "saft",  # noqa: A002 - the word of the specification
    receipts_per_day: int = 120,
    profiles: Mapping[str, str] | None = None,
    per: Literal["all", "month", "day"] = "all",
    faults: Iterable[Fault] = (),
    special: bool = False,
    trade: bool = False,
) -> GenerateSpec:
    """A specification of all stores in the settings: names, registers, companies and calendars are theirs.

    A store sells what its VAT codes can carry and takes the tenders and movements that its maps name, so that its days are
    bookable (gift card sales in SAF-T need `movement_types: {GAVEKORTSALG: gift_card_sale}`). `profiles` (store -> profile)
    overrides the choice, which otherwise goes round grocery, restaurant, fashion, kiosk. `special` adds every special case that
    the store's settings can book (shop_special.py), `trade` customers, products and one order a day of each kind that the store
    sends.
    Raises KeyError for an unknown store or profile in `profiles`.
    """
    chosen = dict(profiles or {})
    for store, profile in chosen.items():
        if store not in settings.stores or profile not in PROFILES:
            raise KeyError(f"no store {store!r} or no profile {profile!r}")
    shops = tuple(
        _shop(
            store, chosen.get(store.code) or _fitting_profile(store, position), receipts_per_day, format, special, trade
        )
        for position, store in enumerate(settings.profiles())
    )
    return GenerateSpec(seed=seed, stores=shops, first=first, days=days, format=format, per=per, faults=tuple(faults))


def _shop(
    store: StoreProfile,
    profile: str,
    receipts_per_day: int,
    format: Format,  # noqa: A002
    special: bool,
    trade: bool,
) -> ShopSpec:
    tenders = tuple(
        code
        for code, (saft_type, _) in TENDERS.items()
        if code != UNKNOWN_TENDER and store.tender_rule(code, saft_type)
    )
    if not {"KONTANT", "KORT"} & set(tenders):
        tenders = ()
    told = SAFT_KINDS if format == "saft" else MOVEMENT_TYPES
    movements = tuple(
        kind
        for code, kind in (*MOVEMENT_TYPES.items(), (None, "tip"))
        if kind in store.rules.movements and (code is None or store.movement_kind(told[code], code) == kind)
    )
    return ShopSpec(
        store=store.code,
        name=store.store.name[:90],
        company_name=store.company.name[:100],
        organisation_number=store.company.organisation_number,
        registers=store.store.registers,
        profile=profile,
        receipts_per_day=receipts_per_day,
        calendar=store.store.calendar,
        # A Z-report after the cut-off would belong to the next day.
        closes_by=86_400 + max(0, _seconds(store.store.cut_off) - 3_600),
        tenders=tenders or None,
        movements=movements,
        with_receipts=store.store.receipts != "none",
        special=specials_of(store, format == "saft") if special else (),
        with_masters=trade,
        order_kinds=tuple(store.orders.kinds) if trade else (),
    )


def _seconds(time: dt.time) -> int:
    return time.hour * 3600 + time.minute * 60 + time.second


def _fitting_profile(store: StoreProfile, position: int) -> str:
    """The next profile, from `position` on, all of whose VAT codes the store can book; grocery when none fits."""
    names = ("grocery", "restaurant", "fashion", "kiosk")
    mapped = set(store.rules.vat_codes)
    for step in range(len(names)):
        name = names[(position + step) % len(names)]
        if {store.standard_vat_code(code, STANDARD_VAT_CODES[code]) for code in PROFILES[name].vat_codes} <= mapped:
            return name
    return names[0]


def benchmark_file(path: Path, size_bytes: int, *, seed: int = 1) -> int:
    """Streams one SAF-T file of at least `size_bytes` (about a percent more) with three registers in two shops over ten days;
    the number of receipts in it. Memory holds one register's day: a thirtieth of the file's receipts."""
    shops = (
        ShopSpec(store="bench-a", name="Benchmark A", registers=("A-1", "A-2"), profile="grocery"),
        ShopSpec(store="bench-b", name="Benchmark B", registers=("B-1",), profile="grocery"),
    )
    spec = GenerateSpec(seed=seed, stores=shops, first=dt.date(2026, 11, 1), days=10)
    simulation = Simulation(spec)
    meter = _Meter(size_bytes, register_days=30)

    def days(shop: ShopSpec, register: str) -> Iterator[RegisterDay]:
        for day in _days(spec.first, spec.last):
            result = simulation.run(shop, register, day, receipts=meter.next_day())
            if result is not None:
                yield result

    path.parent.mkdir(parents=True, exist_ok=True)
    created = dt.datetime.combine(spec.last + dt.timedelta(days=1), dt.time(6))
    write_saft(path, shops, spec.first, spec.last, created, days, meter.written)
    return meter.receipts


class _Meter:
    """Shares a file's size out over its register days, learning the size of a receipt as it goes."""

    def __init__(self, size: int, register_days: int) -> None:
        self.left, self.days_left = size, register_days
        self.receipts = 0
        self._this_day = 0
        self._per_receipt = 3_800

    def next_day(self) -> int:
        """Receipts of the next register day; the last one gets a little more than fits, so that the size is reached."""
        share = max(0, self.left) // self.days_left // self._per_receipt
        self._this_day = max(1, share if self.days_left > 1 else share + share // 20 + 25)
        self.receipts += self._this_day
        return self._this_day

    def written(self, size: int) -> None:
        self.left -= size
        self.days_left -= 1
        # Small days are mostly Z-report: a receipt is never reckoned above 7 kB.
        self._per_receipt = min(7_000, max(1_000, size // self._this_day))
