#!/usr/bin/python3
"""The modules of Debian's Ansible collection cisco.aci, unmodified, against apicsim: what each creates, changes, finds and deletes.

A module is run as Ansible runs it, by its main() with its arguments, but in this process: a playbook takes a second for each.
"""
import contextlib
import importlib
import io
import json
import os
import sys
import types

from programs import Apicsim, main

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "keys")

TENANT = {"tenant": "Shop"}
AP = {**TENANT, "ap": "Web"}
EPG = {**AP, "epg": "Front"}
ESG = {**AP, "esg": "Safe"}
BD = {**TENANT, "bd": "Lan"}
CONTRACT = {**TENANT, "contract": "Http"}
SUBJECT = {**CONTRACT, "subject": "Ports"}
L3OUT = {**TENANT, "l3out": "Wan"}
NODES = {**L3OUT, "node_profile": "Borders"}
NODE = {**NODES, "pod_id": 1, "node_id": 101}
PORTS = {**NODES, "interface_profile": "Uplinks"}
PORT = {**PORTS, "pod_id": 1, "node_id": "101", "path_ep": "eth1/1"}
VPC = {**PORTS, "pod_id": 1, "node_id": "101-102", "path_ep": "Pair"}
EXTERNAL = {**L3OUT, "extepg": "Internet"}
L2OUT = {**TENANT, "l2out": "Campus"}
LEAF_PORTS = {"interface_profile": "Leaf101"}
SELECTOR = {**LEAF_PORTS, "access_port_selector": "Servers"}
SPAN = {**TENANT, "src_group": "Watched"}
USER = {"aaa_user": "operator"}
VMM = {"domain": "Cloud", "vm_provider": "vmware"}
VLANS = {"pool": "Servers", "pool_allocation_mode": "static"}
PHYSICAL = {"domain": "Racks", "domain_type": "phys"}


def described(module, name, **more):
    return module, name, {"description": "first", **more}, {"description": "second"}


