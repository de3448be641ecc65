#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "ftpull/fetch.h"

#include "core/rate_schedule.h"
#include "core/token_bucket.h"
#include "net/host.h"
#include "net/host_memory.h"
#include "net/loop.h"
#include "proxy/no_proxy.h"
#include "proxy/server.h"
#include "store/disk.h"
#include "transfer/coordinator.h"
#include "transfer/file_queue.h"
#include "transfer/folder_walk.h"
#include "transfer/mirror.h"
#include "transfer/session_pool.h"
#include "transfer/visit.h"

namespace ftpull {
namespace {

/// So many servers are worked with at a time.
constexpr size_t kMostServers = 4;

/// One server with its sessions and the files that are wanted from it.
struct Server {
  Server(net::Loop& loop, net::Host::Settings settings, TokenBucket& bucket, Observer& observer,
         const transfer::SessionPool::Options& options, transfer::Background& background,
         std::optional<store::HostProfile> profile)
      : host(loop, std::move(settings), bucket, observer),
        pool(host, options),
        files(pool, store::posix_disk(), background, observer),
        recalled(std::move(profile)) {}

  bool is(const net::Host::Settings& other) const {
    return host.settings.name == other.name && host.settings.port == other.port &&
           host.settings.credentials.user == other.credentials.user &&
           host.settings.credentials.password == other.credentials.password;
  }

  net::Host host;
  transfer::SessionPool pool;
  transfer::FileQueue files;
  std::optional<store::HostProfile> recalled;
  bool had_work = false;  // since what is known of it was kept
};

/// What they say has no room for an IPv6 address (QUIRKS H4).
bool needs_ipv4(DataMode mode) {
  return mode == DataMode::pasv || mode == DataMode::port;
}

bool is_active(DataMode mode) {
  return mode == DataMode::active || mode == DataMode::eprt || mode == DataMode::port;
}

Status check_data_mode(const Url& url, const FetchOptions& options) {
  const bool only_ipv6 =
      options.family == AddressFamily::ipv6 || url.host.find(':') != std::string::npos;
  if (!needs_ipv4(options.data_mode) || !only_ipv6) return {};
  return fail(ErrorKind::usage, "PASV and PORT do not work over IPv6", {},
              "Use --data-mode auto or active, or reach the server over IPv4");
}

/// Can it be worked with at all?
Status check_server(const Url& url, const FetchOptions& options) {
  if (url.scheme == Url::Scheme::ftps) {
    return fail(ErrorKind::usage, "this version cannot fetch over TLS (ftps)", {},
                "Use an ftp:// URL if the server offers one");
  }
  return check_data_mode(url, options);
}

Status check_file(const Url& url) {
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

/// Empty: straight there. Fails with usage.
Result<std::optional<proxy::Server>> choose_proxy(const Url& url, const FetchOptions& options) {
  if (options.proxy.empty() || proxy::is_in_no_proxy(url.host, options.no_proxy)) {
    return std::nullopt;
  }
  if (is_active(options.data_mode)) {
    return fail(ErrorKind::usage, "through a proxy the server cannot connect to us", {},
                "Leave --active out, or use --proxy none");
  }
  return proxy::Server::parse(options.proxy).map([](proxy::Server server) {
    return std::optional(std::move(server));
  });
}

}  // namespace

/// Joins the layers: a loop, and for each server a host, a pool of sessions and a queue of files.
struct Fetcher::Impl {
  Impl(FetchOptions fetch_options, Observer& fetch_observer)
      : options(std::move(fetch_options)),
        observer(fetch_observer),
        bucket(options.limit_rate),
        memory(options.host_cache, observer),
        background(loop),
        waker(loop) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { close_servers(); }

