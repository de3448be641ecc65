#include "cli/option_table.h"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <optional>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr uint64_t kMostConnections = 64;  // beyond it servers refuse and nothing gets faster
constexpr uint64_t kMostRetries = 1000;    // at a minute each: most of a day
constexpr uint64_t kSmallestRate = 1024;   // below it the protocol's own time-outs strike
constexpr uint64_t kLargestRate = 1ULL << 40;
constexpr uint64_t kSmallestSegment = 256ULL << 10;
constexpr uint64_t kLargestSegment = 16ULL << 20;
constexpr Duration kShortestTimeout = std::chrono::seconds(1);
constexpr Duration kShortestCheckpoint =
    std::chrono::milliseconds(100);  // a flush alone may take this
// Some published limits ask for seconds between connects.
constexpr Duration kLongestConnectInterval = std::chrono::minutes(1);
constexpr Duration kLongestTime = std::chrono::hours(1);
constexpr uint64_t kDeepest = 100;  // folders below each other
constexpr uint64_t kMostRemoved = 1'000'000'000;
constexpr Duration kShortestLoop = std::chrono::seconds(1);
constexpr Duration kLongestLoop = std::chrono::hours(7 * 24);

bool set_number(int& target, const std::string& value, uint64_t smallest, uint64_t largest) {
  const std::optional<uint64_t> number = parse_decimal(value);
  if (!number || *number < smallest || *number > largest) return false;
  target = static_cast<int>(*number);
  return true;
}

bool set_time(std::chrono::milliseconds& target, const std::string& value, Duration shortest) {
  const Result<Duration> time = parse_duration(value);
  if (!time || *time < shortest || *time > kLongestTime) return false;
  target = std::chrono::duration_cast<std::chrono::milliseconds>(*time);
  return true;
}

bool set_text(std::optional<std::string>& target, const std::string& value) {
  target = value;
  return !value.empty();
}

bool set_connections(Options& options, const std::string& value) {
  options.fetch.connections = 0;
  return value == "auto" || set_number(options.fetch.connections, value, 1, kMostConnections);
}

bool set_max_connections(Options& options, const std::string& value) {
  options.max_connections_given = true;
  return set_number(options.fetch.max_connections, value, 1, kMostConnections);
}

bool set_connect_interval(Options& options, const std::string& value) {
  return set_time(options.fetch.connect_interval, value, Duration(0)) &&
         options.fetch.connect_interval <= kLongestConnectInterval;
}

bool set_host_cache(Options& options, const std::string& value) {
  options.fetch.host_cache = value == "none" ? "" : value;
  return !value.empty();
}

bool set_limit_rate(Options& options, const std::string& value) {
  const Result<uint64_t> rate = parse_size(value);
  if (!rate || *rate < kSmallestRate || *rate > kLargestRate) return false;
  options.fetch.limit_rate = *rate;
  return true;
}

bool set_segment_size(Options& options, const std::string& value) {
  const Result<uint64_t> size = parse_size(value);
  if (!size || *size < kSmallestSegment || *size > kLargestSegment) return false;
  options.fetch.segment_size = *size;
  return std::has_single_bit(*size);
}

bool set_output(Options& options, const std::string& value) {
  return value != "-" && set_text(options.output, value);
}

