// An engine without network and disk: what fetch(), repair(), list(), features(), mirror(),
// verify(), verify_manifest() and read_part_status() give is scripted, what they were asked is
// kept.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/run.h"

namespace ftpull::cli {

/// ftp[s]://[user[:password]@]host/path, no escapes.
inline Result<Source> parse_simple_url(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || !text.starts_with("ftp")) {
    return fail(ErrorKind::usage, "not an FTP URL");
  }
  Source source;
  Url& url = source.url;
  url.scheme = text.starts_with("ftps") ? Url::Scheme::ftps : Url::Scheme::ftp;
  std::string_view rest = text.substr(scheme + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  url.path = rest.substr(std::min(slash + 1, rest.size()));
  std::string user;
  if (const size_t at = host.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = host.substr(0, at);
    const size_t colon = login.find(':');
    url.user = user = login.substr(0, colon);
    if (colon != std::string_view::npos) url.password = login.substr(colon + 1);
    user += '@';
    host = host.substr(at + 1);
  }
  url.host = host;
  source.shown = std::string(text.substr(0, scheme + 3)) + user + url.host + "/" + url.path;
  source.file_name = url.path.substr(url.path.rfind('/') + 1);
  source.is_folder = url.path.empty() || url.path.ends_with('/');
  return source;
}

struct Fetched {
  Url url;
  std::filesystem::path target;
};

struct Listed {
  Url url;
  bool recursive;
};

/// What list() does.
using FakeListing = std::function<Status(const FolderDone& done, Observer& observer)>;

struct Mirrored {
  Url url;
  std::filesystem::path folder;
  MirrorOptions options;
};

/// What mirror() does.
using FakeMirror = std::function<Result<MirrorResult>(MirrorObserver& items, Observer& observer)>;

struct Repaired {
  Url url;
  VerifyResult found;
};

class FakeEngine final : public Engine {
 public:
  /// What fetch() does for a target's file name; without an entry it succeeds with 1 MiB.
  std::map<std::string, std::function<Result<FetchResult>(Observer&)>> fetches;
  std::map<std::string, Result<PartStatus>> parts;
  /// What verify() does for a path; without an entry there is nothing to compare.
  std::map<std::string, std::function<Result<VerifyResult>(Observer&)>> verifications;
  /// What repair() does; when empty it succeeds with 1 MiB.
  std::function<Result<FetchResult>(Observer&)> repair;
  /// What list() and features() do for "host/path"; without an entry it is not there.
  std::map<std::string, FakeListing> listings;
  std::map<std::string, Result<ServerFeatures>> servers;
  /// What mirror() does, the last one from then on; when empty there is nothing to do.
  std::vector<FakeMirror> mirrors;
  /// What verify_manifest() finds; when empty the manifest is not there.
  std::function<Result<ManifestVerdict>(const std::function<void(const ManifestFault&)>&)> manifest;
  mutable std::vector<Fetched> fetched;
  mutable std::vector<Mirrored> mirrored;
  mutable std::vector<std::pair<std::filesystem::path, std::filesystem::path>> compared;
  mutable std::vector<Listed> listed;
  mutable std::vector<Repaired> repaired;
  mutable int fetchers = 0;  // made
  mutable int stops = 0;
  mutable FetchOptions options;

  Result<Source> parse_url(std::string_view text) const override { return parse_simple_url(text); }

  Result<PartStatus> read_part_status(const std::filesystem::path& path) const override {
    const auto found = parts.find(path.native());
    if (found != parts.end()) return found->second;
    return fail(ErrorKind::not_found, "there is no unfinished download of " + path.native());
  }

  Result<VerifyResult> verify(const std::filesystem::path& path,
                              Observer& observer) const override {
    const auto found = verifications.find(path.native());
    if (found != verifications.end()) return found->second(observer);
    return fail(ErrorKind::not_found, path.native() + " has no digests", "", "Fetch it with them");
  }

  Result<ManifestVerdict> verify_manifest(
      const std::filesystem::path& path, const std::filesystem::path& folder,
      const std::function<void(const ManifestFault&)>& found) const override {
    compared.emplace_back(path, folder);
    if (manifest) return manifest(found);
    return fail(ErrorKind::not_found, path.native() + " is not there");
  }

