// Random changes of the corpus: how the bytes are cut must not matter, and nothing grows.
#include <doctest/doctest.h>

#include "corpus.h"
#include "ftp/facts.h"
#include "ftp/features.h"
#include "ftp/passive.h"
#include "ftp/refusal.h"
#include "ftp/reply.h"
#include "mutator.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

struct Outcome {
  std::vector<Reply> replies;
  bool failed = false;
  bool buffered = false;
  bool operator==(const Outcome&) const = default;
};

/// `cut` gives the length of the next piece.
template <class Cut>
Outcome run(std::string_view bytes, Cut cut) {
  ReplyParser parser;
  Outcome outcome;
  while (!bytes.empty()) {
    const size_t length = std::min<size_t>(cut(), bytes.size());
    outcome.failed = !parser.feed(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  while (auto reply = parser.next()) outcome.replies.push_back(*reply);
  outcome.buffered = parser.has_buffered();
  return outcome;
}

Mutator mutated_replies() {
  using namespace std::string_view_literals;
  std::vector<std::string> samples;
  for (const auto& line : corpus::load("replies.jsonl")) {
    samples.push_back(line.at("reply").get<std::string>() + "\r\n");
  }
  return {std::move(samples), "\0\r\n\xff\xfb\xf1 -(|,\"0159"sv, {4, 8, 20}};
}

void check_facts_of(const Reply& reply) {
  REQUIRE_FALSE(reply.lines.empty());
  REQUIRE(reply.code >= 100);
  REQUIRE(reply.code <= 999);
  if (const auto port = parse_epsv(reply)) REQUIRE(*port > 0);
  if (const auto address = parse_pasv(reply)) REQUIRE(address->port > 0);
  if (const auto size = parse_size(reply)) REQUIRE(*size <= INT64_MAX);
  if (const auto path = parse_pwd(reply)) REQUIRE(path->find('\n') == std::string::npos);
  if (const auto mdtm = parse_mdtm(reply)) REQUIRE(mdtm->raw.size() <= 25);
  if (const auto limit = limit_in_text(reply)) REQUIRE((*limit >= 1 && *limit <= 1000));
  (void)Features::parse(reply);
  (void)classify_refusal(CommandKind::retr, reply);
  for (char c : reply.text()) REQUIRE(static_cast<unsigned char>(c) >= ' ');
}

}  // namespace

TEST_CASE("how_bytes_are_cut_does_not_matter") {  // A10
  constexpr uint32_t kSeeds = 4000;
  Mutator mutator = mutated_replies();
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    mutator.seed(seed);
    const std::string bytes = mutator.text();
    CAPTURE(bytes);
    const Outcome whole = run(bytes, [&] { return bytes.size(); });
    REQUIRE(run(bytes, [] { return 1; }) == whole);
    REQUIRE(run(bytes, [&] { return 1 + mutator.below(7); }) == whole);
    for (const Reply& reply : whole.replies) check_facts_of(reply);
  }
}

TEST_CASE("what_waits_stays_bounded_whatever_is_fed") {
  Mutator mutator = mutated_replies();
  for (int round = 0; round < 200; ++round) {
    ReplyParser parser;
    size_t fed = 0;
    while (fed < 64 * 1024) {
      const std::string bytes = mutator.text();
      fed += bytes.size();
      if (!parser.feed(bytes)) break;
    }
    size_t kept = 0;
    size_t count = 0;
    for (; auto reply = parser.next(); ++count) {
      for (const auto& line : reply->lines) kept += line.size() + sizeof(line);
    }
    REQUIRE(count <= ReplyParser::kMaxQueuedReplies);
    REQUIRE(kept <= ReplyParser::kMaxQueuedBytes);
  }
}
