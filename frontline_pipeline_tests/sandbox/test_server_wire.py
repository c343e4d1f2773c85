"""The stand-in on the wire: what it serves, and which messages it refuses before they reach a service."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from server_kit import (
    ACCOUNT,
    AUTHENTICATE,
    CLIENT,
    NS,
    PROJECT,
    TRANSACTION,
    Stranger,
    company,
    envelope,
    fault_of,
    post,
)

from frontline_pipeline.sandbox.app import HttpRequest
from frontline_pipeline.sandbox.server import SandboxServer

HAS_SESSION = f'<HasSession xmlns="{NS}"/>'
ENTRY = "<Entry><AccountNo>1900</AccountNo><Date>2026-11-23T00:00:00</Date><Amount>1.00</Amount></Entry>"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company()]) as running:
        yield running


def save_message(entry: str, before: str = "") -> bytes:
    return envelope(
        f'<SaveBundleList xmlns="{NS}"><BundleList><Bundles><Bundle><YearId>2026</YearId><Vouchers><Voucher>'
        f"<TransactionNo>1</TransactionNo><Entries>{entry}</Entries><Sort>2</Sort></Voucher></Vouchers>"
        f"<Sort>2</Sort></Bundle></Bundles>{before}</BundleList></SaveBundleList>"
    )


@pytest.mark.parametrize("path", [ACCOUNT, AUTHENTICATE, CLIENT, PROJECT, TRANSACTION])
@pytest.mark.parametrize("query", ["?wsdl", "?WSDL"])
def test_wsdl_is_served_at_the_real_path_with_its_own_address(server: SandboxServer, path: str, query: str) -> None:
    response = requests.get(server.url + path + query, timeout=20)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    places = {node.get("location") for node in etree.fromstring(response.content).iter("{*}address")}
    assert places == {server.url + path}


def test_wsdl_address_follows_the_host_the_caller_used(server: SandboxServer) -> None:
    response = requests.get(f"{server.url}{ACCOUNT}?wsdl", headers={"Host": "peer.example:8080"}, timeout=20)
    assert f"http://peer.example:8080{ACCOUNT}" in response.text
    forged = requests.get(f"{server.url}{ACCOUNT}?wsdl", headers={"Host": 'x"><script>'}, timeout=20)
    assert "<script" not in forged.text
    assert "&lt;script" not in forged.text
    assert server.url in forged.text


def test_path_case_does_not_matter(server: SandboxServer) -> None:
    response = post(server.url, AUTHENTICATE.upper(), envelope(HAS_SESSION), f"{NS}/HasSession")
    assert "<tns:HasSessionResult>false<" in response.text


def test_service_page_lists_operations(server: SandboxServer) -> None:
    assert "SaveBundleList" in requests.get(server.url + ACCOUNT, timeout=20).text


def test_unknown_path_is_404(server: SandboxServer) -> None:
    assert requests.get(server.url + "/nothing", timeout=20).status_code == 404
    assert post(server.url, "/nothing", envelope(HAS_SESSION)).status_code == 404


def test_operation_is_found_by_body_when_soapaction_is_empty_or_missing(server: SandboxServer) -> None:
    assert post(server.url, AUTHENTICATE, envelope(HAS_SESSION)).status_code == 200
    bare = requests.post(
        server.url + AUTHENTICATE, data=envelope(HAS_SESSION), headers={"Content-Type": "text/xml"}, timeout=20
    )
    assert bare.status_code == 200


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>"""
FILE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>"""


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"", "Client", "not well-formed"),
        (b"<a><b></a>", "Client", "not well-formed"),
        (BOMB, "Client", "document type"),
        (FILE, "Client", "document type"),
        (b"<a/>", "Client", "Expected a SOAP 1.1 Envelope"),
        (envelope(HAS_SESSION, namespace="http://www.w3.org/2003/05/soap-envelope"), "VersionMismatch", "SOAP 1.1"),
        (envelope(""), "Client", "one element in the SOAP Body, got 0"),
        (envelope(HAS_SESSION * 2), "Client", "one element in the SOAP Body, got 2"),
        (envelope(f'<NoSuch xmlns="{NS}"/>'), "Client", "no operation for element"),
        (envelope('<HasSession xmlns="urn:other"/>'), "Client", "no operation for element {urn:other}HasSession"),
        (envelope(HAS_SESSION, '<a xmlns="urn:a" s:mustUnderstand="1"/>'), "MustUnderstand", "Header a"),
    ],
)
def test_malformed_messages_are_refused(server: SandboxServer, body: bytes, code: str, text: str) -> None:
    got_code, got_text = fault_of(post(server.url, AUTHENTICATE, body))
    assert got_code == f"soap:{code}"
    assert text in got_text
    assert "root:" not in got_text


def test_soapaction_of_another_operation_is_refused(server: SandboxServer) -> None:
    response = post(server.url, AUTHENTICATE, envelope(HAS_SESSION), f"{NS}/Login")
    assert fault_of(response) == (
        "soap:Client",
        f"SOAPAction '{NS}/Login' does not belong to HasSession, expected '{NS}/HasSession'",
    )


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (ENTRY.replace("1.00", "1,00"), "'1,00' is not a valid value of the atomic type 'xs:decimal'"),
        (ENTRY.replace("1.00", "1E+2"), "'1E+2' is not a valid value"),
        (ENTRY.replace("1.00", "NaN"), "'NaN' is not a valid value"),
        (ENTRY.replace("2026-11-23T00:00:00", "2026-11-23"), "'xs:dateTime'"),
        (ENTRY.replace("<Date>2026-11-23T00:00:00</Date>", ""), "Amount': This element is not expected"),
        (
            "<Entry><Amount>1</Amount><AccountNo>1900</AccountNo><Date>2026-11-23T00:00:00</Date></Entry>",
            "Amount': This element is not expected",
        ),
        (ENTRY.replace("<Amount>", "<Foo>1</Foo><Amount>"), "Foo': This element is not expected"),
        (ENTRY.replace("1900", "99999999999"), "'xs:int'"),
        (ENTRY.replace("</Amount>", "</Amount><LinkId>abc</LinkId>"), "LinkId': [facet 'pattern']"),
    ],
)
def test_schema_invalid_messages_name_the_xsd_error(server: SandboxServer, entry: str, error: str) -> None:
    code, text = fault_of(post(server.url, ACCOUNT, save_message(entry), f"{NS}/SaveBundleList"))
    assert code == "soap:Client"
    assert "not valid against the schema" in text
    assert error in text


def test_schema_valid_date_that_no_calendar_holds_is_a_client_fault(server: SandboxServer) -> None:
    stranger = Stranger(server.url)
    cookie = f"ASP.NET_SessionId={stranger.login(company())}"
    entry = ENTRY.replace("2026-11-23T00:00:00", "12026-11-23T00:00:00")
    response = post(server.url, ACCOUNT, save_message(entry), f"{NS}/SaveBundleList", Cookie=cookie)
    assert fault_of(response)[0] == "soap:Client"


def test_other_content_types_are_refused(server: SandboxServer) -> None:
    response = post(server.url, AUTHENTICATE, envelope(HAS_SESSION), **{"Content-Type": "application/soap+xml"})
    assert response.status_code == 415
    compressed = post(server.url, AUTHENTICATE, envelope(HAS_SESSION), **{"Content-Encoding": "gzip"})
    assert compressed.status_code == 415


def test_a_body_without_length_or_too_long_is_refused_and_the_connection_closed(server: SandboxServer) -> None:
    for head, status in (("", b"411"), ("Content-Length: 99999999999\r\n", b"413"), ("Content-Length: x\r\n", b"411")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
            peer.sendall(f"POST {ACCOUNT} HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\n{head}\r\n".encode())
            answer = b"".join(iter(lambda peer=peer: peer.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b"Connection: close" in answer


def test_a_truncated_body_is_never_acted_upon(server: SandboxServer) -> None:
    before = server.app.statistics.as_dict()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        peer.sendall(f"POST {ACCOUNT} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nshort".encode())
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(4096) == b""
    assert server.app.statistics.as_dict() == before


def test_connection_is_kept_alive(server: SandboxServer) -> None:
    peer = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    ports = set()
    for _ in range(3):
        peer.request("POST", AUTHENTICATE, envelope(HAS_SESSION), {"Content-Type": "text/xml"})
        response = peer.getresponse()
        assert response.version == 11
        assert response.status == 200
        response.read()
        assert peer.sock is not None
        ports.add(peer.sock.getsockname()[1])
    peer.close()
    assert len(ports) == 1


SPOILT = st.one_of(
    st.tuples(st.integers(0, 900), st.integers(0, 30), st.binary(max_size=12)),
    st.tuples(
        st.integers(0, 900), st.integers(0, 3), st.sampled_from([b"-", b"9" * 30, b"&#0;", b"<a/>", b"\xff", b"Z"])
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoil=SPOILT)
def test_no_message_however_spoilt_brings_the_stand_in_to_fall(
    server: SandboxServer, spoil: tuple[int, int, bytes]
) -> None:
    """Bytes cut out and put in anywhere: an answer or a clear refusal, never an inner failure."""
    place, cut, put = spoil
    token = server.store.open_session(company().username, str(company().all_identities()[0].id), 60)
    whole = save_message(ENTRY * 2)
    message = whole[:place] + put + whole[place + cut :]
    headers = {"content-type": "text/xml", "cookie": f"ASP.NET_SessionId={token}"}
    reply = server.app.answer(HttpRequest("POST", ACCOUNT, headers, message, server.url))
    root = etree.fromstring(reply.body)
    assert reply.status in {200, 500}
    assert "its log says why" not in "".join(root.itertext())
