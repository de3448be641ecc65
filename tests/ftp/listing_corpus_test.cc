// Every line of data/listings, which is what seven other clients' sources and tests show, against
// the reader. differences.jsonl says which lines are read in another way than upstream does, and
// why: "expect" stands for the whole of the line's, "change" for some of its fields, "skip" is for
// what is no line of a listing.
#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "corpus.h"
#include "ftp/listing/reader.h"
#include "ftp/timestamp.h"

using namespace ftpull;
using namespace ftpull::ftp;
using corpus::Json;

namespace {

// Of lines without a year upstream's tests run on this day.
constexpr const char* kDefaultNow = "2026-07-22T12:00:00Z";

/// What the listing had before a line that alone means nothing.
const std::map<std::string, std::string> kLeads = {
    {"MLSD", "type=cdir; .\r\n"},
    {"MVS member list", "Name      VV.MM   Created       Changed      Size  Init   Mod   Id\r\n"},
};

struct Counts {
  size_t as_upstream = 0;
  size_t different = 0;
  size_t skipped = 0;
  bool operator==(const Counts&) const = default;
};

using Place = std::pair<std::string, int>;  // corpus, line

std::map<Place, Json> load_differences() {
  std::map<Place, Json> differences;
  for (const Json& line : corpus::load("listings/differences.jsonl")) {
    REQUIRE_FALSE(line.at("reason").get<std::string>().empty());
    for (const Json& number : line.at("lines")) {
      const Place place{line.at("corpus"), number};
      REQUIRE(differences.emplace(place, line).second);
    }
  }
  return differences;
}

int64_t seconds_of(std::string text) {
  std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
  return parse_time_val(text).value();
}

/// One byte of each code point, in a text that has none above U+00FF.
std::string latin1_bytes(const std::string& utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    if (first < 0x80) {
      bytes += utf8[i];
    } else {
      bytes += static_cast<char>((first & 3) << 6 | (utf8[++i] & 0x3F));
    }
  }
  return bytes;
}

std::string bytes_of(const Json& line, const std::string& text) {
  return line.contains("input_encoding") ? latin1_bytes(text) : text;
}

std::string text_or_empty(const Json& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

EntryType type_of(const Json& value) {
  static const std::map<std::string, EntryType> kTypes = {{"file", EntryType::file},
                                                          {"dir", EntryType::folder},
                                                          {"link", EntryType::link},
                                                          {"other", EntryType::other}};
  return value.is_null() ? EntryType::other : kTypes.at(value);
}

void check_time(const Json& expect, const Entry& entry) {
  if (expect.is_null()) {
    CHECK_FALSE(entry.time);
    return;
  }
  CHECK(entry.time);
  if (!entry.time) return;
  std::string text = expect;
  std::string found =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::time_t{entry.time->unix_seconds}));
  if (text.find('.') != text.npos) {
    found += fmt::format(".{:03}", entry.time->nanoseconds / 1'000'000);
  }
  CHECK(found + "Z" == text);
}

void check_entry(const Json& line, const Json& expect, const Entry& entry) {
  CHECK(entry.name == bytes_of(line, expect.at("name").get<std::string>()));
  CHECK(entry.type == type_of(expect.at("type")));
  CHECK(entry.target == text_or_empty(expect.value("target", Json())));
  check_time(expect.at("mtime"), entry);
  // Upstream has what is listed for folders and links too, or nothing.
  const Json size = entry.type == EntryType::file ? expect.at("size") : Json();
  CHECK(entry.size_bytes == (size.is_null() ? std::nullopt : std::optional(size.get<uint64_t>())));
}

void check_line(const Json& line, const Json& expect) {
  ListingReader reader(seconds_of(line.value("now", kDefaultNow)));
  Entry entry;
  const auto lead = kLeads.find(line.value("hint", ""));
  if (lead != kLeads.end()) reader.feed(lead->second);
  reader.feed(bytes_of(line, line.at("input").get<std::string>()));
  reader.finish();
  const bool found = reader.next(entry);
  CHECK(found == !expect.is_null());
  if (!found || expect.is_null()) return;
  check_entry(line, expect, entry);
  CHECK_FALSE(reader.next(entry));
  CHECK(reader.tally().entries == 1);
  CHECK(reader.tally().is_complete());
}

Counts check_corpus(const std::string& name, std::map<Place, Json>& differences) {
  Counts counts;
  int number = 0;
  for (const Json& line : corpus::load("listings/" + name + ".jsonl")) {
    const auto difference = differences.find({name, ++number});
    CAPTURE(name);
    CAPTURE(number);
    CAPTURE(line.value("input", ""));
    Json expect = line.value("expect", Json());
    if (difference == differences.end()) {
      ++counts.as_upstream;
    } else {
      const Json change = std::exchange(difference->second, Json());
      if (change.contains("skip")) {
        ++counts.skipped;
        continue;
      }
      ++counts.different;
      const Json before = expect;
      if (change.contains("expect")) expect = change["expect"];
      if (change.contains("change")) expect.update(change["change"]);
      CHECK(expect != before);
    }
    check_line(line, expect);
  }
  MESSAGE(fmt::format("{}: {} as upstream, {} different, {} skipped", name, counts.as_upstream,
                      counts.different, counts.skipped));
  return counts;
}

}  // namespace

TEST_CASE("every_line_of_the_listing_corpora_is_read") {  // L13-L16
  auto differences = load_differences();
  CHECK(check_corpus("chromium_data", differences) == Counts{15, 11, 0});
  CHECK(check_corpus("commons_net", differences) == Counts{240, 58, 0});
  CHECK(check_corpus("extra_vms_paths", differences) == Counts{0, 0, 35});
  CHECK(check_corpus("ftpparse", differences) == Counts{20, 0, 0});
  CHECK(check_corpus("ftputil", differences) == Counts{35, 4, 0});
  CHECK(check_corpus("jlaffaye", differences) == Counts{28, 11, 0});
  CHECK(check_corpus("mozilla", differences) == Counts{230, 8, 0});
  CHECK(check_corpus("suppaftp", differences) == Counts{22, 1, 0});
  const bool all_used = std::all_of(differences.begin(), differences.end(),
                                    [](const auto& entry) { return entry.second.is_null(); });
  CHECK(all_used);
}