# (module, what names the object, what it is created with, what is changed then). What stands further down may need what stands
# above. Nothing to change: None.
MODULES = [
    described("tenant", TENANT),
    ("vrf", {**TENANT, "vrf": "Main"}, {"policy_control_preference": "unenforced", "preferred_group": "enabled"},
     {"policy_control_preference": "enforced", "policy_control_direction": "egress"}),
    ("tenant_ep_retention_policy", {**TENANT, "epr_policy": "Slow"}, {"bounce_age": 700, "bounce_trigger": "coop"},
     {"bounce_age": 630, "remote_ep_interval": 600, "move_frequency": 10}),
    described("epg_monitoring_policy", {**TENANT, "monitoring_policy": "Closely"}),
    ("bd", BD, {"vrf": "Main", "arp_flooding": True, "mac_address": "00:22:BD:F8:19:FE", "l2_unknown_unicast": "flood"},
     {"arp_flooding": False, "multi_dest": "drop", "endpoint_move_detect": "garp", "mac_address": "00:22:BD:F8:19:FF"}),
    ("bd_subnet", {**BD, "gateway": "10.1.0.1", "mask": 24}, {"scope": ["shared", "public"], "preferred": True},
     {"scope": ["private"], "subnet_control": "querier_ip", "preferred": False}),
    described("l3out", L3OUT, vrf="Main", domain="Outside", l3protocol=["bgp"], route_control=["export"], dscp="AF11"),
    ("bd_to_l3out", {**BD, "l3out": "Wan"}, {}, None),
    described("ap", AP),
    ("epg", EPG, {"bd": "Lan", "intra_epg_isolation": "enforced", "priority": "level1"},
     {"preferred_group": True, "fwd_control": "proxy-arp", "priority": "unspecified"}),
    described("contract", CONTRACT, scope="global", dscp="EF", priority="level2"),
    ("contract_subject", SUBJECT, {"reverse_filter": True, "consumer_match": "at_least_one", "dscp": "CS1"},
     {"reverse_filter": False, "priority": "level3", "provider_match": "none"}),
    described("filter", {**TENANT, "filter": "Tcp"}),
    ("filter_entry", {**TENANT, "filter": "Tcp", "entry": "Web"},
     {"ether_type": "ip", "ip_protocol": "tcp", "dst_port_start": 80, "dst_port_end": 443, "stateful": True},
     {"dst_port_start": 8000, "dst_port_end": 8080, "stateful": False}),
    ("contract_subject_to_filter", {**SUBJECT, "filter": "Tcp"}, {"action": "permit", "directives": "log"},
     {"action": "deny", "priority_override": "level1"}),
    described("contract_export", {**CONTRACT, "name": "Exported", "destination_tenant": "common"}),
    ("vzany_to_contract", {**CONTRACT, "vrf": "Main", "type": "provider"}, {}, None),
    described("taboo_contract", {**TENANT, "taboo_contract": "Telnet"}),
    ("epg_to_contract", {**EPG, "contract": "Http", "contract_type": "provider"}, {"provider_match": "none"}, {"priority": "level1"}),
    ("epg_to_contract_interface", {**EPG, "contract_interface": "Exported"}, {}, {"priority": "level2"}),
    ("epg_to_contract_master", {**EPG, "contract_master_ap": "Web", "contract_master_epg": "Back"}, {}, None),
    ("epg_to_domain", {**EPG, **PHYSICAL}, {"deploy_immediacy": "immediate"}, {"resolution_immediacy": "pre-provision"}),
    ("static_binding_to_epg", {**EPG, "pod_id": 1, "leafs": [101], "interface": "1/5", "interface_type": "switch_port"},
     {"encap_id": 100, "deploy_immediacy": "immediate"}, {"encap_id": 101, "interface_mode": "access"}),
    described("esg", ESG, vrf="Main", intra_esg_isolation="enforced"),
    ("esg_contract_master", {**ESG, "contract_master_ap": "Web", "contract_master_esg": "Safer"}, {}, None),
    described("esg_epg_selector", {**ESG, "epg_ap": "Web", "epg": "Front"}),
    described("esg_ip_subnet_selector", {**ESG, "ip": "10.1.0.1/24"}),
    described("esg_tag_selector", {**ESG, "name": "site", "match_value": "north"}),
    ("l3out_extepg", EXTERNAL, {"preferred_group": True, "dscp": "AF12"}, {"preferred_group": False, "description": "second"}),
    ("l3out_extepg_to_contract", {**EXTERNAL, "contract": "Http", "contract_type": "consumer"}, {"priority": "level1"}, {"priority": "level3"}),
    ("l3out_extsubnet", {**EXTERNAL, "network": "0.0.0.0/0"}, {"scope": ["export-rtctrl", "import-security"], "aggregate": ["export-rtctrl"]},
     {"scope": ["import-security"], "aggregate": []}),
    described("l3out_logical_node_profile", NODES, dscp="CS2"),
    ("l3out_logical_node", NODE, {"router_id": "1.1.1.1", "router_id_as_loopback": "no"}, {"router_id_as_loopback": "yes"}),
    described("l3out_static_routes", {**L3OUT, "logical_node": "Borders", "pod_id": 1, "node_id": 101, "prefix": "10.9.0.0/16"}, preference=5),
    ("l3out_static_routes_nexthop", {**NODE, "prefix": "10.9.0.0/16", "nexthop": "10.2.0.9"}, {}, None),
    ("l3out_logical_interface_profile", PORTS, {"nd_policy": "default"}, {"ingress_dpp_policy": "Slow"}),
    ("l3out_logical_interface_profile_ospf_policy", PORTS, {"ospf_policy": "Quick"}, {"ospf_policy": "Quicker"}),
    ("l3out_interface", PORT, {"interface_type": "ext-svi", "encap": "vlan-200", "address": "10.2.0.1/24", "mtu": "9000", "mode": "native"},
     {"address": "10.2.0.2/24", "mtu": "inherit", "auto_state": "enabled"}),
    ("l3out_interface_secondary_ip", {**PORT, "address": "10.2.0.7/24"}, {"ipv6_dad": "disabled"}, {"ipv6_dad": "enabled"}),
    ("l3out_bgp_peer", {**PORT, "peer_ip": "10.2.0.9"},
     {"remote_asn": 65001, "bgp_controls": ["send-com", "send-ext-com"], "ttl": 2}, {"remote_asn": 65002, "bgp_controls": ["nh-self"]}),
    ("l3out_logical_interface_vpc_member", {**VPC, "side": "A"}, {"address": "10.3.0.1/24"}, {"address": "10.3.0.2/24"}),
    described("l3out_route_tag_policy", {**TENANT, "rtp": "Tagged"}, tag=1000),
    described("l2out", L2OUT, bd="Lan", domain="Outside2", vlan=300),
    described("l2out_extepg", {**L2OUT, "extepg": "Far"}, qos_class="level2", preferred_group=True),
    ("l2out_extepg_to_contract", {**L2OUT, "extepg": "Far", "contract": "Http", "contract_type": "provider"}, {"provider_match": "all"},
     {"provider_match": "at_least_one"}),
    ("l2out_logical_node_profile", {**L2OUT, "node_profile": "Borders"}, {}, None),
    ("l2out_logical_interface_profile", {**L2OUT, "node_profile": "Borders", "interface_profile": "Uplinks"}, {}, None),
    ("l2out_logical_interface_path", {**L2OUT, "node_profile": "Borders", "interface_profile": "Uplinks", "interface_type": "switch_port",
                                      "pod_id": 1, "leaves": [101], "interface": "1/7"}, {}, None),
    ("interface_policy_ospf", {**TENANT, "ospf": "Quick"}, {"network_type": "p2p", "cost": 10, "controls": ["advert-subnet", "passive"]},
     {"hello_interval": 3, "dead_interval": 9, "controls": ["bfd"]}),
    ("igmp_interface_policy", {**TENANT, "name": "Igmp"},
     {"igmp_version": "v3", "fast_leave": True, "allow_v3_asm": False, "report_link_local_groups": True, "query_interval": 60},
     {"igmp_version": "v2", "fast_leave": False}),
    described("tenant_action_rule_profile", {**TENANT, "action_rule": "Set"}),
    described("dhcp_relay", {**TENANT, "name": "Relay"}),
    ("dhcp_relay_provider", {**TENANT, "relay_policy": "Relay", "epg_type": "epg", "anp": "Web", "epg": "Front"},
     {"dhcp_server_addr": "10.1.0.5"}, {"dhcp_server_addr": "10.1.0.6"}),
    ("bd_dhcp_label", {**BD, "dhcp_label": "Relay"}, {"scope": "tenant"}, {"scope": "infra"}),
    ("tenant_span_dst_group", {**TENANT, "destination_group": "Collector"},
     {"destination_epg": {**EPG}, "destination_ip": "10.1.0.50", "source_ip": "10.1.0.51", "span_version": "version_2",
      "version_enforced": False, "flow_id": 1, "ttl": 2, "mtu": 1500, "dscp": "CS1"}, {"mtu": 1400, "flow_id": 3}),
    described("tenant_span_src_group", SPAN, admin_state=True, dst_group="Collector"),
    described("tenant_span_src_group_src", {**SPAN, "name": "All"}, direction="incoming", src_ap="Web", src_epg="Front"),
    described("tenant_span_src_group_to_dst_group", {**SPAN, "dst_group": "Collector2"}),
    # Access policies
    described("vlan_pool", VLANS),
    ("vlan_pool_encap_block", {**VLANS, "block_start": 100, "block_end": 200}, {"block_name": "Low", "allocation_mode": "static"},
     {"description": "second", "allocation_mode": "inherit"}),
    described("encap_pool", {"pool": "Tunnels", "pool_type": "vxlan"}),
    ("encap_pool_range", {"pool": "Servers", "pool_allocation_mode": "static", "pool_type": "vlan", "range_start": 300, "range_end": 400},
     {"range_name": "High"}, {"description": "second"}),
    ("domain", PHYSICAL, {}, None),
    ("domain_to_vlan_pool", {"domain": "Racks3", "domain_type": "phys", **VLANS}, {}, None),
    ("domain_to_encap_pool", {"domain": "Racks2", "domain_type": "phys", **VLANS, "pool_type": "vlan"}, {}, None),
    described("aep", {"aep": "Servers"}),
    ("aep_to_domain", {"aep": "Servers", **PHYSICAL}, {}, None),
    ("aep_to_epg", {"aep": "Servers", **EPG}, {"encap": 110, "interface_mode": "trunk"}, {"encap": 111, "interface_mode": "access"}),
    ("interface_policy_cdp", {"cdp_policy": "Off"}, {"admin_state": True}, {"admin_state": False}),
    ("interface_policy_fc", {"fc_policy": "Fc"}, {"port_mode": "np"}, {"port_mode": "f"}),
    ("interface_policy_l2", {"l2_policy": "L2"}, {"vlan_scope": "portlocal", "qinq": "edge"}, {"vlan_scope": "global", "vepa": True}),
    ("interface_policy_link_level", {"link_level_policy": "Fast"}, {"speed": "10G", "auto_negotiation": False},
     {"speed": "inherit", "link_debounce_interval": 10}),
    ("interface_policy_lldp", {"lldp_policy": "Quiet"}, {"receive_state": False}, {"receive_state": True, "transmit_state": False}),
    ("interface_policy_mcp", {"mcp": "Loops"}, {"admin_state": False}, {"admin_state": True}),
    ("interface_policy_port_channel", {"port_channel": "Lacp"}, {"mode": "active", "max_links": 8, "fast_select": True, "suspend_individual": True},
     {"mode": "mac-pin", "fast_select": False, "symmetric_hash": True}),
    ("interface_policy_port_security", {"port_security": "Few"}, {"max_end_points": 10}, {"max_end_points": 20, "port_security_timeout": 120}),
    ("interface_policy_spanning_tree", {"stp_policy": "Edge"}, {"bpdu_guard": True, "bpdu_filter": True}, {"bpdu_filter": False}),
    described("interface_policy_leaf_breakout_port_group", {"breakout_port_group": "Split"}, breakout_map="10g-4x"),
    ("interface_policy_leaf_policy_group", {"policy_group": "Servers", "lag_type": "leaf"}, {"aep": "Servers", "cdp_policy": "Off"},
     {"link_level_policy": "Fast", "description": "second"}),
    described("interface_policy_leaf_profile", LEAF_PORTS),
    described("access_port_to_interface_policy_leaf_profile", SELECTOR, policy_group="Servers", interface_type="switch_port"),
    ("access_port_block_to_access_port", {**SELECTOR, "port_blk": "Block"}, {"from_port": "1", "to_port": "4"},
     {"to_port": "8", "port_blk_description": "second"}),
    ("access_sub_port_block_to_access_port", {"leaf_interface_profile": "Leaf101", "access_port_selector": "Servers", "leaf_port_blk": "Sub"},
     {"from_port": "10", "to_port": "10", "from_sub_port": "1", "to_sub_port": "2"}, {"to_sub_port": "4"}),
    described("switch_policy_leaf_profile", {"leaf_profile": "Leaf101"}),
    ("switch_leaf_selector", {"leaf_profile": "Leaf101", "leaf": "One", "leaf_node_blk": "Block"}, {"from": 101, "to": 101}, {"to": 102}),
    ("interface_selector_to_switch_policy_leaf_profile", {"leaf_profile": "Leaf101", "interface_selector": "Leaf101"}, {}, None),
    ("switch_policy_vpc_protection_group", {"protection_group": "Pair", "protection_group_id": 5, "switch_1_id": 101, "switch_2_id": 102}, {}, None),
    ("access_span_filter_group_entry", {"filter_group": "Spanned", "source_ip": "1.1.1.1", "destination_ip": "2.2.2.2",
                                        "ip_protocol": "tcp"}, {}, None),
    # Virtual machines
    ("domain", {"domain": "Cloud", "domain_type": "vmm", "vm_provider": "vmware"}, {"access_mode": "read-write"}, {"tag_collection": True}),
    described("vmm_credential", {**VMM, "name": "Vcenter"}, credential_username="root"),
    ("vmm_controller", {**VMM, "name": "Vcenter"}, {"controller_hostname": "10.0.0.9", "datacenter": "One"}, {"stats_collection": "enabled"}),
    # Fabric
    described("fabric_leaf_profile", {"name": "Leafs"}),
    ("fabric_leaf_switch_assoc", {"profile": "Leafs", "name": "All"}, {"description": "first"}, {"policy_group": "Usual"}),
    ("fabric_switch_block", {"switch_type": "leaf", "profile": "Leafs", "association": "All", "name": "Block"}, {"from_node": 101, "to_node": 101},
     {"to_node": 102}),
    described("fabric_switch_policy_group", {"switch_type": "leaf", "name": "Usual"}),
    described("fabric_spine_profile", {"name": "Spines"}),
    ("fabric_pod_policy_group", {"name": "Pods"}, {"date_time_policy": "default"}, {"snmp_policy": "default"}),
    ("fabric_node", {"pod_id": 1, "serial": "FDO12345678", "node_id": 155}, {"switch": "leaf155"}, None),
    ("firmware_source", {"source": "Images"}, {"url": "10.0.0.9/image.iso", "url_protocol": "http"}, {"polling_interval": 30}),
    ("firmware_policy", {"name": "Stable"}, {"version": "n9000-15.2(7)"}, {"version": "n9000-16.0(2)", "ignoreCompat": True}),
    ("firmware_group", {"group": "Even"}, {"firmwarepol": "Stable"}, None),
    ("maintenance_policy", {"name": "Night"}, {"scheduler": "Nights", "runmode": "pauseNever", "graceful": True},
     {"runmode": "pauseOnlyOnFailures", "graceful": False}),
    ("maintenance_group", {"group": "Even"}, {"policy": "Night"}, {"policy": "Day"}),
    ("maintenance_group_node", {"group": "Even", "node": "102"}, {}, None),
    ("bgp_rr_node", {"pod_id": 1, "node_id": 201}, {"description": "first"}, {"description": "second"}),
    ("interface_description", {"pod_id": 1, "node_id": 101, "node_type": "leaf", "interface": "1/9"}, {"description": "first"},
     {"description": "second"}),
    ("interface_blacklist", {"pod_id": 1, "node_id": 101, "interface": "1/9"}, {}, None),
    ("node_mgmt_epg", {"type": "in_band", "epg": "Management"}, {"encap": "vlan-10", "bd": "inb"}, {"encap": "vlan-11"}),
    ("static_node_mgmt_address", {"type": "out_of_band", "epg": "default", "pod_id": 1, "node_id": 101},
     {"ipv4_address": "10.0.0.101/24", "ipv4_gw": "10.0.0.1"}, {"ipv4_address": "10.0.0.111/24"}),
    ("dns_profile", {"dns_profile": "Names"}, {}, None),
    ("dns_domain", {"dns_profile": "Names", "domain": "example.com"}, {"default": True}, {"default": False}),
    ("dns_provider", {"dns_profile": "Names", "address": "10.0.0.53"}, {"preferred": True}, {"preferred": False}),
    described("ntp_policy", {"name": "Clocks"}, admin_state="enabled", server_state="disabled"),
    ("ntp_server", {"ntp_policy": "Clocks", "ntp_server": "10.0.0.12"}, {"min_poll": 4, "max_poll": 10}, {"preferred": True, "max_poll": 8}),
    ("snmp_policy", {"name": "Traps"}, {"admin_state": "enabled", "contact": "desk"}, {"admin_state": "disabled", "location": "hall"}),
    described("snmp_community_policy", {"policy": "Traps", "community": "public"}),
    described("snmp_client_group", {"policy": "Traps", "client_group": "Clients"}, mgmt_epg="oob-default"),
    ("snmp_client", {"policy": "Traps", "client_group": "Clients", "address": "10.0.0.77"}, {"client_name": "one"}, {"client_name": "two"}),
    ("syslog_group", {"name": "Logs"}, {"admin_state": "enabled", "local_file_logging": "enabled", "local_file_log_severity": "warnings"},
     {"format": "nxos", "local_file_log_severity": "critical"}),
    ("syslog_remote_dest", {"group": "Logs", "destination": "10.0.0.88"}, {"severity": "critical", "syslog_port": 1514},
     {"severity": "debugging", "facility": "local1"}),
    ("syslog_source", {"name": "Source"}, {"include": ["audit", "faults"], "min_severity": "errors"},
     {"include": ["events"], "destination_group": "Logs"}),
    described("config_export_policy", {"name": "Nightly"}, format="xml", snapshot=False),
    ("tag", {"dn": "uni/tn-Shop", "tag_type": "annotation", "tag_key": "owner"}, {"tag_value": "first"}, {"tag_value": "second"}),
    ("tag", {"dn": "uni/tn-Shop", "tag_type": "tag", "tag_key": "site"}, {"tag_value": "north"}, {"tag_value": "south"}),
    # Clouds
    described("cloud_ap", {**TENANT, "name": "Elsewhere"}),
    described("cloud_epg", {**TENANT, "ap": "Elsewhere", "name": "Front"}, vrf="Main"),
    ("cloud_epg_selector", {**TENANT, "ap": "Elsewhere", "epg": "Front", "name": "Hosts"},
     {"expressions": [{"key": "ip", "operator": "equals", "value": "10.8.0.1/32"}]}, {"description": "second"}),
    described("cloud_external_epg", {**TENANT, "ap": "Elsewhere", "name": "Internet"}, vrf="Main", route_reachability="internet"),
    ("cloud_external_epg_selector", {**TENANT, "ap": "Elsewhere", "cloud_external_epg": "Internet", "subnet": "10.8.0.0/16"}, {"name": "One"},
     {"name": "Two"}),
    described("cloud_ctx_profile", {**TENANT, "name": "Region"}, vrf="Main", region="us-west-1", cloud="aws", primary_cidr="10.8.0.1/16"),
    described("cloud_cidr", {**TENANT, "cloud_context_profile": "Region", "address": "10.9.0.0/16"}),
    described("cloud_subnet", {**TENANT, "cloud_context_profile": "Region", "cidr": "10.9.0.0/16", "address": "10.9.1.0/24"}),
    ("cloud_aws_provider", TENANT, {"account_id": "111111111111", "is_trusted": True}, {"is_trusted": False}),
    # Users
    ("aaa_user", USER, {"first_name": "Olga", "expiration": "never", "expires": False},
     {"email": "olga@example.com", "expires": True, "expiration": "2123-12-12"}),
    described("aaa_domain", {"name": "north"}),
    described("aaa_role", {"name": "reader"}, privileges=["aaa", "tenant-protocol"]),
    ("aaa_user_domain", {**USER, "name": "north"}, {}, None),
    ("aaa_user_role", {**USER, "domain_name": "north", "name": "reader"}, {"privilege_type": "read"}, {"privilege_type": "write"}),
    ("aaa_ssh_auth", {**USER, "auth_name": "laptop"}, {"data": "ssh-rsa AAAA"}, {"data": "ssh-rsa BBBB"}),
]


