#!/usr/bin/python3
"""The baseline of bench/tail_rate: what a Python program with websocket-client and json does with the same stream.

  python_client.py URL COUNT     logs in, subscribes to fvTenant, reads COUNT events' dn and status, prints events/s
"""
import json
import ssl
import sys
import time

import requests
import websocket

requests.packages.urllib3.disable_warnings()


def main():
    url, count = sys.argv[1], int(sys.argv[2])
    login = requests.post(url + "/api/aaaLogin.json", verify=False,
                          json={"aaaUser": {"attributes": {"name": "admin", "pwd": "password"}}})
    token = login.json()["imdata"][0]["aaaLogin"]["attributes"]["token"]
    channel = websocket.create_connection(url.replace("http", "ws", 1) + "/socket" + token,
                                          sslopt={"cert_reqs": ssl.CERT_NONE})
    requests.get(url + "/api/class/fvTenant.json?subscription=yes", verify=False, cookies={"APIC-cookie": token})
    seen, began = 0, None
    while seen < count:
        frame = json.loads(channel.recv())
        if began is None:
            began = time.monotonic()
        for item in frame["imdata"]:
            for managed_object in item.values():
                attributes = managed_object["attributes"]
                if attributes["dn"] and attributes["status"]:
                    seen += 1
    seconds = time.monotonic() - began
    print("%d events in %.3f s, %.0f events/s" % (seen, seconds, seen / seconds))


main()
