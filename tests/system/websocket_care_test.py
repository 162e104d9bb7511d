#!/usr/bin/python3
"""apicsim's websocket, frame by frame, as RFC 6455 wants it: each case is what a client sends and what must come back.

Whatever a client sends must do no harm: the same socket still gets its pushes, or it is closed with the right code; another
socket gets its pushes all the while.
"""
import json
import socket
import struct
import time

from programs import Api, Apicsim, PATIENCE, main

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"
HANDSHAKE = {"Host": "apic", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455, section 1.3
TENANTS = "/api/class/fvTenant.json"


def frame(opcode, payload=b"", fin=True, reserved=0, masked=True, length_bytes=None):
    """A client's frame; `length_bytes` chooses a longer form of the length than needed."""
    size = len(payload)
    form = length_bytes if length_bytes is not None else 0 if size < 126 else 2 if size < 65536 else 8
    head = bytes([fin << 7 | reserved << 4 | opcode, masked << 7 | {0: size, 2: 126, 8: 127}[form]])
    head += size.to_bytes(form, "big") if form else b""
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at & 3] for at, byte in enumerate(payload))


def close(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


class Socket:
    """A raw connection; after open() a websocket."""

    def __init__(self, url):
        host, port = url.split("//")[1].split(":")
        self.peer = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()

    def send(self, data, piece=None):
        for at in range(0, len(data), piece or len(data) or 1):
            self.peer.sendall(data[at:at + (piece or len(data))])

    def read(self, size):
        while len(self.input) < size:
            more = self.peer.recv(65536)
            assert more, "the connection ended, and a frame was due; there is %r" % self.input
            self.input += more
        read, self.input = self.input[:size], self.input[size:]
        return read

    def read_head(self):
        while b"\r\n\r\n" not in self.input:
            self.input += self.peer.recv(65536) or b"\r\n\r\n"
        head, self.input = self.input.split(b"\r\n\r\n", 1)
        return head.decode()

    def open(self, token, behind_it=b"", piece=None, **headers):
        lines = ["GET /socket%s HTTP/1.1" % token]
        lines += ["%s: %s" % (name, value) for name, value in {**HANDSHAKE, **headers}.items() if value is not None]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + behind_it, piece)
        return self.read_head()

    def next(self):
        """The next frame as (opcode, payload). A server's frames are whole, not masked, and without extensions."""
        first, second = self.read(2)
        assert first & 0xf0 == 0x80, "frame begins with %#x" % first
        assert second < 0x80, "a server's frame is masked"
        size = second
        if size > 125:
            size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
        return first & 0x0f, self.read(size)

    def ended(self):
        """Whether the server ends the connection, in order and without another word."""
        return not self.input and self.peer.recv(65536) == b""


def name_of(push):
    opcode, payload = push
    assert opcode == TEXT, push
    return json.loads(payload)["imdata"][0]["fvTenant"]["attributes"]["dn"]


class Door:
    """An apicsim and one subscribed socket that only listens."""

    def __init__(self):
        self.sim = Apicsim("--http")
        self.count = 0
        self.witness_api = Api(self.sim.url)
        self.witness = self.subscribed(self.witness_api)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.witness.peer.close()
        self.sim.__exit__()

    def subscribed(self, api, **how):
        sock = Socket(self.sim.url)
        head = sock.open(api.token, **how)
        assert head.startswith("HTTP/1.1 101 "), head
        api.call("GET", TENANTS + "?subscription=yes")
        return sock

    def push(self):
        """Makes a tenant, of which every open socket hears; the witness has."""
        self.count += 1
        dn = "uni/tn-T%d" % self.count
        self.witness_api.call("POST", "/api/mo/%s.json" % dn, {"fvTenant": {"attributes": {}}})
        assert name_of(self.witness.next()) == dn
        return dn


HELLO = "Hello, wörld: κόσμε €".encode()

