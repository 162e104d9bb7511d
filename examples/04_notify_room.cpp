// The labs' mission: tenants, application profiles and EPGs that come, change and go are told in a room.
//
//   ROOM_URL=https://hooks.slack.com/services/... 04_notify_room -u https://apic -l admin -p password [N]
//
// ROOM_URL is an incoming webhook of Slack or Webex. The service `aciwatch run` does the same with retries, grouping and
// more rooms; this is how little a program of your own needs.
#include <cstdlib>
#include <iostream>

#include <aci/aci.hpp>
#include <boost/json.hpp>
#include <curl/curl.h>

using namespace aci;

bool post(const char* url, const std::string& text) {
  CURL* curl = curl_easy_init();
  const std::string body = boost::json::serialize(boost::json::value{{"text", text}});
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  const bool sent = curl_easy_perform(curl) == CURLE_OK;
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return sent;
}

int main(int argc, char** argv) {
  const auto credentials = find_credentials(argc, argv);
  const char* room = std::getenv("ROOM_URL");
  if (!credentials || !room) return std::cerr << (room ? credentials.error : "set ROOM_URL to the room's webhook") << '\n', 2;
  long left = credentials.arguments.empty() ? -1 : std::stol(credentials.arguments.front());

  Session session(credentials);
  if (auto login = session.login(); !login) return std::cerr << login.error() << '\n', 1;
  for (const auto& watched : {Tenant, AppProfile, EPG})
    if (auto done = watched.subscribe(session, {.only_new = true}); !done) return std::cerr << done.error() << '\n', 1;
  std::cout << "watching" << std::endl;

  for (; left != 0; --left) {
    const Event event = session.wait_event();
    const char* what = event.is_deleted() ? " has been deleted" : event.is_created() ? " has been created" : " has been changed";
    if (!post(room, event.dn() + what)) std::cerr << "the room did not take: " << event.dn() << what << '\n';
  }
}
