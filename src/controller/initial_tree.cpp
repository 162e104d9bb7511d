#include "controller/initial_tree.hpp"

#include <array>
#include <string>

#include "controller/accounts.hpp"
#include "controller/fabric.hpp"
#include "controller/grower.hpp"

namespace aci::controller {
namespace {

struct Standing {
  std::string_view class_name;
  std::string_view dn;
};

// Parents before children.
constexpr std::array standing{
    Standing{"polUni", "uni"},
    Standing{"fabricInst", "uni/fabric"},
    Standing{"monFabricPol", "uni/fabric/monfab-default"},
    Standing{"monCommonPol", "uni/fabric/moncommon"},
    Standing{"fabricFuncP", "uni/fabric/funcprof"},
    Standing{"fabricProtPol", "uni/fabric/protpol"},
    Standing{"fabricOOServicePol", "uni/fabric/outofsvc"},
    Standing{"fabricPodP", "uni/fabric/podprof-default"},
    Standing{"commPol", "uni/fabric/comm-default"},
    Standing{"commHttps", "uni/fabric/comm-default/https"},
    Standing{"commHttp", "uni/fabric/comm-default/http"},
    Standing{"commSsh", "uni/fabric/comm-default/ssh"},
    Standing{"commTelnet", "uni/fabric/comm-default/telnet"},
    Standing{"commShellinabox", "uni/fabric/comm-default/shellinabox"},
    Standing{"datetimePol", "uni/fabric/time-default"},
    Standing{"datetimeFormat", "uni/fabric/format-default"},
    Standing{"dnsProfile", "uni/fabric/dnsp-default"},
    Standing{"snmpPol", "uni/fabric/snmppol-default"},
    Standing{"bgpInstPol", "uni/fabric/bgpInstP-default"},
    Standing{"bgpRRP", "uni/fabric/bgpInstP-default/rr"},
    Standing{"isisDomPol", "uni/fabric/isisDomP-default"},
    Standing{"coopPol", "uni/fabric/pol-default"},
    Standing{"l3IfPol", "uni/fabric/l3IfP-default"},
    Standing{"psuInstPol", "uni/fabric/psuInstP-default"},
    Standing{"infraInfra", "uni/infra"},
    Standing{"monInfraPol", "uni/infra/moninfra-default"},
    Standing{"infraAttEntityP", "uni/infra/attentp-default"},
    Standing{"cdpIfPol", "uni/infra/cdpIfP-default"},
    Standing{"lldpIfPol", "uni/infra/lldpIfP-default"},
    Standing{"lacpLagPol", "uni/infra/lacplagp-default"},
    Standing{"mcpIfPol", "uni/infra/mcpIfP-default"},
    Standing{"fabricHIfPol", "uni/infra/hintfpol-default"},
    Standing{"stpIfPol", "uni/infra/ifPol-default"},
    Standing{"l2IfPol", "uni/infra/l2IfP-default"},
    Standing{"stormctrlIfPol", "uni/infra/stormctrlifp-default"},
    Standing{"stpInstPol", "uni/infra/mstpInstPol-default"},
    Standing{"mcpInstPol", "uni/infra/mcpInstP-default"},
    Standing{"infraFuncP", "uni/infra/funcprof"},
    Standing{"infraSetPol", "uni/infra/settings"},
    Standing{"infraPortTrackPol", "uni/infra/trackEqptFabP-default"},
    Standing{"epLoopProtectP", "uni/infra/epLoopProtectP-default"},
    Standing{"epControlP", "uni/infra/epCtrlP-default"},
    Standing{"epIpAgingP", "uni/infra/ipAgingP-default"},
    Standing{"qosInstPol", "uni/infra/qosinst-default"},
    Standing{"qosClass", "uni/infra/qosinst-default/class-level1"},
    Standing{"qosClass", "uni/infra/qosinst-default/class-level2"},
    Standing{"qosClass", "uni/infra/qosinst-default/class-level3"},
    Standing{"physDomP", "uni/phys-phys"},
    Standing{"ctrlrInst", "uni/controller"},
    Standing{"fabricNodeIdentPol", "uni/controller/nodeidentpol"},
    Standing{"fabricSetupPol", "uni/controller/setuppol"},
    Standing{"fabricSetupP", "uni/controller/setuppol/setupp-1"},
    Standing{"pkiExportEncryptionKey", "uni/exportcryptkey"},
    Standing{"vmmProvP", "uni/vmmp-VMware"},
    Standing{"aaaUserEp", "uni/userext"},
    Standing{"aaaBlockLoginProfile", "uni/userext/blockloginp"},
    Standing{"pkiEp", "uni/userext/pkiext"},
    Standing{"pkiWebTokenData", "uni/userext/pkiext/webtokendata"},
    Standing{"commPol", "uni/fabric/comm-default"},
    Standing{"commHttp", "uni/fabric/comm-default/http"},
    Standing{"commHttps", "uni/fabric/comm-default/https"},
    Standing{"aaaPwdProfile", "uni/userext/pwdprofile"},
    Standing{"aaaPreLoginBanner", "uni/userext/preloginbanner"},
    Standing{"aaaAuthRealm", "uni/userext/authrealm"},
    Standing{"aaaDefaultAuth", "uni/userext/authrealm/defaultauth"},
    Standing{"aaaConsoleAuth", "uni/userext/authrealm/consoleauth"},
    Standing{"aaaLdapEp", "uni/userext/ldapext"},
    Standing{"aaaRadiusEp", "uni/userext/radiusext"},
    Standing{"aaaTacacsPlusEp", "uni/userext/tacacsext"},
    Standing{"pkiKeyRing", "uni/userext/pkiext/keyring-default"},
    Standing{"fvTenant", "uni/tn-common"},
    Standing{"monEPGPol", "uni/tn-common/monepg-default"},
    Standing{"qosCustomPol", "uni/tn-common/qoscustom-default"},
    Standing{"fvCtx", "uni/tn-common/ctx-default"},
    Standing{"fvCtx", "uni/tn-common/ctx-copy"},
    Standing{"fvBD", "uni/tn-common/BD-default"},
    Standing{"fvEpRetPol", "uni/tn-common/epRPol-default"},
    Standing{"igmpSnoopPol", "uni/tn-common/snPol-default"},
    Standing{"mldSnoopPol", "uni/tn-common/mldsnoopPol-default"},
    Standing{"ndIfPol", "uni/tn-common/ndifpol-default"},
    Standing{"ospfCtxPol", "uni/tn-common/ospfCtxP-default"},
    Standing{"bgpCtxPol", "uni/tn-common/bgpCtxP-default"},
    Standing{"l3extRouteTagPol", "uni/tn-common/rttag-default"},
    Standing{"vzFilter", "uni/tn-common/flt-default"},
    Standing{"vzFilter", "uni/tn-common/flt-arp"},
    Standing{"vzFilter", "uni/tn-common/flt-icmp"},
    Standing{"vzFilter", "uni/tn-common/flt-est"},
    Standing{"vzBrCP", "uni/tn-common/brc-default"},
    Standing{"vzSubj", "uni/tn-common/brc-default/subj-default"},
    Standing{"vzRsSubjFiltAtt", "uni/tn-common/brc-default/subj-default/rssubjFiltAtt-default"},
    Standing{"fvTenant", "uni/tn-infra"},
    Standing{"fvCtx", "uni/tn-infra/ctx-overlay-1"},
    Standing{"fvBD", "uni/tn-infra/BD-default"},
    Standing{"fvAp", "uni/tn-infra/ap-access"},
    Standing{"fvAEPg", "uni/tn-infra/ap-access/epg-default"},
    Standing{"fvTenant", "uni/tn-mgmt"},
    Standing{"fvCtx", "uni/tn-mgmt/ctx-inb"},
    Standing{"fvCtx", "uni/tn-mgmt/ctx-oob"},
    Standing{"fvBD", "uni/tn-mgmt/BD-inb"},
    Standing{"mgmtMgmtP", "uni/tn-mgmt/mgmtp-default"},
    Standing{"mgmtOoB", "uni/tn-mgmt/mgmtp-default/oob-default"},
    Standing{"compUni", "comp"},
    Standing{"fabricTopology", "topology"},
};

std::string domain_dn(std::string_view domain) { return "uni/userext/domain-" + std::string(domain); }

void add_users(Grower& grower, const ObjectTree& tree, const Options& options) {
  for (const User& user : options.users) {
    const std::string dn = "uni/userext/user-" + user.name, granted = dn + "/userdomain-" + user.domain;
    if (tree.find(dn)) continue;
    if (!tree.find(domain_dn(user.domain))) grower.add("aaaDomain", domain_dn(user.domain));
    grower.add("aaaUser", dn);
    grower.add("aaaUserDomain", granted);
    grower.add("aaaUserRole", granted + "/role-" + user.role, {{"privType", user.read_only ? "readPriv" : "writePriv"}});
  }
}

}  // namespace

void grow_users(ObjectTree& tree, ObjectMaker& maker, const Options& options, const Stamp& stamp) {
  Grower grower(tree, maker, stamp);
  add_users(grower, tree, options);
  grower.finish();
}

void grow_initial_tree(ObjectTree& tree, ObjectMaker& maker, const Options& options, const Stamp& stamp) {
  Grower grower(tree, maker, stamp);
  for (const Standing& object : standing) grower.add(object.class_name, std::string(object.dn));
  const std::string size = std::to_string(options.controllers);
  grower.add("infraClusterPol", "uni/controller/clusterpol", {{"size", size}});
  grower.add("topInfo", "info", {{"id", "1"}, {"podId", "1"}, {"role", "controller"}, {"currentTime", stamp.mod_ts}});
  for (const std::string_view domain : {"all", "common", "mgmt"}) grower.add("aaaDomain", domain_dn(domain));
  for (const StandingRole& role : standing_roles())
    grower.add("aaaRole", "uni/userext/role-" + std::string(role.name), {{"priv", role.privileges}});
  add_users(grower, tree, options);
  grow_fabric(grower, options.fabric.value_or(FabricShape{}), options.controllers, stamp.mod_ts, options.fabric.has_value());
  grower.finish();
}

}  // namespace aci::controller
