#include "cli/verdict.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr uint64_t kMiB = 1 << 20;

VerifyResult finished() {
  VerifyResult found;
  found.target = found.path = "d/a.gz";
  found.digests = "d/a.gz.digests";
  found.url = "ftp://host/a.gz";
  found.size_bytes = found.checked_bytes = 256 * kMiB;
  return found;
}

VerifyResult with_bad_ranges(uint64_t count) {
  VerifyResult found = finished();
  for (uint64_t i = 0; i < count; ++i) {
    found.bad.push_back({(2 * i + 1) * kMiB, (2 * i + 2) * kMiB});
  }
  return found;
}

}  // namespace

TEST_CASE("a_good_file_was_read_and_is_as_it_came") {
  CHECK(good_verdict(finished()) == "d/a.gz: 256 MiB read, every byte is as it came");
}

TEST_CASE("of_an_unfinished_download_it_is_said_how_much_was_checked") {
  VerifyResult found = finished();
  found.path = "d/a.gz.part";
  found.checked_bytes = 120 * kMiB;
  CHECK(good_verdict(found) ==
        "d/a.gz.part: unfinished, 120 MiB of 256 MiB checked, every byte is as it came");
}

TEST_CASE("one_bad_range_is_named") {
  CHECK(bad_verdict(with_bad_ranges(1)) ==
        "d/a.gz: 1 range is not as it came, 1.00 MiB of the 256 MiB read\n"
        "  bytes 1048576 to 2097152 (1.00 MiB)");
}

TEST_CASE("the_bytes_of_all_bad_ranges_are_added_up") {
  VerifyResult found = with_bad_ranges(2);
  found.bad[1].end += kMiB / 2;
  CHECK(bad_verdict(found) ==
        "d/a.gz: 2 ranges are not as they came, 2.50 MiB of the 256 MiB read\n"
        "  bytes 1048576 to 2097152 (1.00 MiB)\n"
        "  bytes 3145728 to 4718592 (1.50 MiB)");
}

TEST_CASE("of_many_bad_ranges_the_first_twenty_are_named") {
  const std::string twenty = bad_verdict(with_bad_ranges(20));
  CHECK(std::count(twenty.begin(), twenty.end(), '\n') == 20);
  CHECK(twenty.find("more") == std::string::npos);

  const std::string many = bad_verdict(with_bad_ranges(25));
  CHECK(std::count(many.begin(), many.end(), '\n') == 21);
  CHECK(many.starts_with("d/a.gz: 25 ranges are not as they came, 25.0 MiB of"));
  CHECK(many.ends_with("\n  bytes 40894464 to 41943040 (1.00 MiB)\n  and 5 more"));
}

TEST_CASE("the_hint_can_be_pasted_into_a_shell") {
  VerifyResult found = with_bad_ranges(2);
  CHECK(repair_hint(found, "d/a.gz") ==
        "To fetch only these again type: ftpull verify --repair ftp://host/a.gz d/a.gz");
  found.url = "ftp://host/a&b";
  CHECK(repair_hint(found, "a b") ==
        "To fetch only these again type: ftpull verify --repair 'ftp://host/a&b' 'a b'");
}

TEST_CASE("a_hint_without_a_known_url_has_a_place_for_it") {
  VerifyResult found = with_bad_ranges(1);
  found.url.clear();
  CHECK(repair_hint(found, "a") == "To fetch only this again type: ftpull verify --repair URL a");
}

TEST_CASE("names_are_cleaned_before_they_are_shown") {
  VerifyResult found = with_bad_ranges(1);
  found.path = found.target = "a\x1b[2J";
  CHECK(bad_verdict(found).starts_with("a\\x1b[2J: 1 range"));
  CHECK(good_verdict(found).starts_with("a\\x1b[2J: "));
}

TEST_CASE("a_verification_fails_for_what_is_left_in_the_end") {
  Verification verification{"a", finished(), std::nullopt};
  CHECK_FALSE(failure_kind(verification));
  verification.found = with_bad_ranges(1);
  CHECK(failure_kind(verification) == ErrorKind::corrupt);
  verification.repair = Outcome{};
  CHECK_FALSE(failure_kind(verification));
  verification.repair->error = Error{ErrorKind::login, "no", {}, {}};
  CHECK(failure_kind(verification) == ErrorKind::login);
  verification.found = fail(ErrorKind::disk, "unreadable");
  CHECK(failure_kind(verification) == ErrorKind::disk);
}
