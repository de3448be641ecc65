#include "transfer/wanted_tree.h"

#include <limits>
#include <utility>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

constexpr int64_t kMoment = 1'700'000'000;
constexpr int64_t kHour = 3600;

WantedTree make(const MirrorOptions& options) {
  auto made = WantedTree::make(options);
  REQUIRE(made);
  return std::move(*made);
}

WantedTree with_rules(std::vector<MirrorRule> rules) {
  MirrorOptions options;
  options.rules = std::move(rules);
  return make(options);
}

MirrorRule include(std::string pattern) {
  return {true, std::move(pattern)};
}

MirrorRule exclude(std::string pattern) {
  return {false, std::move(pattern)};
}

Entry sized(std::optional<uint64_t> size_bytes) {
  Entry entry;
  entry.name = "a";
  entry.type = EntryType::file;
  entry.size_bytes = size_bytes;
  return entry;
}

bool wants_time(int64_t unix_seconds, TimePrecision precision, bool is_utc,
                uint32_t nanoseconds = 0) {
  MirrorOptions options;
  options.newer_than_unix_seconds = kMoment;
  Entry entry = sized(1);
  entry.time = EntryTime{unix_seconds, nanoseconds, precision, is_utc};
  return make(options).wants_file("a", entry);
}

}  // namespace

TEST_CASE("without_rules_everything_is_wanted_and_nothing_protected") {
  const WantedTree tree = make({});
  CHECK(tree.wants_folder(""));
  CHECK(tree.wants_folder("a/b"));
  CHECK(tree.wants_file("a/b", sized({})));
  CHECK_FALSE(tree.keeps_local("a", true));
  CHECK_FALSE(tree.keeps_local("a/b", false));
  CHECK(tree.keeps_local("", true));
  CHECK(tree.wants_below(1'000'000));
}

TEST_CASE("the_first_rule_that_matches_decides") {
  const WantedTree tree = with_rules({include("keep.iso"), exclude("*.iso"), include("**")});
  CHECK(tree.wants_file("a/keep.iso", sized(1)));
  CHECK_FALSE(tree.wants_file("a/b.iso", sized(1)));
  CHECK(tree.wants_file("a/b.txt", sized(1)));
}

TEST_CASE("rules_that_only_exclude_take_the_rest") {
  const WantedTree tree = with_rules({exclude("/tmp/"), exclude("*.bak")});
  CHECK(tree.wants_file("a/b", sized(1)));
  CHECK_FALSE(tree.wants_file("a/b.bak", sized(1)));
  CHECK_FALSE(tree.wants_folder("tmp"));
  CHECK(tree.wants_folder("a/tmp"));
  CHECK(tree.wants_file("tmp", sized(1)));
}

TEST_CASE("rules_that_include_leave_the_other_files_out_but_enter_all_folders") {
  const WantedTree tree = with_rules({include("*.iso")});
  CHECK(tree.wants_file("a/b.iso", sized(1)));
  CHECK_FALSE(tree.wants_file("a/b.txt", sized(1)));
  CHECK(tree.wants_folder("a"));
  const WantedTree only = with_rules({include("/pub/"), include("/pub/**"), exclude("*")});
  CHECK(only.wants_folder("pub"));
  CHECK_FALSE(only.wants_folder("other"));
  CHECK(only.wants_file("pub/a/b", sized(1)));
}

TEST_CASE("the_tree_itself_is_wanted_whatever_the_rules") {
  CHECK(with_rules({exclude("*"), exclude("**")}).wants_folder(""));
}

TEST_CASE("sizes_bound_files_inclusively_and_unknown_ones_stay") {
  MirrorOptions options;
  options.min_size_bytes = 10;
  options.max_size_bytes = 20;
  const WantedTree tree = make(options);
  CHECK_FALSE(tree.wants_file("a", sized(9)));
  CHECK(tree.wants_file("a", sized(10)));
  CHECK(tree.wants_file("a", sized(20)));
  CHECK_FALSE(tree.wants_file("a", sized(21)));
  CHECK(tree.wants_file("a", sized({})));
}