class Cobra:
    """The little of the library xmljson that aci_rest uses for XML. Debian has no package of it."""

    @classmethod
    def data(cls, element):
        children = [cls.data(child) for child in element]
        return {element.tag: {"attributes": dict(element.attrib), **({"children": children} if children else {})}}

    @classmethod
    def etree(cls, content):
        from lxml import etree
        elements = []
        for name, parts in content.items():
            elements.append(etree.Element(name, {key: str(value) for key, value in parts.get("attributes", {}).items()}))
            for child in parts.get("children", []):
                elements[-1].extend(cls.etree(child))
        return elements


sys.modules.setdefault("xmljson", types.SimpleNamespace(cobra=Cobra))


class Collection:
    """Runs modules of the collection, logged in to a controller."""

    def __init__(self, url):
        host, port = url.split("//")[1].split(":")
        self.login = {"host": host, "port": int(port), "use_ssl": False, "output_level": "debug", "_ansible_no_log": True}
        self.credentials = {"username": "admin", "password": "password"}

    def ask(self, module, options, check=False):
        from ansible.module_utils import basic
        main_of = importlib.import_module("ansible_collections.cisco.aci.plugins.modules.aci_" + module).main
        basic._ANSIBLE_ARGS = json.dumps(
            {"ANSIBLE_MODULE_ARGS": {**self.login, **self.credentials, **options, "_ansible_check_mode": check}}).encode()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            main_of()
        return json.loads(said.getvalue())

    def run(self, module, options, check=False):
        result = self.ask(module, options, check)
        assert not result.get("failed"), (module, options, result)
        return result

    def error(self, module, options):
        result = self.ask(module, options)
        assert result.get("failed"), (module, options, result)
        return result["msg"]

    def change(self, module, options, expected, check=False):
        result = self.run(module, options, check)
        assert result.get("changed", False) == expected, (module, options, "check" if check else "", result)
        return result


