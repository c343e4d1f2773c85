"""Logging in to the stand-in, sessions and identities."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zeep
from server_kit import (
    ACCOUNT,
    AUTHENTICATE,
    CLIENT,
    PROJECT,
    TRANSACTION,
    Stranger,
    company,
    identity,
    sale,
)

from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.server import SandboxServer


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    shared = {"username": "both@example", "password": "one-for-both"}
    nord = company(**shared, identities=(identity(1), identity(2, blocked=True)))
    syd = company("syd", **shared, identities=(identity(3),))
    with SandboxServer(":memory:", [nord, syd]) as running:
        yield running


@pytest.fixture
def stranger(server: SandboxServer) -> Stranger:
    return Stranger(server.url)


BOTH = company(username="both@example", password="one-for-both")


def test_login_answers_the_session_id_and_sets_the_cookie(stranger: Stranger) -> None:
    token = stranger.login(BOTH)
    assert len(token) == 24
    assert stranger.http.cookies["ASP.NET_SessionId"] == token
    assert stranger.service(AUTHENTICATE).HasSession() is True


@pytest.mark.parametrize(
    "wrong",
    [{"Password": "no"}, {"Username": "no@example"}, {"ApplicationId": "99999999-2222-3333-4444-555555555555"}],
)
def test_wrong_credentials_answer_an_empty_string_and_no_cookie(stranger: Stranger, wrong: dict[str, str]) -> None:
    assert stranger.login(BOTH, **wrong) == ""
    assert not list(stranger.http.cookies)
    assert stranger.service(AUTHENTICATE).HasSession() is False


def test_blocked_identity_is_a_fault(stranger: Stranger) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="Provided IdentityId is blocked"):
        stranger.login(BOTH, IdentityId=str(identity(2).id))
    with pytest.raises(zeep.exceptions.Fault, match="does not belong to this user"):
        stranger.login(BOTH, IdentityId=str(identity(77).id))


def test_user_whose_identities_are_all_blocked(server: SandboxServer, stranger: Stranger) -> None:
    for number in (1, 2, 3):
        server.store.set_identity_blocked(str(identity(number).id), True)
    with pytest.raises(zeep.exceptions.Fault, match="Provided IdentityId is blocked"):
        stranger.login(BOTH)


def test_identity_can_be_chosen_at_login(stranger: Stranger) -> None:
    stranger.login(BOTH, IdentityId=str(identity(3).id))
    assert stranger.service(CLIENT).GetClientInformation().OrganizationNumber == "912345678"


def test_identities_and_switching(stranger: Stranger) -> None:
    stranger.login(BOTH)
    auth = stranger.service(AUTHENTICATE)
    shown = auth.GetIdentities()
    assert [(each.Client.Name, each.IsDefault, each.IsCurrent, each.IsDisabled) for each in shown] == [
        ("Nord Handel AS", True, True, False),
        ("Nord Handel AS", False, False, True),
        ("Syd Handel AS", False, False, False),
    ]
    assert stranger.service(CLIENT).GetClientInformation().Name == "Nord Handel AS"
    assert auth.SetIdentityById(str(identity(3).id)) is True
    assert auth.GetIdentity().Id == str(identity(3).id)
    assert stranger.service(CLIENT).GetClientInformation().Name == "Syd Handel AS"
    assert auth.SetIdentityById(str(identity(77).id)) is False
    with pytest.raises(zeep.exceptions.Fault, match="blocked"):
        auth.SetIdentityById(str(identity(2).id))
    assert auth.GetIdentity().Id == str(identity(3).id)


def test_one_user_cannot_switch_to_anothers_identity() -> None:
    with SandboxServer(":memory:", [company(), company("syd")]) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        other = company("syd").all_identities()[0].id
        assert stranger.service(AUTHENTICATE).SetIdentityById(str(other)) is False
        assert stranger.service(CLIENT).GetClientInformation().OrganizationNumber == "987654321"


def test_identity_blocked_under_a_session_ends_it(server: SandboxServer, stranger: Stranger) -> None:
    stranger.login(BOTH)
    server.store.set_identity_blocked(str(identity(1).id), True)
    assert stranger.service(AUTHENTICATE).HasSession() is False


@pytest.mark.parametrize("cookie", [None, "", "unknown", "a" * 24])
def test_without_a_session_nothing_is_answered(stranger: Stranger, cookie: str | None) -> None:
    if cookie is not None:
        stranger.http.cookies.set("ASP.NET_SessionId", cookie)
    answer = stranger.save(*sale())
    assert answer.Type == "NotAuthenticated"
    calls = [
        lambda: stranger.service(ACCOUNT).GetAccountList(),
        lambda: stranger.service(ACCOUNT).GetTypeList(),
        lambda: stranger.service(ACCOUNT).GetTaxCodeList(),
        lambda: stranger.service(ACCOUNT).CheckAccountNo({"AccountData": [{"AccountNo": 1900}]}),
        lambda: stranger.service(ACCOUNT).GetEntryId({"Date": "2026-01-01T00:00:00", "SortNo": 102, "EntryNo": 0}),
        stranger.posted,
        lambda: stranger.service(TRANSACTION).GetFiscalYears(),
        lambda: stranger.service(TRANSACTION).GetTransactionTypes(),
        lambda: stranger.service(TRANSACTION).GetUserDefinedDimensions(),
        lambda: stranger.service(TRANSACTION).GetUserDefinedDimensionValues(101),
        lambda: stranger.service(CLIENT).GetClientInformation(),
        lambda: stranger.service(CLIENT).GetDepartmentList(),
        lambda: stranger.service(CLIENT).GetCurrencyList(),
        lambda: stranger.service(CLIENT).GetTypeGroupList("All"),
        lambda: stranger.service(PROJECT).GetProjectNameList(),
        lambda: stranger.service(AUTHENTICATE).GetIdentities(),
        lambda: stranger.service(AUTHENTICATE).GetIdentity(),
        lambda: stranger.service(AUTHENTICATE).SetIdentityById(str(identity(1).id)),
    ]
    for call in calls:
        with pytest.raises(zeep.exceptions.Fault, match="Client is not authenticated on this identity"):
            call()


def test_a_mistyped_cookie_name_is_no_session(stranger: Stranger) -> None:
    token = stranger.login(BOTH)
    stranger.http.cookies.clear()
    stranger.http.cookies.set("ASP_NET.SessionId", token)
    assert stranger.service(AUTHENTICATE).HasSession() is False


def test_session_ends_after_its_time() -> None:
    with SandboxServer(":memory:", [company()], options=SandboxOptions(session_seconds=60)) as server:
        now = [1_000_000.0]
        server.store.clock = lambda: now[0]
        stranger = Stranger(server.url)
        stranger.login(company())
        now[0] += 59
        assert stranger.service(AUTHENTICATE).HasSession() is True
        now[0] += 1
        assert stranger.service(AUTHENTICATE).HasSession() is False
        assert stranger.save(*sale()).Type == "NotAuthenticated"
        assert stranger.login(company())
        assert stranger.service(AUTHENTICATE).HasSession() is True


def test_two_sessions_of_one_user_live_side_by_side(server: SandboxServer) -> None:
    first, second = Stranger(server.url), Stranger(server.url)
    assert first.login(BOTH) != second.login(BOTH)
    assert second.service(AUTHENTICATE).SetIdentityById(str(identity(3).id)) is True
    assert first.service(CLIENT).GetClientInformation().Name == "Nord Handel AS"
