#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr size_t kShortestName = 12;  // "data....r.gz": enough to know which file it is
constexpr std::string_view kToStartOfLine = "\r";
constexpr std::string_view kClearToEnd = "\x1b[K";
constexpr double kLongestEta = 100 * 3600;  // seconds; beyond it a number says nothing

std::string format_done(const FetchProgress& progress) {
  const std::string done = format_size(progress.done_bytes);
  if (!progress.size_bytes) return done;
  const double size = static_cast<double>(std::max<uint64_t>(*progress.size_bytes, 1));
  const bool complete = progress.done_bytes >= *progress.size_bytes;
  const double percent =
      std::min(99.0, std::floor(100 * (static_cast<double>(progress.done_bytes) / size)));
  return fmt::format("{:2.0f}% {}/{}", complete ? 100.0 : percent, done,
                     format_size(*progress.size_bytes));
}

/// While something moves.
double eta_seconds(const FetchProgress& progress) {
  const uint64_t size = progress.size_bytes.value_or(0);
  const uint64_t missing = size > progress.done_bytes ? size - progress.done_bytes : 0;
  return static_cast<double>(missing) / progress.bytes_per_second;
}

std::vector<std::string> all_figures(const FetchProgress& progress, Activity activity) {
  std::vector<std::string> figures{format_done(progress)};
  const bool fetches = activity == Activity::fetching;
  // The smoothed rate of what stands still comes down to a fraction, not to nothing.
  if ((fetches && progress.sessions == 0) || progress.bytes_per_second < 1) {
    const bool complete = progress.size_bytes && progress.done_bytes >= *progress.size_bytes;
    if (fetches && !complete) figures.emplace_back("waiting");
    return figures;
  }
  figures.push_back(format_rate(progress.bytes_per_second));
  if (progress.size_bytes) figures.push_back("ETA " + format_eta(eta_seconds(progress)));
  if (fetches) {
    figures.push_back(
        fmt::format("{} conn{}", progress.sessions, progress.sessions == 1 ? "" : "s"));
  }
  return figures;
}

}  // namespace

std::string format_eta(double seconds) {
  if (!(seconds < kLongestEta)) return "--";
  const auto whole = static_cast<uint64_t>(std::ceil(std::max(seconds, 0.0)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string format_progress_line(const FetchProgress& progress, size_t width, Activity activity) {
  std::vector<std::string> figures = all_figures(progress, activity);

  const std::string name = for_display(progress.name);
  const size_t name_needs = std::min(name.size(), kShortestName);
  const auto total = [&] {
    size_t bytes = 0;
    for (const std::string& figure : figures) bytes += 2 + figure.size();
    return bytes;
  };
  while (!figures.empty() && total() + name_needs > width) figures.pop_back();
  std::string line = shorten_middle(name, width - std::min(width, total()));
  for (const std::string& figure : figures) line += "  " + figure;
  return line;
}

ProgressDisplay::ProgressDisplay(Console& console, ProgressMode mode)
    : console_(console), mode_(mode) {
  if (mode_ != ProgressMode::automatic) return;
  mode_ = console_.err_is_terminal ? ProgressMode::bar : ProgressMode::plain;
}

void ProgressDisplay::begin(TimePoint now, Activity activity) {
  clear();
  activity_ = activity;
  due_ = mode_ == ProgressMode::plain ? now + kPlainInterval : now;
}

void ProgressDisplay::update(const FetchProgress& progress, TimePoint now) {
  update([&](size_t width) { return format_progress_line(progress, width, activity_); }, now);
}

void ProgressDisplay::update(const std::function<std::string(size_t width)>& line, TimePoint now) {
  if (mode_ == ProgressMode::none || now < due_) return;
  if (mode_ == ProgressMode::plain) {
    constexpr size_t kNoLimit = 1000;
    console_.err << line(kNoLimit) << '\n' << std::flush;
    due_ = now + kPlainInterval;
    return;
  }
  // The last column stays free: a character there makes some terminals wrap.
  const size_t width = std::max<size_t>(console_.width(), 2) - 1;
  console_.err << kToStartOfLine << line(width) << kClearToEnd << std::flush;
  drawn_ = true;
  due_ = now + kBarInterval;
}

void ProgressDisplay::clear() {
  if (drawn_) console_.err << kToStartOfLine << kClearToEnd << std::flush;
  drawn_ = false;
}

}  // namespace ftpull::cli
