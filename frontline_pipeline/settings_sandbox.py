"""Settings of the sandbox: what `frontline sandbox` stands in for.

Belongs here: these models. Does not: the sandbox itself (sandbox/), settings of the real service (settings.py).
"""

from __future__ import annotations

from pydantic import Field

from frontline_pipeline.settings_values import AccountNo, Code, DimensionType, Model, Number, Whole


class SandboxClient(Model):
    """What the sandbox's stand-in client has besides its default chart of accounts."""

    accounts: dict[AccountNo, str] = Field({})
    """Further accounts: number -> name."""
    customers: dict[Number, str] = Field({})
    """Number -> name."""
    departments: dict[Number, str] = Field({})
    """Id -> name."""
    projects: dict[Number, str] = Field({})
    """Id -> name."""
    dimensions: dict[DimensionType, tuple[str, ...]] = Field({})
    """Type id -> values."""


class SandboxSettings(Model):
    """`frontline sandbox`: a stand-in of 24SevenOffice on loopback."""

    port: Whole = Field(8724, ge=0, le=65535)
    """Port on 127.0.0.1; 0 takes a free one."""
    fiscal_years: tuple[Whole, ...] = ()
    """Default: from the year of the first partition to next year."""
    locked_years: tuple[Whole, ...] = ()
    """Fiscal years in which nothing may be posted."""
    clients: dict[Code, SandboxClient] = Field({})
    """By company."""