def each_module_creates_changes_finds_and_deletes():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        for module, name, first, second in MODULES:
            wanted = {**name, **first, "state": "present"}
            controller.change(module, wanted, True, check=True)
            last = controller.change(module, wanted, True)
            assert not last["previous"] and last["current"], (module, last)
            controller.change(module, wanted, False)
            if second is not None:
                wanted.update(second)
                last = controller.change(module, wanted, True)
                assert last["previous"] != last["current"], (module, last)
                controller.change(module, wanted, False)
            found = controller.change(module, {**name, "state": "query"}, False)["current"]
            assert len(found) == 1, (module, found)
            (kind, there), (wanted_kind, known) = next(iter(found[0].items())), next(iter(last["current"][0].items()))
            assert kind != wanted_kind or known["attributes"].items() <= there["attributes"].items(), (module, found, last)
        for module, name, _, _ in reversed(MODULES):
            absent = {**name, "state": "absent"}
            controller.change(module, absent, True, check=True)
            deleted = controller.change(module, absent, True)
            assert deleted["previous"] and not deleted["current"], (module, deleted)
            assert not controller.change(module, absent, False)["previous"], module
        print(len({module for module, *_ in MODULES}), "modules,", len(MODULES), "objects")


def rest(method, path, content=None):
    return {"method": method, "path": path, **({"content": content} if content is not None else {})}


