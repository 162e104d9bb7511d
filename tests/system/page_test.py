#!/usr/bin/python3
"""The page that `aciwatch demo` serves, in a real browser: what it shows, what it says of itself, and that foreign text stays text."""
import json
import sys

from browser import Browser, chromium
from programs import Api, Program, free_port, main

HOSTILE = "<img src=x onerror=document.title='broken'> </script><b>\u202e&amp;"


class Demo(Program):
    def __init__(self, port=0):
        super().__init__("aciwatch", "demo", "--quiet-fabric", "--web-port", str(port or free_port()), "--apic-port", str(free_port()))
        self.page = self.wait_line(r"the room +(http://\S+)", "out").group(1)
        self.apic = self.wait_line(r"the controller +(https://\S+)", "out").group(1)


def open_page(demo, **options):
    browser = Browser(**options)
    browser.go(demo.page + "/")
    browser.until("document.getElementById('state-text').textContent === 'live'")
    return browser


def tenant(api, name, **attributes):
    api.call("POST", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": name, **attributes}}})


def a_change_is_a_row_and_a_message():
    with Demo() as demo, open_page(demo) as page:
        assert "aciwatch set uni/tn-WS_Example fvTenant" in page.text("#commands"), "the empty page teaches"
        api = Api(demo.apic)
        tenant(api, "Heroes", descr="first")
        page.until("document.querySelectorAll('#changes .change').length === 1")
        row = page.text("#changes .change")
        assert "created" in row and "Heroes" in row and "uni/tn-Heroes" in row, row
        assert page.js("document.getElementById('empty').hidden")
        page.until("document.querySelectorAll('#messages .message').length === 1")
        message = page.text("#messages .message")
        assert "aciwatch" in message and "Heroes created" in message and "uni/tn-Heroes" in message, message
        assert page.text("#room-title") == "# snv-noc"
        tenant(api, "Heroes", descr="second")
        page.until("document.querySelectorAll('#changes .change').length === 2")
        # The newest is first, and opens by keyboard.
        page.js("document.querySelector('#changes summary').focus()")
        page.press("Enter")
        page.until("document.querySelector('#changes .change details').open && document.querySelector('#changes .diff')")
        assert page.text("#changes .diff").split() == ["descr", "first", "second"], page.text("#changes .diff")
        page.until("document.querySelectorAll('#messages .message').length === 2")
        assert not page.complaints, page.complaints


def foreign_text_stays_text():
    """The simulated controller refuses such texts in most properties; others may not, so the page is given them directly."""
    attributes = {name: HOSTILE for name in ("descr", HOSTILE)}
    change = {"fabric": HOSTILE, "seq": 1, "time": HOSTILE, "class": HOSTILE, "dn": HOSTILE, "op": "modified", "origin": HOSTILE,
              "before": {}, "after": attributes, "changed": list(attributes), "label": HOSTILE, "name": HOSTILE}
    item = {"tone": HOSTILE, "kind": HOSTILE, "name": HOSTILE, "verb": HOSTILE, "remark": HOSTILE, "dn": HOSTILE, "tenant": HOSTILE,
            "fabric": HOSTILE, "time": HOSTILE, "fields": [{"name": HOSTILE, "from": None, "to": HOSTILE}], "moreFields": 1, "changes": True}
    message = {"id": HOSTILE, "tone": HOSTILE, "title": HOSTILE, "items": [item, item], "more": 1, "notShown": 1}
    gap = {"fabric": HOSTILE, "watch": HOSTILE, "from": HOSTILE, "to": HOSTILE, "reason": HOSTILE, "found": 1}
    with Demo() as demo, open_page(demo) as page:
        page.js("queue(changes, %s)" % json.dumps(change))
        page.js("queue(changes, %s)" % json.dumps({"gap": gap}))
        page.js("queue(messages, %s)" % json.dumps({"receiver": HOSTILE, "time": HOSTILE, "message": message}))
        page.until("document.querySelector('#messages .message') && document.querySelector('#changes .change')")
        page.js("document.querySelector('#changes summary').click()")
        page.until("document.querySelector('#changes table')")
        for selector in ("#changes table", "#changes summary", "#changes .note", "#messages .message"):
            assert "<img src=x onerror" in page.js("document.querySelector(%s).textContent" % json.dumps(selector)), selector
        assert page.count("#changes img, #changes script, #changes b b, #messages .lines img, #messages script") == 0
        assert page.js("document.title") == "aciwatch"
        assert not page.complaints, page.complaints


def filters_and_pause():
    with Demo() as demo, open_page(demo) as page:
        api = Api(demo.apic)
        for name in ("Red", "Green", "Blue"):
            tenant(api, name)
        api.call("DELETE", "/api/mo/uni/tn-Red.json")
        page.until("document.querySelectorAll('#changes .change').length === 4")
        shown = "[...document.querySelectorAll('#changes .change')].filter((row) => !row.hidden).length"
        page.press("/")
        for letter in "gReeN":
            page.press(letter)
        page.until(shown + " === 1")
        assert page.text("#count") == "1 of 4 shown"
        page.js("document.getElementById('filter').blur()")
        page.js("document.querySelector('.op.created').click()")
        page.until(shown + " === 0 && !document.getElementById('none').hidden")
        page.js("document.getElementById('clear').click()")
        page.until(shown + " === 4")
        page.press("p")
        tenant(api, "Later")
        page.until("document.getElementById('waiting').innerText === '1 new change: show'")
        assert page.count("#changes .change") == 4
        page.press("p")
        page.until("document.querySelectorAll('#changes .change').length === 5 && document.getElementById('waiting').hidden")


def says_when_it_does_not_see():
    with Demo() as demo, open_page(demo) as page:
        api = Api(demo.apic)
        tenant(api, "Before")
        page.until("document.querySelectorAll('#changes .change').length === 1")
        api.sim("chaos", {"refuse": {"status": 503, "seconds": 3}, "drop_channels": True})
        page.until("document.getElementById('state').className === 'state blind'")
        page.until("document.getElementById('state').className === 'state live'")
        page.until("document.querySelector('#changes .note') && document.querySelector('#changes .note').innerText.includes('was blind from')")


def comes_back_to_a_service_that_was_started_anew():
    with Demo() as demo:
        port = int(demo.page.rsplit(":", 1)[1])
        with open_page(demo) as page:
            tenant(Api(demo.apic), "Before")
            page.until("document.querySelectorAll('#changes .change').length === 1")
            demo.stop()
            page.until("document.getElementById('state').className === 'state reconnecting'")
            with Demo(port) as again:
                page.until("document.getElementById('state').className === 'state live'")
                tenant(Api(again.apic), "After")
                page.until("document.querySelectorAll('#changes .change').length === 2")
                assert "changes are missing" in page.text("#changes .note")


def a_storm_leaves_a_page_that_answers():
    with Demo() as demo, open_page(demo) as page:
        Api(demo.apic).sim("storm", {"class": "faultInst", "count": 3000})
        page.until("document.getElementById('count').innerText.endsWith('of 3,000')")
        assert page.count("#changes > li") + page.count("#messages > li") <= 500


if __name__ == "__main__":
    if not chromium():
        print("skipped: chromium is not installed (apt-get install chromium)")
        sys.exit(77)
    main([a_change_is_a_row_and_a_message, foreign_text_stays_text, filters_and_pause, says_when_it_does_not_see,
          comes_back_to_a_service_that_was_started_anew, a_storm_leaves_a_page_that_answers])
