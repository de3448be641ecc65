#include "cli/status_command.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/json_output.h"
#include "cli/part_name.h"
#include "cli/tally.h"
#include "cli/utc.h"
#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr size_t kMostMapRows = 12;      // the whole report fits a small terminal
constexpr size_t kWidestMapRow = 100;    // wider ones are hard to follow with the eye
constexpr size_t kNarrowestMapRow = 20;  // even where the terminal is narrower
constexpr std::string_view kIndent = "  ";

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("{}{:<12}{}\n", kIndent, name, text);
}

std::string format_done(const PartStatus& status) {
  const std::string done = format_size(status.done_bytes);
  const std::string durable = format_size(status.durable_bytes);
  if (!status.size_bytes) {
    return fmt::format("{}, {} of it durable; the size is unknown", done, durable);
  }
  const auto size = static_cast<double>(std::max<uint64_t>(*status.size_bytes, 1));
  return fmt::format("{} of {} ({:.1f}%), {} of it durable", done, format_size(*status.size_bytes),
                     100 * static_cast<double>(status.done_bytes) / size, durable);
}

uint64_t size_of(const ByteRange& range) {
  return range.end - range.begin;
}

/// "12 holes, the largest 3.20 MiB at byte 1048576".
std::string format_holes(const std::vector<ByteRange>& holes) {
  const auto smaller = [](const ByteRange& a, const ByteRange& b) {
    return size_of(a) < size_of(b);
  };
  const ByteRange& largest = *std::max_element(holes.begin(), holes.end(), smaller);
  const std::string count =
      holes.size() == 1 ? "1 hole," : fmt::format("{} holes, the largest", holes.size());
  return fmt::format("{} {} at byte {}", count, format_size(size_of(largest)), largest.begin);
}

/// "4 segments begun, 1.10 MiB in them".
std::string format_tails(const std::vector<ByteRange>& tails) {
  uint64_t bytes = 0;
  for (const ByteRange& tail : tails) bytes += size_of(tail);
  const bool one = tails.size() == 1;
  return fmt::format("{} segment{} begun, {} in {}", tails.size(), one ? "" : "s",
                     format_size(bytes), one ? "it" : "them");
}

/// "14:32 ago" is read as a time of day, hence one rounded unit.
std::string format_age(std::time_t created, std::time_t now) {
  const auto seconds = static_cast<uint64_t>(std::max<std::time_t>(now - created, 0));
  struct Unit {
    uint64_t seconds;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  for (const Unit& unit : kUnits) {
    const uint64_t count = seconds / unit.seconds;
    if (count != 0) return fmt::format("{} {}{} ago", count, unit.name, count == 1 ? "" : "s");
  }
  return "just now";
}

std::string format_map(const PartStatus& status, size_t width) {
  if (status.map.empty()) return "";
  const size_t row =
      std::clamp(width - std::min(width, kIndent.size() + 1), kNarrowestMapRow, kWidestMapRow);
  size_t each = 1;
  const std::string map = reduce_map(status.map, row * kMostMapRows, each);
  std::string out =
      line("segments", fmt::format("{} of {}; one character is {}", status.map.size(),
                                   format_size(status.segment_bytes),
                                   each == 1 ? "one of them" : fmt::format("{} of them", each)));
  for (size_t begin = 0; begin < map.size(); begin += row) {
    out += fmt::format("{}{}\n", kIndent, std::string_view(map).substr(begin, row));
  }
  return out + fmt::format("{}# done  + partly  . missing\n", kIndent);
}

}  // namespace

std::string reduce_map(std::string_view map, size_t longest, size_t& segments_each) {
  segments_each = std::max<size_t>(1, (map.size() + longest - 1) / longest);
  std::string out;
  for (size_t begin = 0; begin < map.size(); begin += segments_each) {
    const std::string_view bucket = map.substr(begin, segments_each);
    const bool uniform = bucket.find_first_not_of(bucket.front()) == std::string_view::npos;
    out += uniform ? bucket.front() : '+';
  }
  return out;
}

std::string format_mdtm(std::string_view mdtm) {
  const std::string_view digits = mdtm.substr(0, mdtm.find('.'));
  if (digits.size() != 14 || !parse_decimal(digits)) return for_display(mdtm);
  return fmt::format("{}-{}-{} {}:{}:{} UTC", digits.substr(0, 4), digits.substr(4, 2),
                     digits.substr(6, 2), digits.substr(8, 2), digits.substr(10, 2),
                     digits.substr(12, 2));
}

std::string format_part_status(const PartStatus& status, std::time_t now, size_t width) {
  const std::string target = final_path(status.part).native();
  std::string out = fmt::format("{}\n", for_display(target));
  out += line("URL", for_display(status.url));
  out += line("on disk", format_done(status));
  if (!status.holes.empty()) out += line("missing", format_holes(status.holes));
  if (!status.tails.empty()) out += line("unfinished", format_tails(status.tails));
  if (!status.mdtm.empty()) out += line("server time", format_mdtm(status.mdtm));
  out += line("begun", fmt::format("{}, {}", format_utc(status.created, "%Y-%m-%d %H:%M:%S UTC"),
                                   format_age(status.created, now)));
  out += line("in use", status.in_use ? "yes, another process holds it" : "no");
  out += format_map(status, width);
  if (status.in_use) return out;
  return out + fmt::format("{}To go on type: ftpull get {} -o {}\n", kIndent,
                           shell_word(status.url), shell_word(target));
}

int run_status(const Options& options, const Engine& engine, Console& console) {
  Tally tally;
  for (const std::string& path : options.words) {
    const Result<PartStatus> status = engine.read_part_status(path);
    if (!status) {
      print_error(console, status.error());
      tally.add_failure(status.error().kind);
      continue;
    }
    tally.add_success();
    if (options.json) {
      console.out << part_status_json(*status, std::time(nullptr)) << '\n';
    } else if (!options.quiet) {
      console.out << format_part_status(*status, std::time(nullptr), console.width());
    }
  }
  if (const auto closing = tally.closing_line()) {
    console.err << "ftpull: " << *closing << '\n' << std::flush;
  }
  const Status flushed = flush_output(console);
  return flushed ? tally.exit_code() : give_up(console, flushed.error());
}

}  // namespace ftpull::cli