def rest_tells_what_changed():
    tree = {"fvTenant": {"attributes": {"name": "Rest", "descr": "one"}, "children": [{"fvCtx": {"attributes": {"name": "Main"}}}]}}
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        for kind, first, second in (("json", tree, json.dumps(tree).replace("one", "two")),
                                    ("xml", tree, '<fvTenant name="Rest" descr="two"><fvCtx name="Main"/></fvTenant>')):
            ours, all_of_them = "/api/mo/uni/tn-[Rest].%s" % kind, "/api/mo/uni.%s" % kind
            created = controller.change("rest", rest("post", all_of_them, first), True)
            assert created["imdata"][0]["fvTenant"]["attributes"]["status"] == "created", created
            controller.change("rest", rest("post", all_of_them, first), False)
            changed = controller.change("rest", rest("post", all_of_them, second), True)["imdata"][0]["fvTenant"]
            assert changed["attributes"]["status"] == "modified" and "children" not in changed, changed
            controller.change("rest", rest("post", all_of_them, second), False)
            # What is not said stays as it is.
            controller.change("rest", rest("post", ours, {"fvTenant": {"attributes": {"name": "Rest"}}}), False)
            found = controller.change("rest", rest("get", ours + "?rsp-subtree=children&rsp-subtree-class=fvCtx"), False)
            assert found["totalCount"] == 1 and found["imdata"][0]["fvTenant"]["attributes"]["descr"] == "two", found
            assert [list(child) for child in found["imdata"][0]["fvTenant"]["children"]] == [["fvCtx"]], found
            filtered = controller.run("rest", rest("get", "/api/class/fvTenant.%s?query-target-filter=eq(fvTenant.name,\"Rest\")" % kind))
            assert filtered["totalCount"] == 1, filtered
            assert controller.error("rest", rest("post", all_of_them, {"fvTenant": {"attributes": {"name": "Rest", "colour": "red"}}})) == \
                "APIC Error 400: unknown attribute 'colour' in element 'fvTenant'"
            controller.change("rest", rest("delete", ours), True)
            controller.change("rest", rest("delete", ours), False)
            assert controller.run("rest", rest("get", ours))["totalCount"] == 0