TEST_CASE("only_what_changed_after_the_moment_is_wanted") {
  CHECK_FALSE(wants_time(kMoment, TimePrecision::second, true));
  CHECK(wants_time(kMoment + 1, TimePrecision::second, true));
  CHECK_FALSE(wants_time(kMoment, TimePrecision::fraction, true));
  CHECK(wants_time(kMoment, TimePrecision::fraction, true, 1));
  MirrorOptions options;
  options.newer_than_unix_seconds = kMoment;
  CHECK(make(options).wants_file("a", sized(1)));
}

TEST_CASE("what_a_time_does_not_tell_is_in_favour_of_the_file") {
  CHECK(wants_time(kMoment - 58, TimePrecision::minute, true));
  CHECK_FALSE(wants_time(kMoment - 59, TimePrecision::minute, true));
  CHECK(wants_time(kMoment - 23 * kHour, TimePrecision::day, true));
  CHECK_FALSE(wants_time(kMoment - 24 * kHour, TimePrecision::day, true));
  CHECK(wants_time(kMoment - 14 * kHour + 1, TimePrecision::second, false));
  CHECK_FALSE(wants_time(kMoment - 14 * kHour, TimePrecision::second, false));
  CHECK(wants_time(kMoment - 37 * kHour, TimePrecision::day, false));
  CHECK_FALSE(wants_time(kMoment - 38 * kHour, TimePrecision::day, false));
}

TEST_CASE("times_at_the_ends_of_time_do_not_overflow") {
  CHECK(wants_time(std::numeric_limits<int64_t>::max(), TimePrecision::day, false));
  CHECK_FALSE(wants_time(std::numeric_limits<int64_t>::min(), TimePrecision::day, false));
}

TEST_CASE("what_the_rules_leave_out_is_protected_here") {
  const WantedTree tree = with_rules({exclude("/own/"), exclude("*.local")});
  CHECK(tree.keeps_local("own", true));
  CHECK_FALSE(tree.keeps_local("own", false));
  CHECK(tree.keeps_local("own/a/b", false));
  CHECK(tree.keeps_local("own/a", true));
  CHECK(tree.keeps_local("a/b.local", false));
  CHECK(tree.keeps_local("a.local/b", false));
  CHECK_FALSE(tree.keeps_local("a/b", false));
}

TEST_CASE("with_includes_other_local_files_are_protected") {
  const WantedTree tree = with_rules({include("*.iso")});
  CHECK(tree.keeps_local("a/notes.txt", false));
  CHECK_FALSE(tree.keeps_local("a/old.iso", false));
  CHECK_FALSE(tree.keeps_local("a", true));
}

TEST_CASE("bounds_protect_nothing") {
  MirrorOptions options;
  options.min_size_bytes = 10;
  options.newer_than_unix_seconds = kMoment;
  CHECK_FALSE(make(options).keeps_local("a", false));
}

TEST_CASE("a_depth_ends_the_walk_and_protects_what_is_deeper") {
  MirrorOptions options;
  options.depth = 2;
  const WantedTree tree = make(options);
  CHECK(tree.wants_below(1));
  CHECK_FALSE(tree.wants_below(2));
  CHECK_FALSE(tree.keeps_local("a", false));
  CHECK_FALSE(tree.keeps_local("a/b", true));
  CHECK(tree.keeps_local("a/b/c", false));
}

TEST_CASE("options_that_cannot_be_meant_are_refused_with_advice") {
  const auto refused = [](const MirrorOptions& options) {
    const auto made = WantedTree::make(options);
    return !made && made.error().kind == ErrorKind::usage && !made.error().hint.empty();
  };
  MirrorOptions options;
  options.rules = {exclude("a"), include("[")};
  CHECK(refused(options));
  options = {};
  options.min_size_bytes = 2;
  options.max_size_bytes = 1;
  CHECK(refused(options));
  options = {};
  options.depth = 0;
  CHECK(refused(options));
}
