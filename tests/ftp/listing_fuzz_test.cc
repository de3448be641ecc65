// Random changes of the corpora and random bytes: how they are cut must not matter, what comes out
// may be used, and nothing grows.
#include <doctest/doctest.h>

#include "corpus.h"
#include "listing_script.h"
#include "mutator.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

Mutator mutated_listings() {
  using namespace std::string_view_literals;
  std::vector<std::string> samples;
  for (const char* name : {"chromium_data", "commons_net", "mozilla"}) {
    for (const auto& line : corpus::load(fmt::format("listings/{}.jsonl", name))) {
      samples.push_back(line.at("input").get<std::string>() + "\r\n");
    }
  }
  return {std::move(samples), "\0\r\n\t /;=:->[]()<,+.0159dAType"sv, {6, 12, 40}};
}

std::string noise(Mutator& mutator) {
  std::string bytes;
  for (size_t i = 0, n = mutator.below(300); i < n; ++i) bytes += mutator.byte();
  return bytes;
}

void check_usable(const Entry& entry) {
  REQUIRE_FALSE(entry.name.empty());
  REQUIRE(entry.name != ".");
  REQUIRE(entry.name != "..");
  REQUIRE(entry.name.size() <= ListingReader::kMaxNameBytes);
  REQUIRE(entry.name.find_first_of(std::string_view("/\0\r\n", 4)) == entry.name.npos);
  REQUIRE(entry.target.find_first_of(std::string_view("\0\r\n", 3)) == entry.target.npos);
  if (entry.size_bytes) REQUIRE(*entry.size_bytes <= INT64_MAX);
  if (entry.type != EntryType::file) REQUIRE_FALSE(entry.size_bytes);
  if (entry.type != EntryType::link) REQUIRE(entry.target.empty());
}

void check(Mutator& mutator, const std::string& bytes) {
  CAPTURE(bytes);
  const auto whole = listing::read(bytes);
  REQUIRE(listing::read_in_pieces(bytes, [] { return 1; }) == whole);
  REQUIRE(listing::read_in_pieces(bytes, [&] { return 1 + mutator.below(50); }) == whole);
  REQUIRE(whole.tally.entries == whole.entries.size());
  for (const Entry& entry : whole.entries) check_usable(entry);
}

}  // namespace

TEST_CASE("how_a_listing_is_cut_does_not_matter") {
  constexpr uint32_t kSeeds = 4000;
  Mutator mutator = mutated_listings();
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    mutator.seed(seed);
    check(mutator, mutator.text());
  }
}

TEST_CASE("any_bytes_are_a_listing_or_not_understood") {
  constexpr uint32_t kSeeds = 4000;
  Mutator mutator = mutated_listings();
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    mutator.seed(seed);
    check(mutator, noise(mutator));
  }
}

TEST_CASE("what_is_kept_of_a_listing_is_bounded_whatever_is_fed") {
  Mutator mutator = mutated_listings();
  ListingReader reader(listing::kNow);
  Entry entry;
  for (int round = 0; round < 2000; ++round) {
    reader.feed(round % 2 == 0 ? std::string(1000, 'a') : noise(mutator));
    while (reader.next(entry)) check_usable(entry);
  }
  REQUIRE(reader.tally().first_not_understood.size() <= ListingReader::kMaxKeptLineBytes);
  REQUIRE(reader.tally().first_refused.size() <= ListingReader::kMaxKeptLineBytes);
}