def rest_tells_errors():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        for path, content, expected in (
                ("uni/tn-A", {"fvTenant": {"children": []}},
                 "400: invalid data at line '1'. Attributes are missing, tag 'attributes' must be specified first, before any other tag"),
                ("uni", {"fvTenant": {"attributes": {"name": "A", "descr": "This is an [invalid] description"}}},
                 "801: property descr of uni/tn-A failed validation for value 'This is an [invalid] description'"),
                ("uni", {"fvFoobar": {"attributes": {"name": "A"}}}, "122: unknown managed object class fvFoobar"),
                ("uni/infra", {"lacpLagPol": {"attributes": {"name": "A", "mode": "sideways"}}},
                 "120: unknown property value sideways, , name mode, class lacpLagPol [(Dn0)] Dn0=, "),
                ("uni/tn-A", {"fvBD": {"attributes": {"name": "A", "bcastP": "1"}}},
                 "170: Admin implicit props cannot be modified, class=fvBD, prop=bcastP")):
            said = controller.error("rest", rest("post", "/api/mo/%s.json" % path, content))
            assert said == "APIC Error " + expected, said
        assert controller.run("rest", rest("get", "/api/mo/uni/tn-A.json"))["totalCount"] == 0
        controller.run("fabric_node", {"serial": "FDO1", "node_id": 155, "switch": "leaf155", "state": "present"})
        said = controller.error("rest", rest("post", "/api/mo/uni/controller/nodeidentpol/nodep-FDO1.json",
                                             {"fabricNodeIdentP": {"attributes": {"nodeType": "remote-leaf-wan"}}}))
        assert said.endswith("Create-only and naming props cannot be modified after creation, class=fabricNodeIdentP, prop=nodeType"), said
        controller.credentials["password"] = "wrong"
        assert controller.error("tenant", {"tenant": "A"}).startswith("Authentication failed: 401 "), said


