"""A headless chromium, driven over its DevTools protocol: enough to look at a page, press its keys and take its picture."""
import base64
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

from programs import PATIENCE


def chromium():
    """The path of the browser, None when none is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    def __init__(self, width=1280, height=800, dark=False):
        import websocket
        self.folder = tempfile.mkdtemp(prefix="aciwatch-test-")
        self.process = subprocess.Popen(
            [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*",
             "--user-data-dir=" + self.folder, "about:blank"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        port = next(found.group(1) for found in (re.search(r"ws://127\.0\.0\.1:(\d+)", line) for line in self.process.stderr) if found)
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()
        targets = json.load(urllib.request.urlopen("http://127.0.0.1:%s/json" % port, timeout=PATIENCE))
        page = next(target for target in targets if target["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE)
        self.calls = 0
        self.complaints = []  # errors of scripts and of the content security policy
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.calls += 1
        self.socket.send(json.dumps({"id": self.calls, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.calls:
                assert "error" not in answer, answer
                return answer["result"]
            entry = answer.get("params", {}).get("entry", {})
            # That the service is away is what some tests want; it is no complaint about the page.
            if answer.get("method") == "Runtime.exceptionThrown" or (entry.get("level") == "error" and entry.get("source") != "network"):
                self.complaints.append(answer["params"])

    def js(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, (expression, answer["exceptionDetails"])
        return answer["result"].get("value")

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href.startsWith(%s)" % json.dumps(url))

    def until(self, expression):
        """Waits until the expression is true."""
        deadline = time.monotonic() + PATIENCE
        while self.js("Boolean(%s)" % expression) is not True:
            assert time.monotonic() < deadline, "never true: " + expression + "; the page shows " + self.js("document.body.innerText")
            time.sleep(0.02)

    def text(self, selector):
        return self.js("document.querySelector(%s).innerText" % json.dumps(selector))

    def count(self, selector):
        return self.js("document.querySelectorAll(%s).length" % json.dumps(selector))

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **({"text": key} if len(key) == 1 and kind == "keyDown" else
                      {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)
