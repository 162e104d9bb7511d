#!/usr/bin/python3
"""Requests as real clients send them: no URL tool has looked at them, no proxy has put them right. Each gets what it asks for, or
an error as a controller words it; none a 5xx, none no answer."""
import json
import socket
import tempfile

from programs import Api, Apicsim, PATIENCE, main

TENANTS = "/api/class/fvTenant.json"
HEROES = '{"fvTenant":{"attributes":{"dn":"uni/tn-%s"}}}'


class Line:
    """A connection, plain or with TLS being none of its business."""

    def __init__(self, sim):
        host, port = sim.url.split("//")[1].split(":")
        self.peer = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.input = self.peer.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.peer.close()

    def send(self, data):
        self.peer.sendall(data)

    def answer(self, has_body=True):
        """The next answer as (status, headers, body)."""
        status = self.input.readline()
        assert status.startswith(b"HTTP/1.1 "), status
        headers = {}
        for line in iter(self.input.readline, b"\r\n"):
            assert line, "the connection ended inside an answer's head"
            name, value = line.decode().split(": ", 1)
            headers[name] = value.strip()
        body = self.input.read(int(headers.get("Content-Length", 0))) if has_body else b""
        return int(status.split()[1]), headers, body

    def ended(self):
        return self.input.read() == b""


def request(target, cookie, method="GET", version="HTTP/1.1", body=None, headers=()):
    """Bytes of a request; target and header lines as they are, str in UTF-8."""
    lines = ["%s %s %s" % (method, target, version), "Host: apic", *headers]
    if cookie:
        lines.append("Cookie: " + cookie)
    if body is not None:
        lines.append("Content-Length: %d" % len(body.encode()))
    return "\r\n".join(lines).encode(errors="surrogateescape") + b"\r\n\r\n" + (body or "").encode()


class Front:
    """An apicsim with tenants whose descriptions are not tidy either."""

    def __init__(self):
        tenants = [{"fvTenant": {"attributes": {"dn": "uni/tn-" + name, "name": name, "descr": descr}}}
                   for name, descr in (("Blank", "a b"), ("Wide", "ä€"), ("Odd", "<>{}^`\\|'"), ("Plus", "a+b"), ("Percent", "100%"))]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"imdata": tenants}, file)
            file.flush()
            self.sim = Apicsim("--http", "--load", file.name)
        self.cookie = "APIC-cookie=" + Api(self.sim.url).token

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sim.__exit__()

    def ask(self, data, has_body=True):
        """The answer to one request, on a connection of its own; the server must take another one behind it, or end it."""
        with Line(self.sim) as line:
            line.send(data)
            status, headers, body = line.answer(has_body)
            if headers["Connection"] == "close":
                assert line.ended()
            else:
                line.send(request(TENANTS, self.cookie))
                assert line.answer()[0] == 200, "the request behind it"
            return status, headers, body

    def names(self, target, cookie=None, **how):
        status, _, body = self.ask(request(target, cookie or self.cookie, **how))
        assert status == 200, (target, status, body)
        return [mo["fvTenant"]["attributes"]["name"] for mo in json.loads(body)["imdata"]]

    def error(self, data):
        """Status of an answer that must be an error as the controller words it."""
        status, headers, body = self.ask(data)
        assert headers["Content-Type"] == "application/json", (data[:100], headers)
        error = json.loads(body)["imdata"][0]["error"]["attributes"]
        assert error["text"] and error["code"].isdigit(), body
        assert status == 301 or 400 <= status < 500, (data[:100], status, body)  # 301 is what a controller says of filters
        return status


