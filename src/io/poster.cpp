#include "io/poster.hpp"

#include <curl/curl.h>
#include <openssl/x509.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "model/text.hpp"

namespace aci::io {

namespace {

constexpr std::size_t body_max = 1024 * 1024;
constexpr std::size_t head_max = 64 * 1024;
constexpr long connect_ms = 10'000;

struct Transfer {
  explicit Transfer(PostRequest asked, Poster::Handler answered) : request(std::move(asked)), handler(std::move(answered)) {}
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  PostRequest request;
  Poster::Handler handler;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpResponse response;
  std::size_t head_size = 0;
  bool too_long = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.too_long = transfer.response.body.size() + size > body_max;
  if (transfer.too_long) return 0;
  transfer.response.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size);
  // The heads of a proxy's answer and of "100 Continue" come the same way before the one that counts.
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();
  transfer.head_size += size;
  transfer.too_long = transfer.head_size > head_max;
  if (transfer.too_long) return 0;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  transfer.response.headers.emplace_back(model::trimmed(line.substr(0, colon)), model::trimmed(line.substr(colon + 1)));
  return size;
}

// "https://hooks.example:443": what of a URL may be shown. Path and query are secrets, a user and password too.
std::string origin_of(const std::string& url) {
  CURLU* parsed = curl_url();
  std::string origin = "the receiver's URL";
  char *scheme = nullptr, *host = nullptr, *port = nullptr;
  if (parsed && curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    origin = std::string(scheme) + "://" + host;
    if (curl_url_get(parsed, CURLUPART_PORT, &port, 0) == CURLUE_OK) origin += std::string(":") + port;
  }
  curl_free(scheme);
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(parsed);
  return origin;
}

// libcurl's own texts may hold the URL; these do not.
base::Error error_of(const Transfer& transfer, CURLcode code) {
  const std::string to = origin_of(transfer.request.url);
  // A connection that came to be has a time at which it was ready for the request.
  curl_off_t ready = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
  const bool sent = ready > 0;
  if (transfer.too_long) return {base::Errc::overflow, to + " answered with more than 1 MiB"};
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return {base::Errc::invalid, "the receiver's URL is not a http or https URL"};
    case CURLE_COULDNT_RESOLVE_HOST: return {base::Errc::unreachable, "cannot resolve the host of " + to};
    case CURLE_COULDNT_RESOLVE_PROXY: return {base::Errc::unreachable, "cannot resolve the proxy on the way to " + to};
    case CURLE_COULDNT_CONNECT: return {base::Errc::unreachable, "cannot connect to " + to};
    case CURLE_PEER_FAILED_VERIFICATION: {
      long verdict = 0;
      curl_easy_getinfo(transfer.easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
      return {base::Errc::unreachable,
              "certificate of " + to + " is not trusted (" + X509_verify_cert_error_string(verdict) + ")"};
    }
    case CURLE_SSL_CACERT_BADFILE: return {base::Errc::io, "cannot read CA file '" + transfer.request.ca_file + "'"};
    case CURLE_OPERATION_TIMEDOUT:
      if (sent) return {base::Errc::timeout, to + " did not answer in time"};
      return {base::Errc::unreachable, "connection to " + to + " timed out"};
    case CURLE_SSL_CONNECT_ERROR: return {base::Errc::unreachable, "no TLS connection to " + to};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return {base::Errc::protocol, to + " does not answer in HTTP"};
    default: break;
  }
  // The texts of the codes are fixed, they name nothing of this request.
  return {sent ? base::Errc::closed : base::Errc::unreachable, to + ": " + curl_easy_strerror(code)};
}

bool breaks_line(const std::string& text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos; }

}  // namespace

struct Poster::Impl {
  explicit Impl(Loop& loop) : loop(loop) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
    if (!multi) throw std::bad_alloc();
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, 8L);
    thread = std::thread([this] { work(); });
  }
  ~Impl() {
    *alive = false;
    stopping = true;
    curl_multi_wakeup(multi);
    thread.join();
    for (const auto& [easy, transfer] : running) curl_multi_remove_handle(multi, easy);
    running.clear();
    curl_multi_cleanup(multi);
  }

  void work() {
    // Signals are the loop's business, and a peer that hangs up must not end the process with SIGPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (!stopping) {
      start_new();
      int still = 0;
      curl_multi_perform(multi, &still);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
      }
      curl_multi_poll(multi, nullptr, 0, 60'000, nullptr);
    }
  }

  void start_new() {
    std::deque<std::unique_ptr<Transfer>> fresh;
    {
      const std::lock_guard lock(mutex);
      fresh.swap(waiting);
    }
    for (auto& transfer : fresh) {
      if (auto error = prepare(*transfer)) {
        answer(std::move(transfer), std::move(*error));
        continue;
      }
      CURL* easy = transfer->easy;
      running.emplace(easy, std::move(transfer));
      curl_multi_add_handle(multi, easy);
    }
  }

  static std::optional<base::Error> prepare(Transfer& transfer) {
    const PostRequest& request = transfer.request;
    CURL* easy = transfer.easy = curl_easy_init();
    if (!easy) return base::Error{base::Errc::io, "libcurl is out of memory"};
    // An empty Expect keeps libcurl from waiting a second for a "100 Continue".
    transfer.headers = curl_slist_append(nullptr, "Expect:");
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
      if (breaks_line(name) || breaks_line(value)) return base::Error{base::Errc::invalid, "a header holds a line break"};
      has_type = has_type || same_name(name, "Content-Type");
      // libcurl takes "Name:" for "do not send", and "Name;" for one with no value.
      transfer.headers = curl_slist_append(transfer.headers, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    if (!has_type) transfer.headers = curl_slist_append(transfer.headers, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // the end does not wait for a name server
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<base::Duration::rep>(1, request.timeout.count())));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request.verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request.verify ? 2L : 0L);
    if (!request.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    return std::nullopt;
  }

  void finish(CURL* easy, CURLcode code) {
    const auto found = running.find(easy);
    auto transfer = std::move(found->second);
    running.erase(found);
    curl_multi_remove_handle(multi, easy);
    if (code != CURLE_OK) {
      auto error = error_of(*transfer, code);
      return answer(std::move(transfer), std::move(error));
    }
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 0) return answer(std::move(transfer), base::Error{base::Errc::protocol, "no HTTP answer"});
    transfer->response.status = static_cast<int>(status);
    auto response = std::move(transfer->response);
    answer(std::move(transfer), std::move(response));
  }

  void answer(std::unique_ptr<Transfer> transfer, base::Result<HttpResponse> result) {
    loop.post([alive = alive, handler = std::move(transfer->handler), result = std::move(result)] {
      if (*alive) handler(result);
    });
  }

  Loop& loop;
  CURLM* multi;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);  // read and written on the loop's thread only
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::deque<std::unique_ptr<Transfer>> waiting;                 // guarded by the mutex
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> running;  // the thread's own
  std::thread thread;
};

Poster::Poster(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}
Poster::~Poster() = default;

void Poster::post(PostRequest request, Handler handler) {
  auto transfer = std::make_unique<Transfer>(std::move(request), std::move(handler));
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->waiting.push_back(std::move(transfer));
  }
  curl_multi_wakeup(impl_->multi);
}

}  // namespace aci::io
