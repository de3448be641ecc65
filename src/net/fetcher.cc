#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "ftpull/fetch.h"

#include "core/token_bucket.h"
#include "net/host.h"
#include "net/loop.h"
#include "store/disk.h"
#include "transfer/coordinator.h"
#include "transfer/session_pool.h"

namespace ftpull {
namespace {

/// Enough to fill common paths, few enough for every published limit of public servers but the
/// strictest.
constexpr int kDefaultSessions = 4;

/// The server of the last file, kept for the next one from it.
struct Server {
  Server(net::Loop& loop, net::Host::Settings settings, TokenBucket& bucket, Observer& observer,
         transfer::SessionPool::Options options)
      : host(loop, std::move(settings), bucket, observer), pool(host, options) {}

  bool is(const net::Host::Settings& other) const {
    return host.settings.name == other.name && host.settings.port == other.port &&
           host.settings.credentials.user == other.credentials.user &&
           host.settings.credentials.password == other.credentials.password;
  }

  net::Host host;
  transfer::SessionPool pool;
  /// Set once the login was refused: the same again for each file would lock the user out.
  std::optional<Error> refused;
};

}  // namespace

/// Joins the layers: a loop, a host with its pool of sessions, and a coordinator for each file.
struct Fetcher::Impl {
  Impl(FetchOptions fetch_options, Observer& fetch_observer)
      : options(std::move(fetch_options)),
        observer(fetch_observer),
        bucket(options.limit_rate),
        background(loop),
        waker(loop) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { close_server(); }

  net::Host::Settings settings_for(const Url& url) const;
  Server& server_for(const Url& url);
  void close_server();
  transfer::Coordinator::Job job_for(const Url& url, const std::filesystem::path& target);
  Result<FetchResult> run(transfer::Coordinator& coordinator);

  const FetchOptions options;
  Observer& observer;
  std::random_device entropy;
  TokenBucket bucket;
  net::Loop loop;
  net::PoolWork background;
  net::Waker waker;
  std::atomic<bool> stopped = false;
  std::unique_ptr<Server> server;
};

net::Host::Settings Fetcher::Impl::settings_for(const Url& url) const {
  net::Host::Settings settings;
  settings.name = url.host;
  settings.port = url.port;
  settings.credentials = {url.user.value_or(options.user), url.password.value_or(options.password)};
  settings.family = options.family;
  settings.timeout = options.timeout;
  settings.connect_timeout = options.connect_timeout;
  return settings;
}

Server& Fetcher::Impl::server_for(const Url& url) {
  net::Host::Settings settings = settings_for(url);
  if (server != nullptr && server->is(settings)) return *server;
  close_server();
  server = std::make_unique<Server>(
      loop, std::move(settings), bucket, observer,
      transfer::SessionPool::Options{options.max_connections, options.retries, entropy()});
  return *server;
}

void Fetcher::Impl::close_server() {
  if (server == nullptr) return;
  server->pool.close_all();
  loop.run([this](TimePoint now) { return server->pool.step(now); },
           [this] { return server->pool.all_closed(); });
  server.reset();
}

transfer::Coordinator::Job Fetcher::Impl::job_for(const Url& url,
                                                  const std::filesystem::path& target) {
  const int wanted = options.connections != 0 ? options.connections : kDefaultSessions;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return {url.path,
          std::clamp(wanted, 1, options.max_connections),
          options.retries,
          entropy(),
          {target, url.without_password(), options.segment_size, options.restart, options.dry_run,
           options.digest, now}};
}

Result<FetchResult> Fetcher::Impl::run(transfer::Coordinator& coordinator) {
  loop.run(
      [&](TimePoint now) {
        if (stopped) coordinator.stop();
        return coordinator.step(now);
      },
      [&] { return coordinator.result().has_value(); });
  return *coordinator.result();
}

Fetcher::Fetcher(FetchOptions options, Observer& observer)
    : impl_(std::make_unique<Impl>(std::move(options), observer)) {}

Fetcher::~Fetcher() = default;

Result<FetchResult> Fetcher::fetch(const Url& url, const std::filesystem::path& target) {
  if (url.scheme == Url::Scheme::ftps) {
    return fail(ErrorKind::usage, "this version cannot fetch over TLS (ftps)", {},
                "Use an ftp:// URL if the server offers one");
  }
  if (url.type == 'a') {
    return fail(ErrorKind::usage, "text transfers (;type=a) are not supported", {},
                "Files are fetched byte for byte: leave ;type=a out of the URL");
  }
  if (url.is_folder()) {
    return fail(ErrorKind::usage, url.without_password() + " is a folder", {},
                "To fetch a folder with all that is in it, use: ftpull mirror URL");
  }
  const auto began = std::chrono::steady_clock::now();
  Server& server = impl_->server_for(url);
  if (server.refused) return tl::make_unexpected(*server.refused);
  transfer::Coordinator coordinator(impl_->job_for(url, target), server.pool, store::posix_disk(),
                                    impl_->background, impl_->observer);
  auto result = impl_->run(coordinator);
  if (!result && result.error().kind == ErrorKind::login) server.refused = result.error();
  if (result) result->seconds = to_seconds(std::chrono::steady_clock::now() - began);
  return result;
}

void Fetcher::stop() noexcept {
  impl_->stopped = true;
  impl_->waker.wake();
}

}  // namespace ftpull
