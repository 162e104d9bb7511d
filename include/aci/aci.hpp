// Everything of the SDK: watching Cisco ACI fabrics from C++.
//
//   #include <aci/aci.hpp>
//   using namespace aci;
//
//   Session session("https://apic", "admin", "password");
//   session.login();
//   Tenant.subscribe(session);
//   while (auto event = session.wait_event()) std::cout << event.dn() << '\n';
//
// Link with the CMake target aci::aci. <aci/asio.hpp> is not among these: it is the only one that needs Boost.Asio.
// Numbered programs to start from are in examples/.
#pragma once

#include <aci/credentials.hpp>
#include <aci/event.hpp>
#include <aci/object_class.hpp>
#include <aci/response.hpp>
#include <aci/session.hpp>