def requests_are_signed():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        with open(os.path.join(KEYS, "admin.crt")) as file:
            certificate = {"aaa_user": "admin", "name": "admin", "certificate": file.read()}
        controller.change("aaa_user_certificate", {**certificate, "state": "present"}, True)
        controller.change("aaa_user_certificate", {**certificate, "state": "present"}, False)
        controller.credentials = {"username": "admin", "private_key": os.path.join(KEYS, "admin.key"), "certificate_name": "admin"}
        controller.change("tenant", {"tenant": "Signed", "description": "a blank", "state": "present"}, True)
        controller.change("tenant", {"tenant": "Signed", "state": "query"}, False)
        controller.change("rest", rest("post", "/api/mo/uni.xml", '<fvTenant name="Signed" descr="changed"/>'), True)
        controller.change("rest", rest("get", "/api/mo/uni/tn-Signed.json?rsp-prop-include=config-only"), False)
        controller.change("rest", rest("post", "/api/mo/uni.json", {"fvTenant": {"attributes": {"name": "Signed", "status": "deleted"}}}), True)
        controller.credentials["certificate_name"] = "other"
        assert "401" in controller.error("tenant", {"tenant": "Signed"}) or "403" in controller.error("tenant", {"tenant": "Signed"})


def snapshots_are_taken_and_retired():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        policy = {"export_policy": "Nightly"}
        taken = controller.change("config_snapshot", {**policy, "max_count": 10, "include_secure": False, "state": "present"}, True)
        assert taken["sent"]["configExportP"]["attributes"]["adminSt"] == "triggered", taken
        assert taken["job_details"]["attributes"]["name"] == "Nightly", taken
        snapshots = controller.change("config_snapshot", {**policy, "state": "query"}, False)["current"][0]["configSnapshotCont"]
        assert snapshots["attributes"]["name"] == "Nightly", snapshots
        name = snapshots["children"][0]["configSnapshot"]["attributes"]["name"]
        retired = controller.change("config_snapshot", {**policy, "snapshot": name, "state": "absent"}, True)
        assert retired["sent"]["configSnapshot"]["attributes"]["retire"] == "yes", retired
        controller.change("config_snapshot", {**policy, "snapshot": name, "state": "absent"}, False)


def commands_change_each_time():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        for module, options in (("aaa_user", {"aaa_user": "guest", "clear_password_history": True}),
                                ("bd", {"tenant": "Shop", "bd": "Lan", "endpoint_clear": True})):
            for _ in range(2):
                controller.change(module, {**options, "state": "present"}, True)


def the_fabric_is_found():
    with Apicsim("--http") as sim:
        controller = Collection(sim.url)
        assert len(controller.change("system", {"state": "query"}, False)["current"]) > 3
        assert controller.change("system", {"id": 1, "state": "query"}, False)["current"][0]["topSystem"]["attributes"]["role"] == "controller"
        names = [next(iter(tenant.values()))["attributes"]["name"] for tenant in controller.run("tenant", {"state": "query"})["current"]]
        assert {"common", "infra", "mgmt"} <= set(names), names


main([each_module_creates_changes_finds_and_deletes, rest_tells_what_changed, rest_tells_errors, requests_are_signed,
      snapshots_are_taken_and_retired, commands_change_each_time, the_fabric_is_found])
