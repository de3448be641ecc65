#include "transfer/same_file.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

ftp::FileFacts facts(std::optional<uint64_t> size, const std::string& mdtm,
                     const std::string& refusal = "") {
  ftp::FileFacts facts;
  facts.size_bytes = size;
  if (!mdtm.empty()) facts.mdtm = ftp::Mdtm{mdtm, 0};
  facts.refusal = refusal;
  return facts;
}

}  // namespace

TEST_CASE("another_size_or_time_is_another_file") {
  const auto first = facts(5, "20200102030405");
  CHECK(same_file(first, facts(5, "20200102030405"), OnChange::stop));
  CHECK_FALSE(same_file(first, facts(6, "20200102030405"), OnChange::stop));
  CHECK_FALSE(same_file(first, facts(4, "20200102030405"), OnChange::refetch));
  CHECK_FALSE(same_file(first, facts(5, "20200102030406"), OnChange::stop));
}

TEST_CASE("what_is_not_told_this_time_contradicts_nothing") {
  const auto first = facts(5, "20200102030405");
  CHECK(same_file(first, facts({}, "20200102030405"), OnChange::stop));
  CHECK(same_file(first, facts(5, ""), OnChange::stop));
  CHECK(same_file(facts({}, ""), first, OnChange::stop));
}

TEST_CASE("a_file_that_is_gone_is_another_one") {
  CHECK_FALSE(same_file(facts(5, ""), facts({}, "", "550 No such file."), OnChange::append));
  // A server that never gave its size says the same every time.
  const auto refused = facts({}, "", "550 SIZE not allowed in ASCII mode.");
  CHECK(same_file(refused, refused, OnChange::stop));
}

TEST_CASE("a_file_that_only_grows_is_the_same_when_it_is_longer") {
  const auto first = facts(5, "20200102030405");
  CHECK(same_file(first, facts(6, "20200102030406"), OnChange::append));
  CHECK_FALSE(same_file(first, facts(4, "20200102030406"), OnChange::append));
  CHECK_FALSE(same_file(first, facts(5, "20200102030406"), OnChange::append));
}

TEST_CASE("a_change_is_described_with_what_to_do") {
  const store::Identity then{"ftp://h/f", 5, "20200102030405"};
  store::Identity now = then;
  now.size_bytes = 7;
  const Error grown = change_error(then, now, facts(7, ""));
  CHECK(grown.kind == ErrorKind::changed);
  CHECK(grown.message.find("was 5 bytes and is 7 bytes") != std::string::npos);
  CHECK(grown.hint.find("--on-change append") != std::string::npos);
  now.size_bytes = 3;
  CHECK(change_error(then, now, facts(3, "")).hint.find("append") == std::string::npos);
  CHECK(change_error(then, now, facts({}, "", "550 gone")).reply == "550 gone");
}