def untidy_targets():
    with Front() as front:
        where = TENANTS + "?query-target-filter="
        for found, target in {
                "Blank": [where + 'eq(fvTenant.descr, "a b")', where + 'eq(fvTenant.descr,"a b")', where + 'eq(fvTenant.descr,"a%20b")',
                          where + "eq(fvTenant.descr%2c%22a+b%22)".replace("(", "%28").replace(")", "%29"),
                          where + 'and(eq(fvTenant.descr, "a b"), ne(fvTenant.name, "x  y"))', "  " + where + 'eq(fvTenant.descr, "a b")  '],
                "Wide": [where + 'eq(fvTenant.descr,"ä€")', where + 'eq(fvTenant.descr, "%C3%A4%e2%82%ac")'],
                "Odd": [where + "eq(fvTenant.descr,\"<>{}^`\\|'\")", where + "eq(fvTenant.descr, \"%3c%3E{}^`\\%7c%27\")"],
                "Plus": [where + 'eq(fvTenant.descr,"a+b")', where + 'eq(fvTenant.descr,"a%2bb")'],
                "Percent": [where + 'eq(fvTenant.descr,"100%")', where + 'eq(fvTenant.descr,"100%25")'],
        }.items():
            for one in target:
                assert front.names(one) == [found], one
        everyone = sorted(front.names(TENANTS))
        for target in ("?", "?&", "&".join(("?", "", "rsp-prop-include=all", "")), "??", "?nothing", "?no=thing", "?page-size", "?order-by=",
                       "?page-size=1&page-size=100", "?_dc=1234567890", "?rsp-subtree=full&rsp-subtree=no"):
            assert sorted(front.names(TENANTS + target)) == everyone, target
        for target in ("/api/node/class/fvTenant.json", "/api/class/fvTenant%2ejson", "/api/class/fv%54enant.json", "//api/class/fvTenant.json",
                       "http://apic" + TENANTS, "HTTP://apic:80" + TENANTS, "https://[::1]:8443" + TENANTS + "?x=http://y/"):
            assert sorted(front.names(target)) == everyone, target


def targets_that_lead_nowhere():
    with Front() as front:
        where = TENANTS + "?query-target-filter="
        for target in ("/api/class/fvTenant", "/api/class/fvTenant.html", "/api/class/fvTenant.JSON", "/api/class/fvTenant.json/", "/api/",
                       "/api/class/fvTenant.json&page-size=1", "/api/class/.json", "/api/class/fvTenant.json#top",
                       "/api/mo/uni/tn-%00.json", "/api/mo/uni/tn-%2", "/api/mo/uni/tn-[a b.json", TENANTS + "?page-size=%", TENANTS + "?page-size=1;page=0",
                       TENANTS + "?page-size=1?page=0", where + "eq(", where + 'eq(fvTenant.descr "a b")', where + "eq(fvTenant.descr, 'a b)", where + "%",
                       "/socket", "/socket with blanks", "http://apic/api/class/fvNope.json"):
            assert front.error(request(target, front.cookie)) in (301, 400, 426), target
        # Some clients' base addresses end with a slash.
        assert front.ask(request("//api//class//fvTenant.json", front.cookie))[0] == 200
        # What is not below /api is not the controller's to answer.
        for target in ("*", "/favicon.ico", "api/class/fvTenant.json", "/API/class/fvTenant.json", "?x", "http:///api", "%2fapi"):
            assert front.ask(request(target, front.cookie))[0] == 404, target


def untidy_cookies():
    with Front() as front:
        token = front.cookie.partition("=")[2]
        everyone = sorted(front.names(TENANTS))
        for cookie in ("APIC-Cookie=" + token, "apic-cookie=" + token, "APIC-cookie=" + token + ";", " ; ;;=;junk; a=b=c; APIC-cookie=" + token + " ;x",
                       "\udcff\udcfe=\udc80; APIC-cookie=" + token, 'APIC-cookie="%s"' % token, "a=b;APIC-cookie=" + token):
            assert sorted(front.names(TENANTS, cookie)) == everyone, cookie
        assert sorted(front.names(TENANTS, headers=["cookie: a=b", "X: y"])) == everyone
        for cookie in ("APIC-cookie", "APIC-cookie=", "APIC-cookie=" + token + "x", "=" + token, token, ";", "\udcff", "APIC-cookie=a b"):
            assert front.error(request(TENANTS, cookie)) == 403, cookie
        assert front.error(request(TENANTS, None)) == 403