bool set_user(Options& options, const std::string& value) {
  // A line end in a user name would become a second command to the server.
  const bool clean = std::none_of(value.begin(), value.end(),
                                  [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  options.fetch.user = value;
  return clean && !value.empty();
}

template <Filter::Kind Kind>
bool add_filter(Options& options, const std::string& value) {
  options.mirror.filters.push_back({Kind, value});
  return !value.empty();
}

bool set_newer_than(Options& options, const std::string& value) {
  options.mirror.newer_than = parse_moment(value);
  return options.mirror.newer_than.has_value();
}

template <auto Member>
bool set_size_bound(Options& options, const std::string& value) {
  const Result<uint64_t> size = parse_size(value);
  if (size) options.mirror.options.*Member = *size;
  return size.has_value();
}

bool set_depth(Options& options, const std::string& value) {
  options.mirror.options.depth = 1;
  return set_number(*options.mirror.options.depth, value, 1, kDeepest);
}

bool set_max_delete(Options& options, const std::string& value) {
  const std::optional<uint64_t> number = parse_decimal(value);
  if (!number || *number > kMostRemoved) return false;
  options.mirror.options.max_remove = *number;
  options.mirror.max_remove_given = true;
  return true;
}

bool set_loop(Options& options, const std::string& value) {
  options.mirror.loop = parse_span(value);
  const auto& interval = options.mirror.loop;
  return interval && *interval >= kShortestLoop && *interval <= kLongestLoop;
}

template <auto Member>
bool switch_on_mirror(Options& options, const std::string&) {
  options.mirror.options.*Member = true;
  return true;
}

template <auto Member>
bool set_mirror_path(Options& options, const std::string& value) {
  options.mirror.options.*Member = value;
  return !value.empty();
}

template <class T>
struct Choice {
  std::string_view name;
  T choice;
};

template <class T>
bool set_choice(T& target, const std::string& value, std::initializer_list<Choice<T>> choices) {
  for (const Choice<T>& candidate : choices) {
    if (candidate.name != value) continue;
    target = candidate.choice;
    return true;
  }
  return false;
}

bool set_progress(Options& options, const std::string& value) {
  return set_choice<ProgressMode>(options.progress, value,
                                  {{"auto", ProgressMode::automatic},
                                   {"bar", ProgressMode::bar},
                                   {"plain", ProgressMode::plain},
                                   {"none", ProgressMode::none}});
}

/// Flags differ only in the member that they switch on.
template <auto Member>
bool switch_on(Options& options, const std::string&) {
  options.*Member = true;
  return true;
}

template <auto Member>
bool switch_on_fetch(Options& options, const std::string&) {
  options.fetch.*Member = true;
  return true;
}

template <AddressFamily Family>
bool set_family(Options& options, const std::string&) {
  options.fetch.family = Family;
  return true;
}

bool set_data_mode(Options& options, const std::string& value) {
  return set_choice<DataMode>(options.fetch.data_mode, value,
                              {{"auto", DataMode::automatic},
                               {"active", DataMode::active},
                               {"epsv", DataMode::epsv},
                               {"pasv", DataMode::pasv},
                               {"eprt", DataMode::eprt},
                               {"port", DataMode::port}});
}

bool set_proxy(Options& options, const std::string& value) {
  options.fetch.proxy = value == "none" ? "" : value;
  // What is wrong with it is said elsewhere: its value, which may have a password, is not shown.
  return true;
}

bool set_on_change(Options& options, const std::string& value) {
  return set_choice<OnChange>(
      options.fetch.on_change, value,
      {{"stop", OnChange::stop}, {"refetch", OnChange::refetch}, {"append", OnChange::append}});
}

bool set_links(Options& options, const std::string& value) {
  return set_choice<MirrorLinks>(
      options.mirror.options.links, value,
      {{"skip", MirrorLinks::skip}, {"copy", MirrorLinks::copy}, {"follow", MirrorLinks::follow}});
}

bool set_times(Options& options, const std::string& value) {
  return set_choice<bool>(options.mirror.options.times, value, {{"on", true}, {"off", false}});
}

bool set_durability(Options& options, const std::string& value) {
  return set_choice<Durability>(options.fetch.durability, value,
                                {{"none", Durability::none},
                                 {"checkpoint", Durability::checkpoint},
                                 {"segment", Durability::segment}});
}

template <auto Member>
bool set_text_member(Options& options, const std::string& value) {
  return set_text(options.*Member, value);
}

constexpr std::string_view kWhere = "What to fetch, and where to";
constexpr std::string_view kSpeed = "Speed";
constexpr std::string_view kSafety = "Safety";
constexpr std::string_view kMirroring = "What to mirror (mirror)";
constexpr std::string_view kListing = "What to list (ls)";
constexpr std::string_view kNetwork = "Network";
constexpr std::string_view kLogin = "Login";
constexpr std::string_view kShown = "What is shown";

// clang-format off
constexpr OptionSpec kTable[] = {
  {'o', "output", "FILE", "a file name", "", kWhere, kGet,
   "write the one file to FILE (default: the name in the URL)", set_output},
  {'d', "directory", "DIR", "a folder", "", kWhere, kGet,
   "write the files into DIR (default: here); made if missing, with the folders above it",
   set_text_member<&Options::directory>},
  {'i', "input-file", "FILE", "a file name, or - for standard input", "", kWhere, kGet,
   "take more URLs from FILE ('-': standard input), one a line; blank lines and lines "
   "beginning with # are skipped", set_text_member<&Options::input_file>},
  {'\0', "restart", "", "", "", kWhere, kGet,
   "forget what is on disk and fetch from the start", switch_on_fetch<&FetchOptions::restart>},
  {'\0', "dry-run", "", "", "", kWhere, kGet | kMirror,
   "ask the server, say what would be done, write nothing",
   switch_on_fetch<&FetchOptions::dry_run>},

  {'n', "connections", "N", "1 to 64, or auto", "auto", kSpeed, kConnecting,
   "fetch over N connections at once; auto measures how many are worth having", set_connections},
  {'\0', "max-connections", "N", "1 to 64", "16", kSpeed, kConnecting,
   "never have more connections to one server", set_max_connections},
  {'\0', "connect-interval", "S", "0 to 60 seconds", "0.1", kSpeed, kConnecting,
   "wait between new connections to one server; the first four come at once, or as many as were "
   "best the last time", set_connect_interval},
  {'\0', "host-cache", "FILE", "a file, or none", "~/.cache/ftpull/hosts.json", kSpeed,
   kConnecting, "where to keep what is learned of servers, for the next run", set_host_cache},
  {'\0', "limit-rate", "RATE", "1K to 1T bytes a second", "no limit", kSpeed, kFetching,
   "bytes a second over all connections, for example 2.5M", set_limit_rate},
  {'\0', "bwlimit-schedule", "TEXT", "times and rates", "", kSpeed, kFetching,
   "limits by the local time of day, each until the next one: \"08:00,1M 18:00,off\"",
   set_text_member<&Options::rate_schedule>},
  {'\0', "segment-size", "SIZE", "a power of two from 256K to 16M", "from the file's size", kSpeed,
   kGet | kMirror, "the piece by which progress is recorded", set_segment_size},

  {'\0', "on-change", "WHAT", "stop, refetch or append", "stop", kSafety, kGet,
   "when the file on the server is no longer the one that was begun: stop sets aside what came "
   "and ends with 7, refetch fetches the new one at once, append goes on with a file that has "
   "only grown",
   set_on_change},
  {'\0', "durability", "WHAT", "none, checkpoint or segment", "checkpoint", kSafety, kGet | kMirror,
   "what is safe from a power cut before the file is complete: nothing, all that came before the "
   "last checkpoint, or each segment as soon as it is there", set_durability},
  {'\0', "checkpoint-interval", "S", "0.1 to 3600 seconds", "5", kSafety, kGet | kMirror,
   "after a power cut at most what came in the last S seconds is fetched again",
   [](Options& options, const std::string& value) {
     return set_time(options.fetch.checkpoint_interval, value, kShortestCheckpoint);
   }},
  {'\0', "keep-digests", "", "", "", kSafety, kGet,
   "leave FILE.digests beside the file, for ftpull verify",
   switch_on_fetch<&FetchOptions::keep_digests>},
  {'\0', "repair", "URL", "the URL of the file", "", kSafety, kVerify,
   "with verify and one PATH: fetch what is bad in it again from URL, and nothing else",
   set_text_member<&Options::repair>},

  {'\0', "include", "PATTERN", "a pattern", "", kMirroring, kMirror,
   "take what it matches; may be given again, and of all of these the first that matches decides. "
   "With a '/' at its beginning or within it is matched from the top, else with names in all "
   "folders; with one at its end it is for folders. '*' and '?' match no '/', '**' does",
   add_filter<Filter::Kind::include>, true},
  {'\0', "exclude", "PATTERN", "a pattern", "", kMirroring, kMirror,
   "leave out what it matches, of folders all that is below too",
   add_filter<Filter::Kind::exclude>, true},
  {'\0', "filter-from", "FILE", "a file name", "", kMirroring, kMirror,
   "more of these from FILE, at this place of the order: \"+ PATTERN\" or \"- PATTERN\", one a "
   "line", add_filter<Filter::Kind::file>, true},
  {'\0', "newer-than", "WHEN",
   "a date such as 2026-01-31, a time such as 2026-01-31T12:00:00Z, or an age such as 7d, 12h or "
   "30m", "", kMirroring, kMirror,
   "only files changed after WHEN: 2026-01-31, 2026-01-31T12:00:00Z, or so long ago: 7d, 12h, 30m",
   set_newer_than},
  {'\0', "min-size", "SIZE", "a size such as 1K", "", kMirroring, kMirror,
   "only files of at least SIZE", set_size_bound<&MirrorOptions::min_size_bytes>},
  {'\0', "max-size", "SIZE", "a size such as 100M", "", kMirroring, kMirror,
   "only files of at most SIZE", set_size_bound<&MirrorOptions::max_size_bytes>},
  {'\0', "depth", "N", "1 to 100", "no limit", kMirroring, kMirror,
   "so many folders below each other; 1 is the folder itself and nothing below", set_depth},
  {'\0', "links", "WHAT", "skip, copy or follow", "copy", kMirroring, kMirror,
   "make links as they are, or follow them; either only where they lead to within the tree",
   set_links},
  {'\0', "delete", "", "", "", kMirroring, kMirror,
   "remove what the server does not have, after everything was listed without an error",
   switch_on_mirror<&MirrorOptions::remove>},
  {'\0', "max-delete", "N", "0 to 1000000000", "1000", kMirroring, kMirror,
   "remove nothing when it would be more than N", set_max_delete},
  {'\0', "trash", "DIR", "a folder", "", kMirroring, kMirror,
   "move what --delete removes into DIR", set_mirror_path<&MirrorOptions::trash>},
  {'\0', "times", "on|off", "on or off", "on", kMirroring, kMirror,
   "files get the time that the server tells", set_times},
  {'\0', "permissions", "", "", "", kMirroring, kMirror,
   "files and folders get the permissions that the server tells",
   switch_on_mirror<&MirrorOptions::permissions>},
  {'\0', "manifest", "FILE", "a file name", "", kMirroring, kMirror | kVerify,
   "write into FILE what is in the tree, with digests; with verify: compare a folder with it",
   set_mirror_path<&MirrorOptions::manifest>},
  {'\0', "checksum", "", "", "", kMirroring, kMirror,
   "read files that seem equal, and fetch those again that are not as --manifest has them",
   switch_on_mirror<&MirrorOptions::checksum>},
  {'\0', "loop", "INTERVAL", "1 second to 7 days, such as 15m or 1d", "", kMirroring, kMirror,
   "mirror again and again, INTERVAL (1s to 7d) after the end of the last time", set_loop},

  {'l', "long", "", "", "", kListing, kLs,
   "permissions, size and time too; the time is UTC where the server says so, else it is what the "
   "clock on the server's wall shows", switch_on<&Options::long_listing>},
  {'R', "recursive", "", "", "", kListing, kLs, "list the folders below too",
   switch_on<&Options::recursive>},
  {'\0', "features", "", "", "", kListing, kLs,
   "in place of a listing, what was found out about the server", switch_on<&Options::features>},

  {'\0', "retries", "N", "0 to 1000", "5", kNetwork, kConnecting,
   "attempts after the first, in a row without progress",
   [](Options& options, const std::string& value) {
     return set_number(options.fetch.retries, value, 0, kMostRetries);
   }},
  {'\0', "timeout", "S", "1 to 3600 seconds", "30", kNetwork, kConnecting,
   "give a connection up when nothing comes for S seconds",
   [](Options& options, const std::string& value) {
     return set_time(options.fetch.timeout, value, kShortestTimeout);
   }},
  {'\0', "connect-timeout", "S", "1 to 3600 seconds", "15", kNetwork, kConnecting,
   "give up connecting to an address after S seconds",
   [](Options& options, const std::string& value) {
     return set_time(options.fetch.connect_timeout, value, kShortestTimeout);
   }},
  {'\0', "keepalive", "S", "0 to 3600 seconds", "30", kNetwork, kConnecting,
   "send NOOP over a connection that was idle for S seconds, so that the server keeps it; "
   "0: never", [](Options& options, const std::string& value) {
     return set_time(options.fetch.keepalive, value, Duration(0));
   }},
  {'4', "ipv4", "", "", "", kNetwork, kConnecting, "use IPv4 only",
   set_family<AddressFamily::ipv4>},
  {'6', "ipv6", "", "", "", kNetwork, kConnecting, "use IPv6 only",
   set_family<AddressFamily::ipv6>},
  {'\0', "data-mode", "MODE", "auto, active, epsv, pasv, eprt or port", "auto", kNetwork,
   kConnecting,
   "who makes the data connections: auto is we do (EPSV, else PASV), active the server does (EPRT, "
   "else PORT), which needs a way through firewalls; the others are one command and nothing else",
   set_data_mode},
  {'\0', "active", "", "", "", kNetwork, kConnecting, "the same as --data-mode active",
   [](Options& options, const std::string&) {
     options.fetch.data_mode = DataMode::active;
     return true;
   }},
  {'\0', "compress", "", "", "", kNetwork, kConnecting,
   "have servers that can compress what they send (MODE Z): for text over slow lines, not for what "
   "is compressed already", switch_on_fetch<&FetchOptions::compress>},
  {'\0', "proxy", "URL", "a URL, or none", "", kNetwork, kConnecting,
   "go through a proxy, for data too: socks5h://[USER:PASSWORD@]HOST[:PORT], socks5:// to look the "
   "server's name up here and not there, http:// for CONNECT; the port is 1080 when none is given; "
   "none: go straight (default: the environment's ftp_proxy, else all_proxy; hosts in its no_proxy "
   "are reached straight in any case)", set_proxy},

  {'\0', "user", "NAME", "a name without control characters", "anonymous", kLogin, kConnecting,
   "log in as NAME where the URL names nobody; the password comes from --password-file, "
   "FTPULL_PASSWORD, or is asked for", set_user},
  {'\0', "password-file", "FILE", "a file name", "", kLogin, kConnecting,
   "the password is the first line of FILE", set_text_member<&Options::password_file>},

  {'\0', "json", "", "", "", kShown, kAllCommands,
   "one JSON object a file, or an entry of a listing, on standard output, one a line",
   switch_on<&Options::json>},
  {'\0', "progress", "MODE", "auto, bar, plain or none", "auto", kShown, kGet | kVerify | kMirror,
   "auto is bar on a terminal, else plain: a line every ten seconds", set_progress},
  {'q', "quiet", "", "", "", kShown, kAllCommands,
   "show nothing but errors", switch_on<&Options::quiet>},
  {'v', "verbose", "", "", "", kShown, kGet | kVerify | kLs | kMirror,
   "show what is said on the control connections", switch_on<&Options::verbose>},
  {'\0', "log-file", "FILE", "a file name", "", kShown,
   kGet | kVerify | kLs | kMirror,
   "append to FILE what happens, with -v the protocol too", set_text_member<&Options::log_file>},
  {'h', "help", "", "", "", kShown, kAllCommands, "show this text", switch_on<&Options::help>},
  {'\0', "version", "", "", "", kShown, kAllCommands,
   "show the version", switch_on<&Options::version>},
};
// clang-format on

}  // namespace

std::span<const OptionSpec> option_table() {
  return kTable;
}

const OptionSpec* find_option(std::string_view typed) {
  const bool is_letter = typed.size() == 2 && typed[0] == '-';
  const std::string_view name = typed.starts_with("--") ? typed.substr(2) : typed;
  for (const OptionSpec& spec : kTable) {
    if (is_letter ? spec.letter == typed[1] : spec.name == name) return &spec;
  }
  return nullptr;
}

}  // namespace ftpull::cli
