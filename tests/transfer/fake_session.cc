#include "fake_session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include <doctest/doctest.h>

namespace ftpull::transfer::fake {
namespace {

constexpr int64_t kMtime = 1577934245;
constexpr Duration kRoundTrip = std::chrono::milliseconds(10);
constexpr uint64_t kSliceBytes = 48 * 1024;  // divides no segment

}  // namespace

bool Time::advance(TimePoint until) {
  if (events_.empty() || events_.begin()->first.first > until) {
    if (until == kNever) return false;
    now_ = std::max(now_, until);
    return true;
  }
  auto first = events_.extract(events_.begin());
  now_ = std::max(now_, first.key().first);
  first.mapped()();
  return true;
}

/// Events hold a weak reference, so that none reaches a session that is gone.
class FakeSession final : public Session {
 public:
  FakeSession(Time& time, Server& server, SessionObserver& observer, int number)
      : time_(time), server_(server), observer_(observer), number_(number) {}
  ~FakeSession() override { CHECK(closed_); }

  void open(const std::string& expected_path) override {
    server_.expected_paths.push_back(expected_path);
    server_.open_attempts.push_back(time_.now());
    later(kRoundTrip, [this] {
      if (server_.opens_to_fail > 0) {
        --server_.opens_to_fail;
        end({{server_.open_error, "cannot open", "", ""}, std::nullopt});
      } else if (server_.living >= server_.most_sessions) {
        end({{ErrorKind::busy, "too many", "421 too many", ""}, server_.named_limit});
      } else {
        living_ = true;
        ++server_.opened;
        server_.most_living = std::max(server_.most_living, ++server_.living);
        observer_.on_open(*this, time_.now());
      }
    });
  }

  void inspect(const std::string& path, bool anew) override {
    server_.asked_anew.push_back(anew);
    later(kRoundTrip, [this, path] {
      ++server_.inspections;
      ftp::FileFacts facts;
      const auto file = server_.files.find(path);
      if (server_.gone || (server_.only_files && file == server_.files.end())) {
        facts.refusal = "550 No such file.";
      } else {
        facts.size_bytes = file == server_.files.end() ? server_.size : file->second.size();
        const int64_t seconds = server_.mdtm == Server::kMdtm ? kMtime : kMtime + 1;
        if (!server_.mdtm.empty()) facts.mdtm = ftp::Mdtm{server_.mdtm, seconds};
      }
      observer_.on_inspected(*this, facts, time_.now());
    });
  }

  void fetch(const RangeRequest& request, Sink& sink) override {
    begin(request, sink, 2 * kRoundTrip);
  }

  bool takes_next() const override {
    return server_.takes_next && fetching_ && request_.is_small && !next_;
  }
  void fetch_next(const RangeRequest& request, Sink& sink) override {
    CHECK(takes_next());
    ++server_.followed;
    next_ = {request, &sink};
  }

  int number() const override { return number_; }
  Duration round_trip() const override { return kRoundTrip; }
  bool path_is_full() const override { return false; }
  uint64_t claimed() const override { return position_ + slice_; }

  void cut() override {
    CHECK(fetching_);
    if (std::exchange(was_cut_, true) || received_ > 0) return;
    alive_ = std::make_shared<int>();
    slice_ = 0;
    later(std::chrono::milliseconds(1), [this] { end_range(std::nullopt, false); });
  }

  void set_end(uint64_t end, bool to_end_of_file) override {
    CHECK(fetching_);
    CHECK(end > position_);
    CHECK(end >= claimed());
    request_.end = end;
    request_.to_end_of_file = to_end_of_file;
  }

  void close() override {
    if (closing_) return;
    end({{ErrorKind::interrupted, "closed", "", ""}, std::nullopt});
  }

 private:
  void begin(const RangeRequest& request, Sink& sink, Duration wait) {
    CHECK_FALSE(fetching_);
    fetching_ = true;
    was_cut_ = false;
    request_ = request;
    sink_ = &sink;
    position_ = request.begin;
    told_end_ = server_.keeps_told_ends ? request.end : std::nullopt;
    received_ = 0;
    sends_from_ = server_.sends_from(request);
    fault_ = server_.fault(server_.ranges++, request);
    server_.requests.push_back(request);
    content_ = server_.bytes_of(request);
    later(wait, [this] {
      if (content_ == nullptr) {
        end_range(Error{ErrorKind::not_found, "nothing there", "550 no", ""});
      } else if (request_.begin > 0 && !server_.restarts) {
        end_range(Error{ErrorKind::no_restart, "no offsets", "502 no", ""});
      } else {
        deliver();
      }
    });
  }

  void later(Duration wait, std::function<void()> event) {
    time_.after(wait, [alive = std::weak_ptr(alive_), event = std::move(event)] {
      if (alive.lock()) event();
    });
  }

  /// Where it stops, in the client's count of bytes.
  uint64_t goal() const {
    const uint64_t file_end = content_->size() - sends_from_ + request_.begin;
    return std::min({request_.end.value_or(UINT64_MAX), told_end_.value_or(UINT64_MAX), file_end});
  }

