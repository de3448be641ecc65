#include "cli/json_output.h"

#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fake_engine.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

Outcome fetched() {
  Outcome outcome;
  outcome.source = *parse_simple_url("ftp://me:hush@host/a.gz");
  outcome.result.path = "d/a.gz";
  outcome.result.size_bytes = 10;
  outcome.result.fetched_bytes = 6;
  outcome.result.resumed_bytes = 4;
  outcome.result.seconds = 0.5;
  outcome.result.connections = 2;
  outcome.result.xxh3_128 = "00ff";
  return outcome;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a_fetched_file_is_one_object") {
  CHECK(outcome_json(fetched()) ==
        R"({"url":"ftp://me@host/a.gz","path":"d/a.gz","status":"fetched","bytes":10,)"
        R"("fetched_bytes":6,"resumed_bytes":4,"seconds":0.5,"connections":2,)"
        R"("xxh3_128":"00ff","checksums":{},"error":null})");
}

TEST_CASE("a_failure_has_its_kind_and_the_servers_words") {
  Outcome outcome = fetched();
  outcome.result.size_bytes.reset();
  outcome.result.xxh3_128.clear();
  outcome.error = Error{ErrorKind::not_found, "a.gz is not there", "550 No such file", "Look"};
  const std::string json = outcome_json(outcome);
  CHECK(contains(json, R"("status":"failed","bytes":null)"));
  CHECK(contains(json, R"("xxh3_128":null)"));
  CHECK(contains(json, R"("error":{"kind":"not_found","reply":"550 No such file",)"
                       R"("message":"a.gz is not there"})"));
}

TEST_CASE("every_status_has_its_name") {
  Outcome outcome = fetched();
  outcome.result.status = FetchStatus::already_there;
  CHECK(contains(outcome_json(outcome), R"("status":"already_there")"));
  outcome.result.status = FetchStatus::dry_run;
  CHECK(contains(outcome_json(outcome), R"("status":"dry_run")"));
}

TEST_CASE("names_that_are_not_utf8_stay_json_on_one_line") {
  Outcome outcome = fetched();
  outcome.result.path = "a\xff\n\"b";
  CHECK(contains(outcome_json(outcome), "\"path\":\"a\xef\xbf\xbd\\n\\\"b\""));
}

TEST_CASE("a_part_status_is_one_object") {
  PartStatus status;
  status.part = "a.gz.part";
  status.journal = "a.gz.part.journal";
  status.url = "ftp://host/a.gz";
  status.size_bytes = 300;
  status.mdtm = "20260131120000";
  status.segment_bytes = 100;
  status.done_bytes = 120;
  status.durable_bytes = 100;
  status.map = "#+.";
  status.created = 1769860801;
  status.in_use = true;
  status.holes = {{120, 200}, {210, 300}};
  status.tails = {{100, 120}};
  constexpr std::time_t kNow = 1769860801 + 90;
  CHECK(part_status_json(status, kNow) ==
        R"({"path":"a.gz","part":"a.gz.part","journal":"a.gz.part.journal",)"
        R"("url":"ftp://host/a.gz","size":300,"done_bytes":120,"durable_bytes":100,)"
        R"("segment_bytes":100,"mdtm":"20260131120000","created":"2026-01-31T12:00:01Z",)"
        R"("in_use":true,"map":"#+.","holes":[{"begin":120,"end":200},{"begin":210,"end":300}],)"
        R"("tails":[{"begin":100,"end":120}],"age_seconds":90})");
  status.holes.clear();
  status.size_bytes.reset();
  status.mdtm.clear();
  CHECK(contains(part_status_json(status, kNow), R"("size":null)"));
  CHECK(contains(part_status_json(status, kNow), R"("mdtm":null)"));
  CHECK(contains(part_status_json(status, kNow), R"("holes":[])"));
  const std::time_t before_it_began = status.created - 5;
  CHECK(contains(part_status_json(status, before_it_began), R"("age_seconds":0)"));
}

TEST_CASE("a_verification_is_one_object") {
  VerifyResult found;
  found.path = found.target = "d/a.gz";
  found.digests = "d/a.gz.digests";
  found.url = "ftp://host/a.gz";
  found.size_bytes = found.checked_bytes = 300;
  CHECK(verification_json({"d/a.gz", found, std::nullopt}) ==
        R"({"path":"d/a.gz","target":"d/a.gz","digests":"d/a.gz.digests",)"
        R"("url":"ftp://host/a.gz","size":300,"checked_bytes":300,"ok":true,"bad":[],)"
        R"("error":null})");
  found.bad = {{0, 100}, {200, 300}};
  found.url.clear();
  const std::string bad = verification_json({"d/a.gz", found, std::nullopt});
  CHECK(contains(bad, R"("url":null)"));
  CHECK(contains(bad, R"("ok":false,"bad":[{"begin":0,"end":100},{"begin":200,"end":300}],)"
                      R"("error":null})"));
}

