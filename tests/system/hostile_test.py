#!/usr/bin/python3
"""Garbage on every door of apicsim: an error envelope or a closed connection, and it serves on."""
import os
import random
import socket
import ssl

from programs import Api, Apicsim, main


def connect(sim, tls=True):
    host, port = sim.url.split("//")[1].split(":")
    raw = socket.create_connection((host, int(port)), timeout=30)
    if not tls:
        return raw
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(raw)


def exchange(sim, data, tls=True, half_close=False):
    """What comes back until the peer closes or has answered."""
    try:
        with connect(sim, tls) as peer:
            peer.sendall(data)
            if half_close:
                peer.shutdown(socket.SHUT_WR)
            return peer.recv(65536)
    except (ConnectionError, ssl.SSLError, OSError):
        return b""


def request(method, target, body=b"", *headers):
    lines = ["%s %s HTTP/1.1" % (method, target), "Host: apic", "Connection: close", "Content-Length: %d" % len(body), *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def alive(sim):
    Api(sim.url).call("GET", "/api/class/fvTenant.json")


def logged_in_cookie(sim):
    return "Cookie: APIC-cookie=" + Api(sim.url).token


def garbage_instead_of_tls_and_http():
    rng = random.Random(1)
    with Apicsim() as sim:
        for size in (1, 5, 100, 20000):
            exchange(sim, rng.randbytes(size), tls=False, half_close=True)
            exchange(sim, rng.randbytes(size) + b"\r\n\r\n")
        exchange(sim, b"GET / HTTP/1.1\r\n\r\n", tls=False)
        exchange(sim, b"\x16\x03\x01\x00\x05hello", tls=False, half_close=True)
        alive(sim)


def half_a_request_holds_nobody_up():
    with Apicsim() as sim:
        with connect(sim) as waiting, connect(sim) as body_missing:
            waiting.sendall(b"POST /api/aaaLogin.json HTTP/1.1\r\nContent-")
            body_missing.sendall(b"POST /api/aaaLogin.json HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
            alive(sim)
        alive(sim)


def ten_megabytes_of_header():
    with Apicsim() as sim:
        exchange(sim, b"GET /api/class/fvTenant.json HTTP/1.1\r\nX: " + b"a" * (10 << 20) + b"\r\n\r\n")
        exchange(sim, b"GET /" + b"a" * (10 << 20) + b" HTTP/1.1\r\n\r\n")
        alive(sim)


def bodies_that_are_no_objects():
    with Apicsim() as sim:
        cookie = logged_in_cookie(sim)
        deep = b'{"fvTenant":{"attributes":{"name":"x"},"children":[' * 5000
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe\xfd", b'{"fvTenant":1}', b'{"fvTenant":{"attributes":{"name":"\xc3\x28"}}}',
                     b'{"fvTenant":{"attributes":{"name":5}}}', b"[" * 100000, b'{"a":' * 100000, deep, b"<fvTenant", b"<a>" * 10000,
                     b'{"fvTenant":{"children":[],"attributes":{}}}', b'{"fvTenant":{},"fvAp":{}}', os.urandom(1000)):
            for suffix in ("json", "xml"):
                answer = exchange(sim, request("POST", "/api/mo/uni." + suffix, body, cookie))
                assert answer.startswith(b"HTTP/1.1 400"), (body[:60], suffix, answer[:200])
                assert b"error" in answer, answer
        alive(sim)


def targets_that_are_no_queries():
    with Apicsim() as sim:
        cookie = logged_in_cookie(sim)
        for target in ("/api/class/fvNope.json", "/api/class/.json", "/api/mo/uni/tn-[.json", "/api/nope/x.json",
                       "/api/class/fvTenant.json?query-target=nope", "/api/class/fvTenant.json?query-target-filter=eq(", "/api/class/fvTenant.json?page-size=x",
                       "/api/class/fvTenant.json?query-target-filter=" + "not(" * 1000, "/api/class/fvTenant.json?order-by=nope",
                       "/api/subscriptionRefresh.json", "/api/subscriptionRefresh.json?id=abc", "/api/%00.json", "/api/class/%ff%fe.json"):
            answer = exchange(sim, request("GET", target, b"", cookie))
            assert answer.startswith(b"HTTP/1.1 ") and not answer.startswith(b"HTTP/1.1 5"), (target, answer[:200])
            assert b"error" in answer or b"404" in answer, (target, answer[:300])
        alive(sim)


def wrong_websocket_frames():
    with Apicsim() as sim:
        token = Api(sim.url).token
        upgrade = ("GET /socket%s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % token).encode()
        for frames in (b"\x81\x05hello", b"\xff\xff" + b"\xff" * 8, b"\x83\x80abcd", b"\x89\xfe\x01\x00abcd" + b"x" * 256, b"\x80\x80abcd",
                       b"\x81\x85abcdhel", os.urandom(500), b"\x88\x81abcdx"):
            with connect(sim) as peer:
                peer.sendall(upgrade)
                answer = peer.recv(4096)
                assert answer.startswith(b"HTTP/1.1 101"), answer
                try:
                    peer.sendall(frames)
                    if frames != b"\x81\x85abcdhel":  # an unfinished frame is only waited for
                        while peer.recv(4096):
                            pass
                except (ConnectionError, ssl.SSLError):
                    pass
        refused = exchange(sim, upgrade.replace(token.encode(), b"no-such-token"))
        assert refused.startswith(b"HTTP/1.1 403"), refused
        alive(sim)


def control_api_takes_no_nonsense():
    with Apicsim() as sim:
        for path, body in (("chaos", b""), ("chaos", b"{}"), ("chaos", b'{"explode":true}'), ("chaos", b'{"mute_seconds":-1}'), ("storm", b"[]"),
                           ("storm", b'{"class":"fvNope","count":1}'), ("storm", b'{"class":"fvTenant","count":0}'), ("storm", b'{"class":"fvTenant","count":1e99}')):
            answer = exchange(sim, request("POST", "/_sim/" + path, body))
            assert answer.startswith(b"HTTP/1.1 400") and b"error" in answer, (path, body, answer)
        assert exchange(sim, request("GET", "/_sim/nope")).startswith(b"HTTP/1.1 404")
        alive(sim)


main([garbage_instead_of_tls_and_http, half_a_request_holds_nobody_up, ten_megabytes_of_header, bodies_that_are_no_objects,
      targets_that_are_no_queries, wrong_websocket_frames, control_api_takes_no_nonsense])
