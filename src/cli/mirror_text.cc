#include "cli/mirror_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/progress.h"
#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr double kShortestSeconds = 0.001;  // a rate over no time at all is noise

/// "12,345".
std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

/// "1 file", "12,345 files".
std::string counted(uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string files(uint64_t number) {
  return counted(number, "file", "files");
}

std::string whole_name(std::string_view text) {
  return for_display(text, std::string::npos);
}

uint64_t done_bytes(const MirrorTotals& totals) {
  return std::min(totals.bytes, totals.kept_bytes + totals.fetched_bytes + totals.resumed_bytes);
}

/// By bytes, or by files where there are no bytes.
std::string percentage(const MirrorTotals& totals) {
  const uint64_t done_files = totals.kept + totals.fetched;
  if (done_files >= totals.files) return "100%";
  const bool has_bytes = totals.bytes != 0;
  const auto done = static_cast<double>(has_bytes ? done_bytes(totals) : done_files);
  const auto all = static_cast<double>(has_bytes ? totals.bytes : totals.files);
  return fmt::format("{:.0f}%", std::min(99.0, std::floor(100 * (done / all))));
}

/// In the order of their importance.
std::vector<std::string> figures_of(const MirrorProgress& progress, bool is_short) {
  const MirrorTotals& totals = progress.totals;
  std::vector<std::string> figures;
  if (progress.listing) {
    figures.push_back(
        fmt::format("{}, {}{} {}{} ({})", files(totals.files), format_size(totals.bytes),
                    is_short ? ", listing;" : " so far, still listing;", grouped(totals.fetched),
                    is_short ? "" : " fetched", format_size(totals.fetched_bytes)));
  } else {
    figures.push_back(percentage(totals));
    figures.push_back(
        fmt::format("{} of {}", grouped(totals.kept + totals.fetched), files(totals.files)));
    figures.push_back(fmt::format("{}{}{}", format_size(done_bytes(totals)),
                                  is_short ? "/" : " of ", format_size(totals.bytes)));
  }
  // The smoothed rate of what stands still comes down to a fraction, not to nothing.
  if (progress.bytes_per_second >= 1) {
    figures.push_back(format_rate(progress.bytes_per_second));
    if (!progress.listing) {
      const auto missing = static_cast<double>(totals.bytes - done_bytes(totals));
      figures.push_back("ETA " + format_eta(missing / progress.bytes_per_second));
    }
  }
  const auto sessions = static_cast<uint64_t>(std::max(progress.sessions, 0));
  if (sessions != 0) {
    figures.push_back(is_short ? counted(sessions, "conn", "conns")
                               : counted(sessions, "connection", "connections"));
  }
  return figures;
}

struct Verb {
  std::string_view plan;
  std::string_view done;
};

std::optional<Verb> verb_of(const MirrorItem& item) {
  switch (item.status) {
    case MirrorStatus::fetched:
      return item.replaces ? Verb{"replace", "replaced"} : Verb{"fetch", "fetched"};
    case MirrorStatus::kept:
      return Verb{"keep", "kept"};
    case MirrorStatus::linked:
      return Verb{"link", "linked"};
    case MirrorStatus::made:
      return Verb{"make", "made"};
    case MirrorStatus::removed:
      return Verb{"remove", "removed"};
    case MirrorStatus::refused:
    case MirrorStatus::denied:
    case MirrorStatus::failed:
      return std::nullopt;
  }
  return std::nullopt;
}

/// "; 2 refused, 1 denied, 3 failed, 1 folder not listed", without what is none.
std::vector<std::string> troubles(const MirrorTotals& totals) {
  std::vector<std::string> out;
  const auto add = [&](uint64_t number, std::string_view what) {
    if (number != 0) out.push_back(fmt::format("{} {}", grouped(number), what));
  };
  add(totals.refused, "refused");
  add(totals.denied, "denied");
  add(totals.failed, "failed");
  if (totals.gaps != 0) out.push_back(counted(totals.gaps, "folder", "folders") + " not listed");
  return out;
}

std::string listed_line(const MirrorTotals& totals) {
  std::string line = fmt::format("listed {}, {} ({})", counted(totals.folders, "folder", "folders"),
                                 files(totals.files), format_size(totals.bytes));
  if (totals.left_out != 0) line += fmt::format("; {} left out", grouped(totals.left_out));
  return line;
}

std::string done_line(const MirrorRun& run) {
  const MirrorTotals& totals = run.result.totals;
  std::string line = fmt::format("{} {} ({}", run.dry_run ? "would fetch" : "fetched",
                                 files(totals.fetched), format_size(totals.fetched_bytes));
  if (totals.resumed_bytes != 0) {
    line += fmt::format(", and {} that were here", format_size(totals.resumed_bytes));
  }
  line += fmt::format("), {} {} ({})", run.dry_run ? "keep" : "kept", files(totals.kept),
                      format_size(totals.kept_bytes));
  if (totals.links != 0) line += ", " + counted(totals.links, "link", "links");
  if (totals.removed != 0) {
    line += fmt::format(", {} {}", run.dry_run ? "remove" : "removed", grouped(totals.removed));
  }
  return line;
}

std::string pace_line(const MirrorResult& result) {
  std::string line = "in " + format_duration(result.seconds);
  if (result.seconds >= kShortestSeconds) {
    line +=
        fmt::format(", {}, {:.1f} files a second",
                    format_rate(static_cast<double>(result.totals.fetched_bytes) / result.seconds),
                    static_cast<double>(result.totals.fetched) / result.seconds);
  }
  const auto connections = static_cast<uint64_t>(std::max(result.connections, 0));
  return line + ", " + counted(connections, "connection", "connections");
}

}  // namespace

