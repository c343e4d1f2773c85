"""The Authenticate service: logging in, sessions, identities (API.md, section 2).

Belongs here: what each operation answers.
Does not: how sessions are stored (ledger_store.py), cookies on the wire (server.py).
"""

from __future__ import annotations

from uuid import UUID

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_store import Identity
from frontline_pipeline.sandbox.wire import Node, Payload, SoapFault

PATH = "/authenticate/v001/authenticate.asmx"
NO_IDENTITY = str(UUID(int=0))
BLOCKED = "Provided IdentityId is blocked"


def login(call: Call, around: Surroundings) -> Answer:
    """A session id, or an empty string for credentials that do not fit. A blocked identity is a fault."""
    credential = call.body.child("credential")
    user = _user(credential, around)
    if credential is None or user is None:
        return Answer("", verdict="refused")
    identity = _choose(around.store.identities(user), credential.text("IdentityId").lower())
    token = around.store.open_session(user, identity.id, around.options.session_seconds)
    return Answer(token, cookie=token)


def _user(credential: Node | None, around: Surroundings) -> str | None:
    """The user name of credentials that fit, else None."""
    if credential is None:
        return None
    user = credential.text("Username")
    fits = around.store.credentials_fit(credential.text("ApplicationId"), user, credential.text("Password"))
    return user if fits else None


def _choose(identities: list[Identity], wanted: str) -> Identity:
    if wanted in {"", NO_IDENTITY}:
        usable = [each for each in identities if not each.blocked]
        if not usable:
            raise SoapFault("Server", f"{BLOCKED}: the user has no identity that is open")
        return usable[0]
    found = next((each for each in identities if each.id == wanted), None)
    if found is None:
        raise SoapFault("Server", "Provided IdentityId does not belong to this user")
    if found.blocked:
        raise SoapFault("Server", f"{BLOCKED}, ask GetIdentitiesWithCredential for another")
    return found


def has_session(call: Call, around: Surroundings) -> Answer:
    """Whether the session id that came along is alive."""
    return Answer(call.session is not None)


def get_identities(call: Call, around: Surroundings) -> Answer:
    """The identities of the session's user."""
    call.client()
    return Answer(_identities(call, around))


def get_identities_with_credential(call: Call, around: Surroundings) -> Answer:
    """The identities that credentials open; none when they do not fit."""
    user = _user(call.body.child("credential"), around)
    return Answer([] if user is None else [_show(each, None) for each in around.store.identities(user)])


def _identities(call: Call, around: Surroundings) -> list[Payload]:
    if call.session is None:
        return []
    current = call.session.identity
    return [_show(each, current) for each in around.store.identities(call.session.username)]


def get_identity(call: Call, around: Surroundings) -> Answer:
    """The identity that the session is on."""
    call.client()
    shown = [each for each in _identities(call, around) if isinstance(each, dict) and each["IsCurrent"]]
    return Answer(shown[0] if shown else None)


def set_identity_by_id(call: Call, around: Surroundings) -> Answer:
    """Move the session to another identity of its user; false when the user has no such identity."""
    return _move(call, around, call.body.text("identityId").lower())


def set_identity(call: Call, around: Surroundings) -> Answer:
    """As SetIdentityById, by a whole Identity of which only the id counts."""
    identity = call.body.child("identity")
    return _move(call, around, "" if identity is None else identity.text("Id").lower())


def _move(call: Call, around: Surroundings, wanted: str) -> Answer:
    call.client()
    user = "" if call.session is None else call.session.username
    if wanted not in {each.id for each in around.store.identities(user)}:
        return Answer(False, verdict="refused")
    identity = _choose(around.store.identities(user), wanted)
    around.store.move_session(call.token or "", identity.id)
    return Answer(True)


def _show(identity: Identity, current: str | None) -> Payload:
    return {
        "Id": identity.id,
        "User": {"Id": identity.id, "Name": f"User of {identity.client}"},
        "Client": {"Id": identity.client_id, "Name": identity.client_name},
        "IsCurrent": identity.id == current,
        "IsDefault": identity.is_default,
        "IsProtected": False,
        "IsDisabled": identity.blocked,
    }


HANDLERS: Handlers = {
    "GetIdentities": get_identities,
    "GetIdentitiesWithCredential": get_identities_with_credential,
    "GetIdentity": get_identity,
    "HasSession": has_session,
    "Login": login,
    "SetIdentity": set_identity,
    "SetIdentityById": set_identity_by_id,
}