  std::unique_ptr<FileFetcher> make_fetcher(FetchOptions given, Observer& observer) const override {
    ++fetchers;
    options = std::move(given);
    return std::make_unique<FakeFetcher>(*this, observer);
  }

 private:
  class FakeFetcher final : public FileFetcher {
   public:
    FakeFetcher(const FakeEngine& engine, Observer& observer)
        : engine_(engine), observer_(observer) {}

    void fetch_all(const std::vector<FetchRequest>& requests, const FetchDone& done) override {
      bool stopped = false;
      for (size_t file = 0; file < requests.size(); ++file) {
        if (stopped) {
          done(file, fail(ErrorKind::interrupted, "interrupted before it was begun"));
          continue;
        }
        NumberedObserver observer(observer_, file);
        Result<FetchResult> result = fetch(requests[file], observer);
        stopped = !result && result.error().kind == ErrorKind::interrupted;
        done(file, std::move(result));
      }
    }
    Result<FetchResult> repair(const Url& url, const VerifyResult& found) override {
      engine_.repaired.push_back({url, found});
      return engine_.repair ? engine_.repair(observer_) : one_mebibyte(found.target);
    }
    Status list(const Url& folder, bool recursive, const FolderDone& done) override {
      engine_.listed.push_back({folder, recursive});
      const auto found = engine_.listings.find(folder.host + "/" + folder.path);
      if (found != engine_.listings.end()) return found->second(done, observer_);
      return fail(ErrorKind::not_found, folder.path + " is not there", "550 No such folder");
    }
    Result<ServerFeatures> features(const Url& url) override {
      const auto found = engine_.servers.find(url.host + "/" + url.path);
      if (found != engine_.servers.end()) return found->second;
      return fail(ErrorKind::network, "cannot connect to " + url.host);
    }
    Result<MirrorResult> mirror(const Url& folder, const std::filesystem::path& local,
                                const MirrorOptions& wanted, MirrorObserver& observer) override {
      engine_.mirrored.push_back({folder, local, wanted});
      const size_t times = std::min(engine_.mirrored.size(), engine_.mirrors.size());
      return times == 0 ? MirrorResult() : engine_.mirrors[times - 1](observer, observer_);
    }
    void stop() noexcept override { ++engine_.stops; }

   private:
    /// Says which file a progress is of.
    class NumberedObserver final : public Observer {
     public:
      NumberedObserver(Observer& observer, size_t file) : observer_(observer), file_(file) {}
      void on_progress(const FetchProgress& progress) override {
        FetchProgress numbered = progress;
        numbered.file = file_;
        observer_.on_progress(numbered);
      }
      void on_message(MessageLevel level, std::string_view text) override {
        observer_.on_message(level, text);
      }
      bool wants_trace() const override { return observer_.wants_trace(); }

     private:
      Observer& observer_;
      const size_t file_;
    };

    Result<FetchResult> fetch(const FetchRequest& request, Observer& observer) {
      engine_.fetched.push_back({request.url, request.target});
      const auto found = engine_.fetches.find(request.target.filename().native());
      if (found == engine_.fetches.end()) return one_mebibyte(request.target);
      Result<FetchResult> scripted = found->second(observer);
      if (scripted) scripted->path = request.target;
      return scripted;
    }

    static FetchResult one_mebibyte(const std::filesystem::path& target) {
      FetchResult result;
      result.path = target;
      result.size_bytes = result.fetched_bytes = 1 << 20;
      result.seconds = 2;
      result.connections = 4;
      return result;
    }

    const FakeEngine& engine_;
    Observer& observer_;
  };
};

/// A console of strings, 80 columns wide, at the start of time.
struct FakeConsole {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Console console{.in = in,
                  .out = out,
                  .err = err,
                  .width = [] { return size_t{80}; },
                  .now = [] { return TimePoint{}; },
                  .pause = [](Duration time) { paused() += time; }};

  /// How much time the program let go by, in all tests together.
  static Duration& paused() {
    static Duration total{};
    return total;
  }
};

struct RunResult {
  int code;
  std::string out;
  std::string err;
};

inline RunResult run_program(const std::vector<std::string>& arguments, const FakeEngine& engine,
                             const std::string& input = "") {
  FakeConsole fake;
  fake.in.str(input);
  const int code = run(arguments, engine, fake.console);
  return {code, fake.out.str(), fake.err.str()};
}

}  // namespace ftpull::cli
