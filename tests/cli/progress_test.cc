#include "cli/progress.h"

#include <doctest/doctest.h>

#include "fake_engine.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr uint64_t kMiB = 1 << 20;

FetchProgress halfway() {
  return {.name = "data.tar.gz",
          .size_bytes = 256 * kMiB,
          .done_bytes = 120 * kMiB,
          .resumed_bytes = 0,
          .bytes_per_second = 80.0 * kMiB,
          .sessions = 8};
}

TimePoint at(double seconds) {
  return TimePoint{} + from_seconds(seconds);
}

size_t count(const std::string& text, char c) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), c));
}

}  // namespace

TEST_CASE("a_line_shows_name_share_rate_time_and_connections") {
  CHECK(format_progress_line(halfway(), 79) ==
        "data.tar.gz  46% 120 MiB/256 MiB  80.0 MiB/s  ETA 0:02  8 conns");
}

TEST_CASE("reading_has_no_connections_and_waits_for_nobody") {
  FetchProgress progress = halfway();
  progress.sessions = 0;
  CHECK(format_progress_line(progress, 79, Activity::reading) ==
        "data.tar.gz  46% 120 MiB/256 MiB  80.0 MiB/s  ETA 0:02");
  CHECK(format_progress_line(progress, 79, Activity::fetching) ==
        "data.tar.gz  46% 120 MiB/256 MiB  waiting");
  progress.bytes_per_second = 0;
  CHECK(format_progress_line(progress, 79, Activity::reading) ==
        "data.tar.gz  46% 120 MiB/256 MiB");
}

TEST_CASE("without_a_size_there_is_no_share_and_no_eta") {
  FetchProgress progress = halfway();
  progress.size_bytes.reset();
  progress.sessions = 1;
  CHECK(format_progress_line(progress, 79) == "data.tar.gz  120 MiB  80.0 MiB/s  1 conn");
}

TEST_CASE("a_hundred_percent_means_complete") {
  FetchProgress progress = halfway();
  progress.done_bytes = *progress.size_bytes - 1;
  CHECK(format_progress_line(progress, 79).find(" 99%") != std::string::npos);
  progress.done_bytes = *progress.size_bytes;
  CHECK(format_progress_line(progress, 79).find(" 100%") != std::string::npos);
  progress.size_bytes = uint64_t{1} << 60;  // one byte less is the same floating-point number
  progress.done_bytes = *progress.size_bytes - 1;
  CHECK(format_progress_line(progress, 79).find(" 99%") != std::string::npos);
  progress.size_bytes = progress.done_bytes = 0;
  CHECK(format_progress_line(progress, 79).find(" 100%") != std::string::npos);
}

TEST_CASE("a_line_never_exceeds_the_width") {
  FetchProgress progress = halfway();
  progress.name = "a-rather-long-name-of-a-data-set-with-a-date-2026-01-31.tar.gz";
  for (size_t width = 0; width < 200; ++width) {
    CAPTURE(width);
    CHECK(format_progress_line(progress, width).size() <= width);
  }
  CHECK(format_progress_line(progress, 70) ==
        "a-rather....tar.gz  46% 120 MiB/256 MiB  80.0 MiB/s  ETA 0:02  8 conns");
  CHECK(format_progress_line(progress, 40) == "a-rather...1.tar.gz  46% 120 MiB/256 MiB");
}

TEST_CASE("a_name_cannot_move_the_cursor") {
  FetchProgress progress = halfway();
  progress.name = "\x1b[2Jx";
  CHECK(format_progress_line(progress, 79).starts_with("\\x1b[2Jx  "));
}

TEST_CASE("an_eta_is_a_clock_or_nothing") {
  CHECK(format_eta(0) == "0:00");
  CHECK(format_eta(11.2) == "0:12");
  CHECK(format_eta(3599) == "59:59");
  CHECK(format_eta(3600 * 2 + 605) == "2:10:05");
  CHECK(format_eta(1e18) == "--");
  FetchProgress progress = halfway();
  progress.bytes_per_second = 1;
  CHECK(format_progress_line(progress, 79).find("ETA --") != std::string::npos);
}

TEST_CASE("what_stands_still_is_waiting") {
  FetchProgress progress = halfway();
  progress.sessions = 0;
  CHECK(format_progress_line(progress, 79) == "data.tar.gz  46% 120 MiB/256 MiB  waiting");
  progress.sessions = 8;
  progress.bytes_per_second = 0.3;
  CHECK(format_progress_line(progress, 79) == "data.tar.gz  46% 120 MiB/256 MiB  waiting");
  progress.done_bytes = *progress.size_bytes;
  CHECK(format_progress_line(progress, 79) == "data.tar.gz  100% 256 MiB/256 MiB");
}

TEST_CASE("a_bar_is_redrawn_in_place_at_most_ten_times_a_second") {
  FakeConsole fake;
  fake.console.err_is_terminal = true;
  ProgressDisplay display(fake.console, ProgressMode::automatic);
  display.begin(at(0));
  for (int i = 0; i < 100; ++i) display.update(halfway(), at(i * 0.01));
  const std::string text = fake.err.str();
  CHECK(count(text, '\r') == 10);
  CHECK(count(text, '\n') == 0);
  CHECK(text.starts_with("\rdata.tar.gz"));
  CHECK(text.ends_with("\x1b[K"));
}

TEST_CASE("a_bar_is_cleared_once") {
  FakeConsole fake;
  ProgressDisplay display(fake.console, ProgressMode::bar);
  display.clear();
  CHECK(fake.err.str().empty());
  display.begin(at(0));
  display.update(halfway(), at(0));
  fake.err.str("");
  display.clear();
  display.clear();
  CHECK(fake.err.str() == "\r\x1b[K");
}

TEST_CASE("plain_lines_come_every_ten_seconds_and_not_at_once") {
  FakeConsole fake;
  ProgressDisplay display(fake.console, ProgressMode::automatic);
  display.begin(at(0));
  for (int i = 0; i <= 99; ++i) display.update(halfway(), at(i * 0.1));
  CHECK(fake.err.str().empty());
  for (int i = 100; i <= 250; ++i) display.update(halfway(), at(i * 0.1));
  CHECK(count(fake.err.str(), '\n') == 2);
  CHECK(count(fake.err.str(), '\r') == 0);
}

TEST_CASE("none_shows_nothing") {
  FakeConsole fake;
  ProgressDisplay display(fake.console, ProgressMode::none);
  display.begin(at(0));
  display.update(halfway(), at(100));
  CHECK(fake.err.str().empty());
}
