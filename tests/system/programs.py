"""What the system tests share: starting the real programs on free ports, waiting for what they print, receivers to post to."""
import http.server
import json
import os
import queue
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BIN = os.environ.get("ACI_BIN") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "bin")
PATIENCE = 60  # seconds a wait may take before the test fails; nothing waits for a fixed time


class Program:
    """A running program whose output lines can be waited for."""

    def __init__(self, *arguments, env=None, cwd=None):
        self.process = subprocess.Popen([os.path.join(BIN, arguments[0]), *arguments[1:]], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
                                        env={**os.environ, **(env or {})})
        self.lines = {"out": [], "err": []}
        self.news = queue.Queue()
        self.threads = [threading.Thread(target=self._read, args=(name, stream), daemon=True)
                        for name, stream in (("out", self.process.stdout), ("err", self.process.stderr))]
        for thread in self.threads:
            thread.start()

    def _read(self, name, stream):
        for line in stream:
            self.lines[name].append(line.rstrip("\n"))
            self.news.put(None)
        self.news.put(None)

    def wait_line(self, pattern, stream="err"):
        deadline = time.monotonic() + PATIENCE
        while True:
            # Asked first: what a program printed before it ended is all there once its readers have ended.
            ended = not any(thread.is_alive() for thread in self.threads)
            for line in self.lines[stream]:
                found = re.search(pattern, line)
                if found:
                    return found
            if ended:
                break
            try:
                self.news.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                break
        raise AssertionError("no line %r in %s of the program; it printed %r" % (pattern, stream, self.lines))

    def finish(self):
        """Waits for the end; returns the exit status."""
        status = self.process.wait(timeout=PATIENCE)
        for thread in self.threads:
            thread.join()
        return status

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.finish()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.finish()


class Apicsim(Program):
    def __init__(self, *arguments):
        super().__init__("apicsim", "--listen", "127.0.0.1:0", *arguments)
        self.url = self.wait_line(r"apicsim: serving (\S+)", "out").group(1)
        self.login_flags = ["-u", self.url, "-l", "admin", "-p", "password", "--insecure"]


def run(*arguments, env=None, cwd=None, stdin=subprocess.DEVNULL):
    """Runs a program to its end."""
    return subprocess.run([os.path.join(BIN, arguments[0]), *arguments[1:]], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **(env or {})}, cwd=cwd, stdin=stdin)


class Api:
    """The controller's REST API over one kept connection."""

    def __init__(self, url, password="password"):
        import requests
        requests.packages.urllib3.disable_warnings()
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False  # or a CA bundle named in the environment would win over the next line
        self.http.verify = False
        login = self.call("POST", "/api/aaaLogin.json", {"aaaUser": {"attributes": {"name": "admin", "pwd": password}}})
        # Named by hand: the controller's cookie is Secure, and would not go over plain HTTP.
        self.http.cookies.clear()
        self.token = login["imdata"][0]["aaaLogin"]["attributes"]["token"]
        self.http.headers["Cookie"] = "APIC-cookie=" + self.token

    def call(self, method, path, body=None):
        answer = self.http.request(method, self.url + path, json=body)
        assert answer.status_code == 200, (method, path, answer.status_code, answer.text)
        return answer.json()

    def sim(self, path, body=None):
        answer = self.http.request("POST" if body is not None else "GET", self.url + "/_sim/" + path, json=body)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()


class Receiver:
    """An HTTP receiver that keeps what was posted; `answers` are (status, headers, body) given one after the other, then 200."""

    def __init__(self, answers=()):
        self.posts = queue.Queue()
        pending = list(answers)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes, and the second would wait for a late ACK

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, text = pending.pop(0) if pending else (200, {}, "ok")
                receiver.posts.put((status, dict(self.headers), body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        """The next post as (status answered, headers, body)."""
        try:
            return self.posts.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError("nothing was posted") from None

    def close(self):
        self.server.shutdown()


def folder():
    return tempfile.TemporaryDirectory(prefix="aciwatch-test-")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(tests):
    """Runs the functions; prints a line each; the exit status says whether all passed."""
    failed = 0
    for test in tests:
        try:
            test()
            print("ok   " + test.__name__, flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print("FAIL " + test.__name__ + ": " + repr(error), flush=True)
            if os.environ.get("ACI_TRACE"):
                raise
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    sys.exit(failed != 0)