def logins_at_either_address():
    with Front() as front:
        body = '{"aaaUser":{"attributes":{"name":"admin","pwd":"password"}}}'
        for target in ("/api/aaaLogin.json", "/api/mo/aaaLogin.json", "/api/aaaLogin.json?", "/api/aaaLogin.json?gui-token-request=yes&",
                       "//api/aaaLogin.json", "http://apic/api/aaaLogin.json"):
            status, headers, _ = front.ask(request(target, None, "POST", body=body))
            assert status == 200 and headers["Set-Cookie"].startswith("APIC-cookie="), (target, status)


def methods_and_versions():
    with Front() as front:
        length = len(front.ask(request(TENANTS, front.cookie))[2])
        status, headers, body = front.ask(request(TENANTS, front.cookie, "HEAD"), has_body=False)
        assert status == 200 and int(headers["Content-Length"]) == length and not body
        assert front.ask(request("/api/class/fvNope.json", front.cookie, "HEAD"), has_body=False)[0] == 400
        for method in ("PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "NONSENSE", "get"):
            assert front.error(request(TENANTS, front.cookie, method)) == 400, method
        status, headers, body = front.ask(request(TENANTS, front.cookie, version="HTTP/1.0"))
        assert status == 200 and headers["Connection"] == "close" and len(body) == length
        for version, keep in (("HTTP/1.0", "keep-alive"), ("HTTP/1.1", "Keep-Alive"), ("HTTP/1.1", "TE, keep-alive")):
            status, headers, _ = front.ask(request(TENANTS, front.cookie, version=version, headers=["Connection: " + keep]))
            assert status == 200 and headers["Connection"] == "keep-alive", (version, keep, headers)
        assert front.ask(request(TENANTS, front.cookie, headers=["Connection: Close"]))[1]["Connection"] == "close"
        for version in ("HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3", "http/1.1", "HTTP/1.1.1", "HTTP", "ICY"):
            assert front.error(request(TENANTS, front.cookie, version=version)) == 400, version
        for data in (b"GET %s\r\n\r\n" % TENANTS.encode(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\nGET\r\n\r\n", b"GET\r\nHost: a\r\n\r\n",
                     request(TENANTS, front.cookie).replace(b"\r\n", b"\n"), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"):
            assert front.error(data) == 400, data[:100]
        # An offer of HTTP/2, as curl --http2 makes it, is not taken up.
        assert front.ask(request(TENANTS, front.cookie, headers=["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                                                                 "HTTP2-Settings: AAMAAABkAAQAAP__"]))[0] == 200


def headers_of_every_kind():
    with Front() as front:
        everyone = sorted(front.names(TENANTS))
        for headers in (["Accept-Encoding: gzip, deflate, br"], ["Accept: application/xml"], ["X: \udcff\udcfe"], ["X:"], ["X: a", " folded"],
                        ["Content-Type: nonsense"], ["Host: another"], ["X: a"] * 1000, ["X: " + "a" * 12000], ["Expect: nonsense"], ["TE: trailers"],
                        ["Authorization: Basic eDp5"], ["If-Modified-Since: yesterday"], ["Range: bytes=0-1"]):
            assert sorted(front.names(TENANTS, headers=headers)) == everyone, headers
            assert "Content-Encoding" not in front.ask(request(TENANTS, front.cookie, headers=headers))[1]
        for headers in (["no colon"], ["A B: c"], ["A : c"], [": c"], ["Ä: c"], ["A: \x01"], ["Content-Length: x"], ["Content-Length: -1"],
                        ["Content-Length: 1", "Content-Length: 2"], ["Content-Length: 1", "Transfer-Encoding: chunked"]):
            assert front.error(request(TENANTS, front.cookie, headers=headers)) == 400, headers
        assert front.error(request(TENANTS, front.cookie, headers=["X: " + "a" * 20000])) == 431
        assert front.error(request(TENANTS, front.cookie, headers=["X: a"] * 5000)) == 431
        assert sorted(front.names(TENANTS + "?x=" + "a" * 15000)) == everyone
        for size in (20000, 200000):
            assert front.error(request(TENANTS + "?x=" + "a" * size, front.cookie)) == 414


def bodies_of_every_kind():
    with Front() as front:
        body = HEROES % "Heroes"
        chunks = "%x;ext=1\r\n%s\r\n%x\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])

        def post(data, *headers):
            return request("/api/mo/uni.json", front.cookie, "POST", headers=headers) + data.encode()

        length = "Content-Length: %d" % len(body)
        for data in (post(chunks, "Transfer-Encoding: chunked"), post(body, length), post(body, length, length),
                     post(body, length, "Content-Type: application/x-www-form-urlencoded"), post(body, length, "Content-Type: application/xml"),
                     post(body, length, "Content-Type: ;;;"), post(body, length, "Content-Type: text/plain; charset=nonsense")):
            status, _, answer = front.ask(data)
            assert status == 200, (data, answer)
        assert front.names("/api/mo/uni/tn-Heroes.json") == ["Heroes"]
        # Without a length there is no body, and what comes is no request.
        with Line(front.sim) as line:
            line.send(post(body))
            assert line.answer()[0] == 400
            assert line.answer()[0] == 400 and line.ended()
        for data in (post(""), post("", "Content-Length: 0"), post("0\r\n\r\n", "Transfer-Encoding: chunked")):
            assert front.error(data) == 400
        assert front.error(post("zzz\r\n", "Transfer-Encoding: chunked")) == 400
        assert front.error(post("", "Content-Length: %d" % ((64 << 20) + 1))) == 413
        assert front.error(post("", "Content-Length: %d" % ((64 << 20) + 1), "Expect: 100-continue")) == 413
        assert front.error(post("", "Content-Length: 99999999999999999999")) in (400, 413)
        # GET with a body: it is read, and means nothing.
        assert front.ask(request(TENANTS, front.cookie, body="body"))[0] == 200
        # A body that ends too early, or a head.
        for data in (post(body[:5], length), b"GET / HT", post("5\r\nab", "Transfer-Encoding: chunked")):
            with Line(front.sim) as line:
                line.send(data)
                line.peer.shutdown(socket.SHUT_WR)
                status, _, answer = line.answer()
                assert status == 400 and b"too early" in answer and line.ended(), (data, answer)


def who_expects_100_is_told_to_go_on():
    with Front() as front:
        big = HEROES[:-3] % "Big" + ',"descr":"%s"}}}' % ("x" * 5)
        for expect in ("100-continue", "100-Continue"):
            with Line(front.sim) as line:
                head = request("/api/mo/uni.json", front.cookie, "POST", headers=["Expect: " + expect, "Content-Length: %d" % len(big)])
                line.send(head)
                assert line.answer() == (100, {}, b"")
                line.send(big.encode())
                assert line.answer()[0] == 200
                # Who does not wait is not told.
                line.send(head + big.encode())
                assert line.answer()[0] == 200
        with Line(front.sim) as line:  # HTTP/1.0 knows nothing of it
            line.send(request("/api/mo/uni.json", front.cookie, "POST", "HTTP/1.0", headers=["Expect: 100-continue", "Content-Length: %d" % len(big)]))
            line.send(big.encode())
            assert line.answer()[0] == 200 and line.ended()


def many_requests_in_one_piece_and_one_in_many():
    with Front() as front:
        count = 200
        with Line(front.sim) as line:
            line.send(b"\r\n".join(request(TENANTS + "?n=%d" % i + ("&x=a b" if i % 2 else ""), front.cookie) for i in range(count)))
            bodies = {line.answer()[2] for _ in range(count)}
            assert len(bodies) == 1
            line.send(request(TENANTS, front.cookie, "HEAD") + request("/api/class/fvNope.json", front.cookie) + request(TENANTS, front.cookie))
            assert line.answer(has_body=False)[0] == 200
            assert line.answer()[0] == 400
            assert line.answer()[2] in bodies
            line.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in request(TENANTS + '?query-target-filter=eq(fvTenant.descr, "a b")', front.cookie):
                line.send(bytes([byte]))
            assert json.loads(line.answer()[2])["totalCount"] == "1"


if __name__ == "__main__":
    main([untidy_targets, targets_that_lead_nowhere, untidy_cookies, logins_at_either_address, methods_and_versions, headers_of_every_kind,
          bodies_of_every_kind, who_expects_100_is_told_to_go_on, many_requests_in_one_piece_and_one_in_many])