  net::Host::Settings settings_for(const Url& url, std::optional<proxy::Server> proxy) const;
  transfer::SessionPool::Options pool_options(const net::Host::Settings& settings,
                                              const std::optional<store::HostProfile>& profile);
  Result<Server*> find_server(const Url& url);
  Server& server_for(net::Host::Settings settings);
  void close_servers();
  transfer::Coordinator::Job job_for(const Url& url, const std::filesystem::path& target);
  void add(const Url& url, transfer::Coordinator::Job job, transfer::FileQueue::Done done);
  TimePoint step(TimePoint now);
  TimePoint follow_schedule(TimePoint now);
  void run();
  Result<FetchResult> fetch(const Url& url, transfer::Coordinator::Job job);
  Status list(const Url& folder, bool recursive, const FolderDone& done);
  Result<MirrorResult> mirror(const Url& folder, const std::filesystem::path& local,
                              const MirrorOptions& mirror_options, MirrorObserver& mirror_observer);
  Result<ServerFeatures> features(const Url& url);
  template <class Work>
  Status carry_out(Server& server, Work& work);

  const FetchOptions options;
  Observer& observer;
  std::random_device entropy;
  TokenBucket bucket;
  net::HostMemory memory;
  net::Loop loop;
  net::PoolWork background;
  net::Waker waker;
  std::atomic<bool> stopped = false;
  bool asks_features = false;
  bool lists = false;
  std::vector<std::unique_ptr<Server>> servers;  // in the order in which they were first needed
};

net::Host::Settings Fetcher::Impl::settings_for(const Url& url,
                                                std::optional<proxy::Server> proxy) const {
  net::Host::Settings settings;
  settings.name = url.host;
  settings.port = url.port;
  settings.credentials = {url.user.value_or(options.user), url.password.value_or(options.password)};
  settings.family = needs_ipv4(options.data_mode) ? AddressFamily::ipv4 : options.family;
  settings.data_mode = options.data_mode;
  settings.proxy = std::move(proxy);
  settings.timeout = options.timeout;
  settings.connect_timeout = options.connect_timeout;
  settings.keepalive = options.keepalive;
  settings.transfers = !options.dry_run;
  settings.asks_features = asks_features || options.compress;
  settings.lists = lists;
  settings.compress = options.compress;
  return settings;
}

transfer::SessionPool::Options Fetcher::Impl::pool_options(
    const net::Host::Settings& settings, const std::optional<store::HostProfile>& profile) {
  transfer::SessionPool::Options pool;
  pool.tuner.most = options.max_connections;
  pool.retries = options.retries;
  pool.seed = entropy();
  int at_once = transfer::ConnectPace::kAtOnce;
  if (profile && profile->cap) {
    const auto now = std::chrono::system_clock::now();
    pool.cap = profile->cap->value;
    pool.cap_age = now - std::chrono::system_clock::from_time_t(profile->cap->when);
  }
  if (options.connections != 0) {
    pool.tuner.fixed = options.connections;
  } else if (profile && profile->best_connections) {
    pool.tuner.best = std::min(profile->best_connections->value, options.max_connections);
    // It has borne so many. Who asks for a slower pace has a reason.
    if (options.connect_interval <= transfer::ConnectPace::kInterval) {
      at_once = std::max(at_once, *pool.tuner.best);
    }
  }
  pool.pace = transfer::ConnectPace(options.connect_interval, at_once);
  pool.one_first = !settings.credentials.user.empty() || (settings.proxy && settings.proxy->user);
  return pool;
}

/// Fails with usage where it cannot be reached in the way that is wanted.
Result<Server*> Fetcher::Impl::find_server(const Url& url) {
  return check_server(url, options)
      .and_then([&] { return choose_proxy(url, options); })
      .map([&](auto proxy) { return &server_for(settings_for(url, std::move(proxy))); });
}

Server& Fetcher::Impl::server_for(net::Host::Settings settings) {
  for (const auto& server : servers) {
    if (server->is(settings)) return *server;
  }
  auto profile = memory.recall(settings);
  if (profile) settings.learned = net::learned_from(*profile);
  const auto pool = pool_options(settings, profile);
  servers.push_back(std::make_unique<Server>(loop, std::move(settings), bucket, observer, pool,
                                             background, std::move(profile)));
  return *servers.back();
}

void Fetcher::Impl::close_servers() {
  for (const auto& server : servers) server->pool.close_all();
  loop.run(
      [this](TimePoint now) {
        TimePoint next = kNever;
        for (const auto& server : servers) next = std::min(next, server->pool.step(now));
        return next;
      },
      [this] {
        return std::all_of(servers.begin(), servers.end(),
                           [](const auto& server) { return server->pool.all_closed(); });
      });
  servers.clear();
}

transfer::Coordinator::Job Fetcher::Impl::job_for(const Url& url,
                                                  const std::filesystem::path& target) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  transfer::Coordinator::Job job;
  job.path = url.path;
  const bool is_fixed = options.connections != 0;
  job.sessions =
      is_fixed ? std::min(options.connections, options.max_connections) : options.max_connections;
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

void Fetcher::Impl::add(const Url& url, transfer::Coordinator::Job job,
                        transfer::FileQueue::Done done) {
  const auto found = check_file(url).and_then([&] { return find_server(url); });
  if (!found) {
    done(tl::make_unexpected(found.error()));
    return;
  }
  Server& server = **found;
  // What a dry run has to ask needs one session.
  const int first = options.dry_run ? 1 : server.pool.tuner().first();
  job.first_sessions = std::min(first, job.sessions);
  server.had_work = true;
  server.files.add(std::move(job), std::move(done));
}

/// By the clock on our wall, to the minute.
TimePoint Fetcher::Impl::follow_schedule(TimePoint now) {
  if (options.rate_schedule.empty()) return kNever;
  const auto time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm here{};
  localtime_r(&time, &here);
  bucket.set_rate(rate_at(options.rate_schedule, here.tm_hour * 60 + here.tm_min));
  return now + std::chrono::seconds(60 - std::min(here.tm_sec, 59));
}

TimePoint Fetcher::Impl::step(TimePoint now) {
  TimePoint next = follow_schedule(now);
  size_t working = 0;
  for (const auto& server : servers) {
    if (server->files.empty()) {
      next = std::min(next, server->pool.step(now));
      continue;
    }
    if (stopped) server->files.stop();
    if (++working > kMostServers && !stopped) break;
    next = std::min(next, server->files.step(now));
    if (!server->files.empty()) continue;
    next = now;
    // One of a few is kept as it is for the next call.
    if (servers.size() > kMostServers) server->pool.close_all();
  }
  return next;
}

void Fetcher::Impl::run() {
  loop.run([this](TimePoint now) { return step(now); },
           [this] {
             return std::all_of(servers.begin(), servers.end(),
                                [](const auto& server) { return server->files.empty(); });
           });
  for (const auto& server : servers) {
    if (!std::exchange(server->had_work, false)) continue;
    memory.keep(server->host, server->pool, server->recalled);
  }
}

Result<FetchResult> Fetcher::Impl::fetch(const Url& url, transfer::Coordinator::Job job) {
  std::optional<Result<FetchResult>> result;
  add(url, std::move(job), [&](Result<FetchResult> ended) { result = std::move(ended); });
  run();
  return std::move(*result);
}

/// Something other than files to one server.
template <class Work>
Status Fetcher::Impl::carry_out(Server& server, Work& work) {
  loop.run(
      [&](TimePoint now) {
        if (stopped) work.stop();
        const TimePoint next = std::min(work.step(now), follow_schedule(now));
        return work.result() || server.pool.failure() ? now : next;
      },
      [&] { return work.result().has_value(); });
  memory.keep(server.host, server.pool, server.recalled);
  return *work.result();
}

Status Fetcher::Impl::list(const Url& folder, bool recursive, const FolderDone& done) {
  lists = true;
  const auto found = find_server(folder);
  if (!found) return tl::make_unexpected(found.error());
  Server& server = **found;
  transfer::FolderWalk::Options walk;
  walk.path = folder.path;
  walk.recursive = recursive;
  walk.wants_targets = true;
  const int usual = server.pool.tuner().first();
  walk.sessions = options.connections != 0 ? options.connections : usual;
  walk.retries = options.retries;
  walk.seed = entropy();
  walk.now_unix_seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  transfer::FolderWalk work(walk, server.pool, [&](ListedFolder&& listed) { done(listed); });
  return carry_out(server, work);
}

Result<MirrorResult> Fetcher::Impl::mirror(const Url& folder, const std::filesystem::path& local,
                                           const MirrorOptions& mirror_options,
                                           MirrorObserver& mirror_observer) {
  auto wanted = transfer::WantedTree::make(mirror_options);
  if (!wanted) return tl::make_unexpected(wanted.error());
  lists = true;
  const auto found = find_server(folder);
  if (!found) return tl::make_unexpected(found.error());
  Server& server = **found;
  transfer::Mirror::Options its;
  its.remote = folder.path;
  its.url_of = [folder](const std::string& remote) {
    Url url = folder;
    url.path = remote;
    url.type = '\0';
    return url.without_password();
  };
  its.now_unix_seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  its.mirror = mirror_options;
  its.disk.folder = local;
  its.disk.trash = mirror_options.trash;
  its.disk.manifest = mirror_options.manifest;
  its.disk.manifest_url = its.url_of(folder.path);
  its.disk.now_unix_seconds = its.now_unix_seconds;
  its.disk.dry_run = options.dry_run;
  its.disk.syncs = options.durability != Durability::none;
  its.disk.permissions = mirror_options.permissions;
  its.disk.checksum = mirror_options.checksum;
  its.disk.max_remove = mirror_options.max_remove;
  its.retries = options.retries;
  its.seed = entropy();
  its.job = job_for(folder, {});
  its.job.first_sessions = std::min(server.pool.tuner().first(), its.job.sessions);
  its.job.local.on_change = OnChange::refetch;
  its.job.local.digest = !mirror_options.manifest.empty();
  transfer::Mirror work(std::move(its), *std::move(wanted), server.pool, background, observer,
                        mirror_observer);
  const auto ended = carry_out(server, work);
  if (!ended) return tl::make_unexpected(ended.error());
  return work.outcome();
}

Result<ServerFeatures> Fetcher::Impl::features(const Url& url) {
  asks_features = true;
  const auto server_found = find_server(url);
  if (!server_found) return tl::make_unexpected(server_found.error());
  Server& server = **server_found;
  transfer::Visit visit(server.pool);
  if (auto done = carry_out(server, visit); !done) return tl::make_unexpected(done.error());
  const net::Learned& learned = server.host.learned;
  ServerFeatures found;
  found.software = learned.software;
  found.features = learned.feature_lines;
  found.round_trip_seconds = to_seconds(learned.round_trip.value_or(Duration(0)));
  found.most_connections = server.pool.server_cap().learned();
  if (server.recalled && server.recalled->best_connections) {
    found.best_connections = server.recalled->best_connections->value;
  }
  if (learned.pipelining != store::Pipelining::unknown) {
    found.takes_lines_ahead = learned.pipelining == store::Pipelining::works;
  }
  found.epsv_fails = learned.epsv_fails;
  found.rang_fails = learned.rang_fails;
  return found;
}

Status check_proxy(std::string_view url) {
  return proxy::Server::parse(url).map([](const proxy::Server&) {});
}

Fetcher::Fetcher(FetchOptions options, Observer& observer)
    : impl_(std::make_unique<Impl>(std::move(options), observer)) {}

Fetcher::~Fetcher() = default;

Result<FetchResult> Fetcher::fetch(const Url& url, const std::filesystem::path& target) {
  return impl_->fetch(url, impl_->job_for(url, target));
}

void Fetcher::fetch_all(const std::vector<FetchRequest>& requests, const FetchDone& done) {
  for (size_t file = 0; file < requests.size(); ++file) {
    const FetchRequest& request = requests[file];
    auto job = impl_->job_for(request.url, request.target);
    job.file = file;
    impl_->add(request.url, std::move(job),
               [&done, file](Result<FetchResult> result) { done(file, std::move(result)); });
  }
  impl_->run();
}

Result<FetchResult> Fetcher::repair(const Url& url, const VerifyResult& found) {
  auto job = impl_->job_for(url, found.target);
  job.local.repair = found;
  job.local.restart = false;
  return impl_->fetch(url, std::move(job));
}

Status Fetcher::list(const Url& folder, bool recursive, const FolderDone& done) {
  return impl_->list(folder, recursive, done);
}

Result<MirrorResult> Fetcher::mirror(const Url& folder, const std::filesystem::path& local,
                                     const MirrorOptions& options, MirrorObserver& observer) {
  return impl_->mirror(folder, local, options, observer);
}

Result<ServerFeatures> Fetcher::features(const Url& url) {
  return impl_->features(url);
}

void Fetcher::stop() noexcept {
  impl_->stopped = true;
  impl_->waker.wake();
}

}  // namespace ftpull
