// Listings in tests: text in, entries out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "ftp/timestamp.h"
#include "listing_pieces.h"

namespace listing {

/// The entry that is all of `bytes`.
inline ftpull::Entry entry_of(std::string_view bytes, int64_t now = kNow) {
  const Outcome outcome = read(bytes, now);
  CAPTURE(bytes);
  REQUIRE(outcome.entries.size() == 1);
  REQUIRE(outcome.tally.is_complete());
  return outcome.entries.front();
}

/// "2018-11-05 13:46", as far as it is precise, and "Z" for UTC; "" without a time.
inline std::string time_of(const ftpull::Entry& entry) {
  using ftpull::TimePrecision;
  if (!entry.time) return "";
  const auto& time = *entry.time;
  std::string text =
      fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time_t{time.unix_seconds}));
  if (time.precision == TimePrecision::day) text.resize(10);
  if (time.precision == TimePrecision::minute) text.resize(16);
  if (time.precision == TimePrecision::fraction) text += fmt::format(".{:09}", time.nanoseconds);
  return text + (time.is_utc ? "Z" : "");
}

inline char letter_of(ftpull::EntryType type) {
  return "fdlo"[static_cast<size_t>(type)];
}

/// "f 531 2026-01-29 03:26 |README|", for tables; "-" for what is not known, "->" before a target.
inline std::string text_of(const ftpull::Entry& entry) {
  const std::string size = entry.size_bytes ? std::to_string(*entry.size_bytes) : "-";
  const std::string time = entry.time ? time_of(entry) : "-";
  const std::string target = entry.target.empty() ? "" : "->" + entry.target + "|";
  return fmt::format("{} {} {} |{}|{}", letter_of(entry.type), size, time, entry.name, target);
}

}  // namespace listing