TEST_CASE("an_entry_is_one_object") {
  Entry entry;
  entry.name = "a b";
  entry.type = EntryType::file;
  entry.size_bytes = 12;
  entry.time = EntryTime{1769860801, 250'000'000, TimePrecision::fraction, true};
  entry.permissions = "-rw-r--r--";
  Url url = parse_simple_url("ftp://me:hush@host/pub/a b")->url;
  CHECK(entry_json(url, entry) ==
        R"({"path":"pub/a b","name":"a b","type":"file","size":12,)"
        R"("mtime":"2026-01-31T12:00:01.25Z","mtime_precision":"fraction","target":null,)"
        R"("permissions":"-rw-r--r--","version":null,"url":"ftp://me@host/pub/a%20b"})");
  entry = {};
  entry.name = "\x1b\xe9";
  entry.type = EntryType::link;
  entry.target = "../c";
  entry.version = 3;
  url.path = "pub/" + entry.name;
  CHECK(entry_json(url, entry) ==
        "{\"path\":\"pub/\\u001b\xef\xbf\xbd\",\"name\":\"\\u001b\xef\xbf\xbd\","
        R"("type":"link","size":null,"mtime":null,"mtime_precision":null,"target":"../c",)"
        R"("permissions":null,"version":3,"url":"ftp://me@host/pub/%1B%E9"})");
}

TEST_CASE("types_and_precisions_have_their_names") {
  const Url url;
  const std::pair<EntryType, const char*> types[] = {
      {EntryType::folder, "dir"}, {EntryType::link, "link"}, {EntryType::other, "other"}};
  Entry entry;
  for (const auto& [type, name] : types) {
    entry.type = type;
    CHECK(contains(entry_json(url, entry), fmt::format(R"("type":"{}")", name)));
  }
  const std::pair<TimePrecision, const char*> precisions[] = {{TimePrecision::day, "day"},
                                                              {TimePrecision::minute, "minute"},
                                                              {TimePrecision::second, "second"}};
  for (const auto& [precision, name] : precisions) {
    entry.time = EntryTime{1769860800, 0, precision, false};
    CHECK(contains(entry_json(url, entry),
                   fmt::format(R"("mtime":"2026-01-31T12:00:00","mtime_precision":"{}")", name)));
  }
}

TEST_CASE("a_time_that_is_no_date_is_not_known") {
  Entry entry;
  for (const int64_t moment : {INT64_MAX, INT64_MIN, int64_t{253'402'300'800}}) {
    entry.time = EntryTime{moment, 0, TimePrecision::second, true};
    CHECK(contains(entry_json(Url(), entry), R"("mtime":null,"mtime_precision":null)"));
  }
  entry.time = EntryTime{253'402'300'799, 0, TimePrecision::second, true};
  CHECK(contains(entry_json(Url(), entry), R"("mtime":"9999-12-31T23:59:59Z")"));
}

TEST_CASE("a_server_is_one_object") {
  ServerFeatures server;
  CHECK(features_json("ftp://host/", server) ==
        R"({"url":"ftp://host/","software":null,"features":[],"round_trip_ms":null,)"
        R"("most_connections":null,"best_connections":null,"takes_lines_ahead":null,)"
        R"("epsv_fails":false,"rang_fails":false})");
  server = {"x\n\xff", {"MDTM", "SIZE"}, 0.5, 8, 6, false, true, true};
  CHECK(features_json("ftp://host/", server) ==
        "{\"url\":\"ftp://host/\",\"software\":\"x\\n\xef\xbf\xbd\","
        R"("features":["MDTM","SIZE"],"round_trip_ms":500.0,"most_connections":8,)"
        R"("best_connections":6,"takes_lines_ahead":false,"epsv_fails":true,"rang_fails":true})");
}

TEST_CASE("a_repair_stands_in_the_object_of_its_verification") {
  VerifyResult found;
  found.bad = {{0, 100}};
  const std::string json = verification_json({"a.gz", found, fetched()});
  const std::string outcome = outcome_json(fetched());
  CHECK(json.ends_with(R"("error":null,"repair":)" + outcome + "}"));
}

TEST_CASE("what_cannot_be_verified_has_its_error_and_the_path_as_typed") {
  const Result<VerifyResult> found = fail(ErrorKind::changed, "a is longer", "", "Look");
  CHECK(verification_json({"d/a.part", found, std::nullopt}) ==
        R"({"path":"d/a.part","target":null,"digests":null,"url":null,"size":null,)"
        R"("checked_bytes":0,"ok":false,"bad":[],)"
        R"("error":{"kind":"changed","reply":null,"message":"a is longer"}})");
}
