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
/// A file that changes more often while it is fetched is being written all the time.
constexpr int kMostFetchesAnew = 3;

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

Status check_scheme(const Url& url) {
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
  return {};
}

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
  Result<FetchResult> run(const transfer::Coordinator::Job& job, Server& from);
  Result<FetchResult> fetch(const Url& url, const std::filesystem::path& target,
                            const VerifyResult* repair);

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
  settings.transfers = !options.dry_run;
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
  transfer::Coordinator::Job job;
  job.path = url.path;
  job.sessions = std::clamp(wanted, 1, options.max_connections);
  job.retries = options.retries;
  job.seed = entropy();
  job.local.target = target;
  job.local.url = url.without_password();
  job.local.segment_bytes = options.segment_size;
  job.local.restart = options.restart;
  job.local.dry_run = options.dry_run;
  job.local.digest = options.digest;
  job.local.now = now;
  job.local.durability = options.durability;
  job.local.checkpoint_interval = options.checkpoint_interval;
  job.local.on_change = options.on_change;
  job.local.keep_digests = options.keep_digests;
  return job;
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

/// A file that changed meanwhile is fetched anew, if that is wanted, as often as makes sense.
Result<FetchResult> Fetcher::Impl::run(const transfer::Coordinator::Job& job, Server& from) {
  for (int anew = 0;; ++anew) {
    transfer::Coordinator coordinator(job, from.pool, store::posix_disk(), background, observer);
    auto result = run(coordinator);
    const bool changed = !result && result.error().kind == ErrorKind::changed;
    const bool again = changed && options.on_change == OnChange::refetch &&
                       anew < kMostFetchesAnew && !job.local.repair;
    if (!again) return result;
    observer.on_message(MessageLevel::warning, result.error().message + "; fetching it anew");
  }
}

Result<FetchResult> Fetcher::Impl::fetch(const Url& url, const std::filesystem::path& target,
                                         const VerifyResult* repair) {
  if (auto possible = check_scheme(url); !possible) return tl::make_unexpected(possible.error());
  const auto began = std::chrono::steady_clock::now();
  Server& its_server = server_for(url);
  if (its_server.refused) return tl::make_unexpected(*its_server.refused);
  auto job = job_for(url, target);
  if (repair != nullptr) {
    job.local.repair = *repair;
    job.local.restart = false;
  }
  auto result = run(job, its_server);
  if (!result && result.error().kind == ErrorKind::login) its_server.refused = result.error();
  if (result) result->seconds = to_seconds(std::chrono::steady_clock::now() - began);
  return result;
}

Fetcher::Fetcher(FetchOptions options, Observer& observer)
    : impl_(std::make_unique<Impl>(std::move(options), observer)) {}

Fetcher::~Fetcher() = default;

Result<FetchResult> Fetcher::fetch(const Url& url, const std::filesystem::path& target) {
  return impl_->fetch(url, target, nullptr);
}

Result<FetchResult> Fetcher::repair(const Url& url, const VerifyResult& found) {
  return impl_->fetch(url, found.target, &found);
}

void Fetcher::stop() noexcept {
  impl_->stopped = true;
  impl_->waker.wake();
}

}  // namespace ftpull