  void deliver() {
    if (std::exchange(was_cut_, false)) return end_range(std::nullopt);
    slice_ = std::min(goal() - position_, kSliceBytes);
    if (fault_.after_bytes) slice_ = std::min(slice_, *fault_.after_bytes - received_);
    const double seconds = static_cast<double>(slice_) / server_.rate(number_);
    later(from_seconds(seconds), [this] {
      const uint64_t from = sends_from_ + (position_ - request_.begin);
      const std::string_view bytes = std::string_view(*content_).substr(from, slice_);
      const auto written = sink_->write(std::as_bytes(std::span(bytes)));
      position_ += slice_;
      received_ += slice_;
      server_.sent += slice_;
      const uint64_t came = std::exchange(slice_, 0);
      if (came > 0) observer_.on_bytes(*this, came, time_.now());
      if (closing_) return;
      if (!written) return end_range(written.error());
      if (fault_.after_bytes && received_ >= *fault_.after_bytes) return fail_range();
      if (position_ < goal()) return deliver();
      if (request_.end && position_ < *request_.end && position_ != told_end_)
        return end_range(Error{ErrorKind::network, "the data ended early", "226", ""});
      end_range(std::nullopt);
    });
  }

  void fail_range() {
    const Error error{fault_.kind, "made to fail", "426 no", ""};
    if (fault_.lost)
      end({error, std::nullopt});
    else
      end_range(error, fault_.reusable);
  }

  void end_range(std::optional<Error> error, bool reusable = true) {
    fetching_ = false;
    const RangeEnd end{position_, std::move(error), reusable};
    const auto next = std::exchange(next_, std::nullopt);
    if (next && reusable) begin(next->request, *next->sink, kRoundTrip);
    observer_.on_range_end(*this, end, time_.now());
  }

  /// Nothing else comes from it but on_closed().
  void end(const SessionEnd& end) {
    closing_ = true;
    fetching_ = false;
    slice_ = 0;
    alive_ = std::make_shared<int>();
    later(std::chrono::milliseconds(1), [this, end] {
      closed_ = true;
      if (std::exchange(living_, false)) --server_.living;
      observer_.on_closed(*this, end, time_.now());
    });
  }

  Time& time_;
  Server& server_;
  SessionObserver& observer_;
  const int number_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  bool living_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool fetching_ = false;
  bool was_cut_ = false;
  RangeRequest request_;
  Sink* sink_ = nullptr;
  struct Next {
    RangeRequest request;
    Sink* sink;
  };
  std::optional<Next> next_;
  const std::string* content_ = nullptr;
  std::optional<uint64_t> told_end_;
  uint64_t position_ = 0;
  uint64_t slice_ = 0;
  uint64_t received_ = 0;
  uint64_t sends_from_ = 0;
  Fault fault_;
};

std::unique_ptr<Session> FakeFactory::make_session(SessionObserver& observer) {
  const int number = static_cast<int>(server_.open_attempts.size());
  return std::make_unique<FakeSession>(time_, server_, observer, number);
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "ftpull-test-XXXXXX").native();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  // In one piece: a byte at a time costs minutes in a build with sanitizers.
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  std::string content(static_cast<size_t>(file.tellg()), '\0');
  file.seekg(0).read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

const std::string* Server::bytes_of(const RangeRequest& request) const {
  const auto& listed = request.lists_links ? targets : listings;
  const auto& there = request.is_folder ? listed : files;
  const auto found = there.find(request.path);
  if (found != there.end()) return &found->second;
  return request.is_folder || only_files ? nullptr : &content;
}

uint64_t Server::most_lead_bytes() const {
  return store::Seam::kLeadBytes *
         static_cast<uint64_t>(std::count_if(requests.begin(), requests.end(),
                                             [](const RangeRequest& r) { return r.begin > 0; }));
}

void check_sent_once(const Server& server, uint64_t bytes) {
  CHECK(server.sent >= bytes);
  CHECK(server.sent <= bytes + server.most_lead_bytes());
}

std::string content_of(size_t bytes) {
  std::string content(bytes, '\0');
  std::mt19937_64 random(bytes);
  for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
    const uint64_t word = random();
    std::memcpy(content.data() + at, &word, std::min(sizeof word, bytes - at));
  }
  return content;
}

Result<FetchResult> Fetch::run() {
  Time time;
  const TimePoint began = time.now();
  FakeFactory factory(time, server);
  LaterBackground background(time);
  SessionPool::Options options;
  options.tuner.fixed = sessions;
  options.retries = retries;
  options.seed = seed;
  options.pace = ConnectPace(Duration(0));
  options.one_first = one_first;
  SessionPool pool(factory, options);
  Coordinator::Job job;
  job.path = "f";
  job.sessions = job.first_sessions = sessions;
  job.retries = retries;
  job.seed = seed;
  job.local.target = target;
  job.local.url = "ftp://host/f";
  job.local.segment_bytes = 256 * 1024;
  job.local.digest = digest;
  job.local.dry_run = dry_run;
  job.local.restart = restart;
  job.local.on_change = on_change;
  job.local.keep_digests = keep_digests;
  Coordinator coordinator(job, pool, store::posix_disk(), background, observer);
  bool stopped = false;
  if (stop_after) time.after(*stop_after, [&] { coordinator.stop(), stopped = true; });

  constexpr int kMostSteps = 200'000;
  int steps = 0;
  while (!coordinator.result() && ++steps < kMostSteps) {
    TimePoint next = coordinator.step(time.now());
    if (coordinator.result()) break;
    next = std::min(next, pool.step(time.now()));
    if (pool.failure()) continue;
    REQUIRE(time.advance(next));
  }
  REQUIRE(steps < kMostSteps);
  took = time.now() - began;
  pool.close_all();
  for (steps = 0; !pool.all_closed() && steps < kMostSteps; ++steps) {
    const TimePoint next = pool.step(time.now());
    if (!pool.all_closed()) REQUIRE(time.advance(next));
  }
  CHECK(server.living == 0);
  return *coordinator.result();
}

}  // namespace ftpull::transfer::fake