# name, what the client sends, what comes back: frames, and "open" or the close payload that it is ended with.
OPEN = "open"
CASES = [
    # Messages: nothing is expected of a client, and nothing comes of it.
    ("text", frame(TEXT, HELLO), [], OPEN),
    ("empty text", frame(TEXT), [], OPEN),
    ("text that looks like a push", frame(TEXT, b'{"subscriptionId":["1"],"imdata":[]}'), [], OPEN),
    ("text that looks like a request", frame(TEXT, b"GET /api/class/fvTenant.json HTTP/1.1\r\n\r\n"), [], OPEN),
    ("binary", frame(BINARY, bytes(range(256))), [], OPEN),
    *[("text of %d bytes" % size, frame(TEXT, b"x" * size), [], OPEN) for size in (125, 126, 127, 128, 65535, 65536, 1 << 20)],
    ("text beyond 1 MiB", frame(TEXT, b"x" * ((1 << 20) + 1)), [], 1009),
    ("fragments beyond 1 MiB", frame(TEXT, b"x" * (1 << 19), fin=False) + frame(CONTINUATION, b"x" * (1 << 19), fin=False)
     + frame(CONTINUATION, b"x"), [], 1009),
    ("head of a text of 2^63 - 1 bytes", b"\x81\xff\x7f" + b"\xff" * 7 + MASK, [], 1009),
    ("length of 64 bits with the highest set", b"\x81\xff" + b"\xff" * 8 + MASK, [], 1009),
    # Lengths in a longer form than needed.
    ("16 bits for 5 bytes", frame(TEXT, b"Hello", length_bytes=2), [], 1002),
    ("64 bits for 5 bytes", frame(TEXT, b"Hello", length_bytes=8), [], 1002),
    # Masks.
    ("text without mask", frame(TEXT, b"Hello", masked=False), [], 1002),
    ("ping without mask", frame(PING, b"Hello", masked=False), [], 1002),
    ("close without mask", frame(CLOSE, masked=False), [], 1002),
    # Pings and pongs.
    ("ping without payload", frame(PING), [(PONG, b"")], OPEN),
    ("ping with text", frame(PING, b"Hello"), [(PONG, b"Hello")], OPEN),
    ("ping with bytes", frame(PING, b"\x00\xff\xfe\xfd"), [(PONG, b"\x00\xff\xfe\xfd")], OPEN),
    ("ping of 125 bytes", frame(PING, b"\xfe" * 125), [(PONG, b"\xfe" * 125)], OPEN),
    ("ping of 126 bytes", frame(PING, b"\xfe" * 126), [], 1002),
    ("ten pings", b"".join(frame(PING, b"%d" % i) for i in range(10)), [(PONG, b"%d" % i) for i in range(10)], OPEN),
    ("pong that nobody asked for", frame(PONG), [], OPEN),
    ("pong with payload, then ping", frame(PONG, b"x" * 125) + frame(PING, b"p"), [(PONG, b"p")], OPEN),
    ("pong of 126 bytes", frame(PONG, b"x" * 126), [], 1002),
    # Reserved bits and opcodes.
    *[("reserved bits %d" % bits, frame(TEXT, b"Hello", reserved=bits), [], 1002) for bits in range(1, 8)],
    ("reserved bit on a ping", frame(PING, reserved=1), [], 1002),
    ("good text, then reserved bit, then ping", frame(TEXT, b"x") + frame(TEXT, b"y", reserved=1) + frame(PING), [], 1002),
    *[("opcode %d" % opcode, frame(opcode, b"x"), [], 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)],
    ("ping, then opcode 3", frame(PING, b"p") + frame(3), [(PONG, b"p")], 1002),
    # Fragments.
    ("text in two", frame(TEXT, b"frag", fin=False) + frame(CONTINUATION, b"ment"), [], OPEN),
    ("text in one-byte fragments", frame(TEXT, HELLO[:1], fin=False)
     + b"".join(frame(CONTINUATION, HELLO[i:i + 1], fin=False) for i in range(1, len(HELLO))) + frame(CONTINUATION), [], OPEN),
    ("pings between fragments", frame(TEXT, b"a", fin=False) + frame(PING, b"1") + frame(CONTINUATION, b"b", fin=False)
     + frame(PING, b"2") + frame(PONG) + frame(CONTINUATION, b"c"), [(PONG, b"1"), (PONG, b"2")], OPEN),
    ("close between fragments", frame(TEXT, b"a", fin=False) + close(1000), [], 1000),
    ("ping in fragments", frame(PING, b"a", fin=False) + frame(CONTINUATION, b"b"), [], 1002),
    ("pong in fragments", frame(PONG, b"a", fin=False) + frame(CONTINUATION, b"b"), [], 1002),
    ("close in fragments", frame(CLOSE, b"\x03\xe8", fin=False), [], 1002),
    ("continuation of nothing", frame(CONTINUATION, b"x"), [], 1002),
    ("unfinished continuation of nothing", frame(CONTINUATION, b"x", fin=False), [], 1002),
    ("continuation after a whole text", frame(TEXT, b"x") + frame(CONTINUATION, b"y"), [], 1002),
    ("continuation after fragments", frame(TEXT, b"a", fin=False) + frame(CONTINUATION, b"b") + frame(CONTINUATION, b"c"),
     [], 1002),
    ("text inside a text", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), [], 1002),
    ("binary inside a text", frame(TEXT, b"a", fin=False) + frame(BINARY, b"b", fin=False), [], 1002),
    # UTF-8.
    *[("good UTF-8 %r" % text, frame(TEXT, text), [], OPEN)
      for text in (b"\x00", b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbe",
                   b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf")],
    *[("bad UTF-8 %r" % text, frame(TEXT, b"good " + text), [], 1007)
      for text in (b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x8f\xbf\xbf",
                   b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xfe", b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9d\x84",
                   b"\xe2\x28\xa1", b"\xf8\x88\x80\x80\x80")],
    ("character split between fragments", frame(TEXT, b"\xe2\x82", fin=False) + frame(CONTINUATION, b"\xac"), [], OPEN),
    ("character split around a ping", frame(TEXT, b"\xf0\x9d", fin=False) + frame(PING) + frame(CONTINUATION, b"\x84\x9e"),
     [(PONG, b"")], OPEN),
    ("character cut by the last fragment", frame(TEXT, b"\xe2", fin=False) + frame(CONTINUATION, b"\x82"), [], 1007),
    ("bad UTF-8 split between fragments", frame(TEXT, b"\xed", fin=False) + frame(CONTINUATION, b"\xa0\x80"), [], 1007),
    ("bad UTF-8 in a binary", frame(BINARY, b"\xff\xfe"), [], OPEN),
    # Closing.
    ("close without payload", frame(CLOSE), [], b""),
    ("close with half a code", frame(CLOSE, b"\x03"), [], 1002),
    *[("close %d" % code, close(code), [], code)
      for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)],
    *[("close %d" % code, close(code), [], 1002)
      for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)],
    ("close with a reason", close(1000, HELLO), [], 1000),
    ("close with a reason of 123 bytes", close(1000, b"x" * 123), [], 1000),
    ("close with a reason of 124 bytes", close(1000, b"x" * 124), [], 1002),
    ("close with a reason that is not UTF-8", close(1000, b"\xce\xba\xff"), [], 1007),
    ("close with a cut reason", close(1000, b"\xe2\x82"), [], 1007),
    ("close twice", close(1000) + close(1001), [], 1000),
    ("ping after close", close(1000) + frame(PING, b"late"), [], 1000),
    ("text after close", close(3000) + frame(TEXT, b"late"), [], 3000),
    ("a million bytes after close", close(3000) + b"x" * 1000000, [], 3000),
]


