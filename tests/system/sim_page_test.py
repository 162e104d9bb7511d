#!/usr/bin/python3
"""apicsim's own page: it is readable in light and dark, and what it tells people to type works as it stands there."""
import os
import subprocess
import sys

from browser import Browser, chromium
from programs import Api, Apicsim, BIN, folder, main, run


def what_it_says_to_type_works():
    with Apicsim() as sim, Browser() as page, folder() as here:
        page.call("Security.setIgnoreCertificateErrors", ignore=True)
        page.go(sim.url + "/")
        page.until("document.querySelectorAll('#status dd').length === 6")
        lines = page.text("[data-curl]")
        assert sim.url in lines and "127.0.0.1:8443" not in lines, lines
        answer = subprocess.run(["bash", "-ec", lines], capture_output=True, text=True, cwd=here, timeout=60)
        assert answer.returncode == 0 and '"token"' in answer.stdout and "uni/tn-Heroes" in answer.stdout, answer
        assert Api(sim.url).call("GET", "/api/mo/uni/tn-Heroes.json")["imdata"][0]["fvTenant"]["attributes"]["descr"] == "Saves the day"
        for heading in ("Like a controller", "Differently", "Not at all"):
            assert heading in page.js("document.body.innerText"), heading
        assert not page.complaints, page.complaints


def it_is_readable_in_light_and_dark():
    with Apicsim() as sim:
        for dark in (False, True):
            for width in (1280, 400):
                with Browser(dark=dark, width=width, height=1000) as page:
                    page.call("Security.setIgnoreCertificateErrors", ignore=True)
                    page.go(sim.url + "/")
                    # The contrast of every text to what is behind it, as WCAG asks for: 4.5.
                    poor = page.js("""(() => {
                      const rgb = c => c.match(/[\\d.]+/g).map(Number);
                      const light = c => { const [r, g, b] = rgb(c).slice(0, 3).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                        return .2126 * r + .7152 * g + .0722 * b; };
                      const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                        if ((rgb(c)[3] ?? 1) > 0) return c; } return 'rgb(255,255,255)'; };
                      const poor = [];
                      for (const e of document.querySelectorAll('main *')) {
                        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
                        const a = light(getComputedStyle(e).color), b = light(behind(e));
                        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                        if (ratio < 4.5) poor.push([e.tagName, e.textContent.slice(0, 30), ratio]);
                      }
                      return poor; })()""")
                    assert not poor, (dark, poor)
                    assert page.js("document.documentElement.scrollWidth <= innerWidth"), ("it scrolls sideways", width)
                    if os.environ.get("ACI_PICTURES"):
                        page.picture(os.path.join(os.environ["ACI_PICTURES"], "sim-%s-%d.png" % ("dark" if dark else "light", width)))


def help_teaches():
    text = run("apicsim", "--help").stdout
    for word in ("--fabric", "--state", "--scenario", "curl", "in a browser", "Exit codes"):
        assert word in text, word


if not chromium():
    print("no chromium")
    sys.exit(77)
main([what_it_says_to_type_works, it_is_readable_in_light_and_dark, help_teaches])
