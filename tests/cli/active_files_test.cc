#include "cli/active_files.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;
using std::chrono::seconds;

namespace {

FetchProgress progress(size_t file, std::string_view name, uint64_t size, uint64_t done) {
  FetchProgress one{name, size, done, 0, 100, 2};
  one.file = file;
  return one;
}

constexpr TimePoint kNow{seconds(10)};

}  // namespace

TEST_CASE("one_file_is_shown_as_it_is") {
  ActiveFiles files;
  files.update(progress(3, "a", 1000, 10), kNow);
  const FetchProgress shown = files.together();
  CHECK(shown.name == "a");
  CHECK(shown.size_bytes == 1000);
  CHECK(shown.done_bytes == 10);
  CHECK(shown.sessions == 2);
}

TEST_CASE("several_files_are_added_up") {
  ActiveFiles files;
  files.update(progress(0, "a", 1000, 10), kNow);
  files.update(progress(1, "b", 2000, 20), kNow);
  files.update(progress(2, "c", 3000, 30), kNow);
  files.update(progress(1, "b", 2000, 25), kNow);
  const FetchProgress shown = files.together();
  CHECK(shown.name == "a and 2 more");
  CHECK(shown.size_bytes == 6000);
  CHECK(shown.done_bytes == 65);
  CHECK(shown.bytes_per_second == 300);
  CHECK(shown.sessions == 6);
}

TEST_CASE("one_file_without_a_size_leaves_the_sum_without_one") {
  ActiveFiles files;
  files.update(progress(0, "a", 1000, 10), kNow);
  FetchProgress endless = progress(1, "b", 0, 20);
  endless.size_bytes.reset();
  files.update(endless, kNow);
  files.update(progress(2, "c", 3000, 30), kNow);
  CHECK_FALSE(files.together().size_bytes);
}

TEST_CASE("what_has_ended_counts_no_more") {
  ActiveFiles files;
  files.update(progress(0, "a", 1000, 10), kNow);
  files.update(progress(1, "b", 2000, 20), kNow);
  files.remove(0);
  CHECK_FALSE(files.contains(0));
  CHECK(files.together().name == "b");
  CHECK(files.together().done_bytes == 20);
}

TEST_CASE("what_was_seen_of_a_file_is_told_when_it_fails") {
  ActiveFiles files;
  FetchProgress one = progress(7, "a", 1000, 300);
  one.resumed_bytes = 100;
  one.sessions = 5;
  files.update(one, kNow);
  one.done_bytes = 500;
  one.sessions = 1;
  files.update(one, kNow + seconds(2));
  const FetchResult so_far = files.so_far(7, kNow + seconds(3));
  CHECK(so_far.fetched_bytes == 400);
  CHECK(so_far.resumed_bytes == 100);
  CHECK(so_far.connections == 5);
  CHECK(so_far.seconds == doctest::Approx(3));
  CHECK(files.so_far(8, kNow).fetched_bytes == 0);
}