def run_case(door, api, case, piece=None):
    _, data, answers, end = case
    with door.subscribed(api) as sock:
        sock.send(data, piece)
        for expected in answers:
            assert sock.next() == expected
        if end == OPEN:
            sock.send(frame(PING, b"still there"), piece)
            assert sock.next() == (PONG, b"still there")
            dn = door.push()
            assert name_of(sock.next()) == dn
            return
        opcode, payload = sock.next()
        assert opcode == CLOSE, (opcode, payload)
        assert payload[:2] == (end if isinstance(end, bytes) else struct.pack("!H", end)), payload
        assert len(payload) <= 125 and payload[2:].decode() is not None
        assert sock.ended()


def run_cases(cases, piece=None):
    with Door() as door:
        api = Api(door.sim.url)
        for case in cases:
            try:
                run_case(door, api, case, piece)
            except (AssertionError, OSError) as error:
                raise AssertionError(case[0], error) from error
        door.push()


def every_case():
    run_cases(CASES)


def every_short_case_byte_by_byte():
    run_cases([case for case in CASES if len(case[1]) < 200], 1)


def handshakes():
    with Door() as door:
        api = Api(door.sim.url)

        def head_of(token=api.token, **headers):
            with Socket(door.sim.url) as sock:
                return sock.open(token, **{name.replace("_", "-"): value for name, value in headers.items()})

        for good in ({}, {"Upgrade": "WebSocket"}, {"Connection": "keep-alive, upgrade"}, {"Origin": "http://elsewhere"},
                     {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame"},
                     {"Sec_WebSocket_Protocol": "chat, superchat"}, {"Cookie": "APIC-cookie=" + api.token}, {"Host": None}):
            head = head_of(**good)
            assert head.startswith("HTTP/1.1 101 "), (good, head)
            assert "Sec-WebSocket-Accept: " + ACCEPT in head, head
            # Neither was agreed on, whatever was offered.
            assert "Sec-WebSocket-Extensions" not in head and "Sec-WebSocket-Protocol" not in head, head
        for wrong, status in (({"Upgrade": None}, 426), ({"Upgrade": "h2c"}, 426), ({"Connection": None}, 426),
                              ({"Connection": "close"}, 426), ({"Sec_WebSocket_Version": None}, 426),
                              ({"Sec_WebSocket_Version": "8"}, 426), ({"Sec_WebSocket_Version": "14"}, 426),
                              ({"Sec_WebSocket_Version": "x"}, 426), ({"Sec_WebSocket_Key": None}, 400),
                              ({"Sec_WebSocket_Key": ""}, 400), ({"Sec_WebSocket_Key": "c2hvcnQ="}, 400),
                              ({"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ"}, 400), ({"Sec_WebSocket_Key": "!" * 24}, 400),
                              ({"token": "no-such-token"}, 403), ({"token": ""}, 403)):
            head = head_of(**wrong)
            assert head.startswith("HTTP/1.1 %d " % status), (wrong, head)
            assert "Content-Type: application/json" in head, head
            if status == 426:
                assert "Sec-WebSocket-Version: 13" in head and "Upgrade: websocket" in head, head
        door.push()


def handshakes_in_pieces_and_with_frames_behind():
    with Door() as door:
        api = Api(door.sim.url)
        with Socket(door.sim.url) as sock:
            assert sock.open(api.token, piece=1).startswith("HTTP/1.1 101 ")
            sock.send(frame(PING, b"slow"), 1)
            assert sock.next() == (PONG, b"slow")
        many = b"".join(frame(PING, b"%d" % i) + frame(TEXT, b"x" * 1000) for i in range(200))
        with door.subscribed(api, behind_it=many) as sock:
            for i in range(200):
                assert sock.next() == (PONG, b"%d" % i)
            dn = door.push()
            assert name_of(sock.next()) == dn
        with Socket(door.sim.url) as sock:
            assert sock.open(api.token, behind_it=close(4000)).startswith("HTTP/1.1 101 ")
            assert sock.next() == (CLOSE, struct.pack("!H", 4000))
            assert sock.ended()
        # A request and the handshake behind it, in one piece.
        with Socket(door.sim.url) as sock:
            sock.send(b"HEAD / HTTP/1.1\r\nHost: apic\r\n\r\n")
            assert sock.open(api.token, behind_it=frame(PING, b"behind")).startswith("HTTP/1.1 404 ")
            assert sock.read_head().startswith("HTTP/1.1 101 ")
            assert sock.next() == (PONG, b"behind")


def a_socket_that_goes_without_a_word_leaves_nothing_behind():
    with Door() as door:
        api = Api(door.sim.url)
        for last in (b"", frame(TEXT, b"half", fin=False), frame(PING, b"x" * 100)[:20], b"\x81"):
            with door.subscribed(api) as sock:
                sock.send(last)
        give_up = time.monotonic() + PATIENCE
        while door.witness_api.sim("status")["channels"] > 1:
            assert time.monotonic() < give_up
            door.push()
        assert door.witness_api.sim("status")["subscriptions"] == 1


def a_socket_that_does_not_read_is_cut_and_hurts_nobody():
    faults = "/api/class/faultInst.json?subscription=yes&page-size=1"
    count = 10000
    with Door() as door:
        door.witness_api.call("GET", faults)
        api = Api(door.sim.url)
        with door.subscribed(api) as deaf:
            for _ in range(400):  # each push names all of them, so that few pushes are many bytes
                api.call("GET", faults)
            door.witness_api.sim("storm", {"class": "faultInst", "count": count})
            for _ in range(count):
                opcode, payload = door.witness.next()
                assert opcode == TEXT and b"faultInst" in payload
            # 64 MiB have waited, and what the systems' buffers take is less than the rest.
            assert door.witness_api.sim("status")["channels"] == 1
            pushes = 0
            try:
                while deaf.next()[0] == TEXT:
                    pushes += 1
            except (AssertionError, ConnectionError):
                pass  # the bytes ended in a frame
            assert 0 < pushes < count, pushes
        door.push()


if __name__ == "__main__":
    main([every_case, every_short_case_byte_by_byte, handshakes, handshakes_in_pieces_and_with_frames_behind,
          a_socket_that_goes_without_a_word_leaves_nothing_behind, a_socket_that_does_not_read_is_cut_and_hurts_nobody])