std::string format_mirror_progress(const MirrorProgress& progress, size_t width) {
  std::string line = fmt::format("{}", fmt::join(figures_of(progress, false), ", "));
  if (line.size() <= width) return line;
  std::vector<std::string> figures = figures_of(progress, true);
  line = fmt::format("{}", fmt::join(figures, ", "));
  while (line.size() > width && figures.size() > 1) {
    figures.pop_back();
    line = fmt::format("{}", fmt::join(figures, ", "));
  }
  return line.substr(0, width);
}

std::string shown_item(const MirrorItem& item) {
  if (item.path.empty()) return ".";
  return whole_name(item.path) + (item.type == EntryType::folder ? "/" : "");
}

std::string action_line(const MirrorItem& item, bool done) {
  const auto verb = verb_of(item);
  if (!verb) return "";
  std::string line = fmt::format("{} {}", done ? verb->done : verb->plan, shown_item(item));
  const bool has_size = item.type == EntryType::file && item.status != MirrorStatus::removed;
  if (has_size && item.size_bytes) line += fmt::format(" ({})", format_size(*item.size_bytes));
  return line;
}

std::vector<std::string> statement_lines(const MirrorRun& run) {
  const MirrorTotals& totals = run.result.totals;
  std::vector<std::string> lines{listed_line(totals), done_line(run)};
  const std::vector<std::string> wrong = troubles(totals);
  if (!wrong.empty()) lines.push_back(fmt::format("{}", fmt::join(wrong, ", ")));
  // Of one that has failed nobody measured it.
  if (!run.error) lines.push_back(pace_line(run.result));
  return lines;
}

std::string complete_line(const MirrorRun& run) {
  const std::string folder = whole_name(run.folder.native());
  if (run.dry_run) {
    return fmt::format("dry run: nothing was written; without --dry-run {} would be what {} has",
                       folder, run.url);
  }
  if (run.result.not_removed) {
    return fmt::format("complete: {} has all that {} has, and nothing was removed", folder,
                       run.url);
  }
  return fmt::format("complete: {} is what {} has", folder, run.url);
}

std::optional<std::string> incomplete_line(const MirrorRun& run) {
  const MirrorTotals& totals = run.result.totals;
  if (run.result.is_complete()) return std::nullopt;
  std::vector<std::string> reasons;
  if (totals.failed != 0) reasons.push_back(files(totals.failed) + " failed");
  if (totals.denied != 0) {
    reasons.push_back(files(totals.denied) + " denied by the server");
  }
  if (totals.refused != 0) reasons.push_back(files(totals.refused) + " refused");
  if (totals.gaps != 0) {
    reasons.push_back(counted(totals.gaps, "folder", "folders") + " could not be listed");
  }
  return fmt::format("not complete: {}; {}", fmt::join(reasons, ", "),
                     run.dry_run ? "the rest is as shown"
                                 : "type the same command again: it fetches only what is missing");
}

std::string fault_line(const ManifestFault& fault) {
  const std::string name = whole_name(fault.path);
  switch (fault.kind) {
    case ManifestFault::Kind::missing:
      return name + ": missing";
    case ManifestFault::Kind::other_size:
      return name + ": has another size";
    case ManifestFault::Kind::other_content:
      return name + ": has other content";
    case ManifestFault::Kind::unreadable:
      return name + ": cannot be read";
  }
  return name;
}

std::string verdict_line(const ManifestVerdict& verdict) {
  std::string line =
      verdict.faults != 0
          ? fmt::format("{} of {} {} not as the manifest says", grouped(verdict.faults),
                        files(verdict.files), verdict.faults == 1 ? "is" : "are")
      : verdict.files == 1 ? "the one file is as the manifest says"
                           : fmt::format("all {} are as the manifest says", files(verdict.files));
  if (verdict.without_digest != 0) {
    line += fmt::format("; of {} only the size could be compared", grouped(verdict.without_digest));
  }
  return line;
}

}  // namespace ftpull::cli
