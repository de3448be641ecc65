#include <string>

#include <doctest/doctest.h>

#include "ftp/listing/reader.h"
#include "listing_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using listing::read;
using listing::text_of;

namespace {

const std::string kFile = "-rw-r--r-- 1 u g 7 Jan  1  2000 ";
const std::string kFolder = "drwxr-xr-x 1 u g 7 Jan  1  2000 ";

std::vector<std::string> names_in(std::string_view bytes) {
  std::vector<std::string> names;
  for (const Entry& entry : read(bytes).entries) names.push_back(entry.name);
  return names;
}

using Names = std::vector<std::string>;

/// The only line of a listing, refused.
NameFault fault_of(const std::string& line) {
  const auto outcome = read(line + "\r\n" + kFile + "other\r\n");
  CAPTURE(line);
  CHECK(outcome.entries.size() == 1);
  CHECK(outcome.tally.all_refused() == 1);
  CHECK_FALSE(outcome.tally.is_complete());
  REQUIRE(outcome.tally.first_fault);
  CHECK(outcome.tally.refused[static_cast<size_t>(*outcome.tally.first_fault)] == 1);
  return *outcome.tally.first_fault;
}

}  // namespace

TEST_CASE("lines_end_with_lf_and_the_last_one_need_not") {
  CHECK(names_in(kFile + "a\r\n" + kFile + "b\n" + kFile + "c\r\r\n" + kFile + "d") ==
        Names{"a", "b", "c", "d"});
}

TEST_CASE("entries_come_while_the_listing_does") {
  ListingReader reader(listing::kNow);
  Entry entry;
  CHECK_FALSE(reader.next(entry));
  reader.feed(kFile + "a\r\n" + kFile + "b");
  CHECK(reader.next(entry));
  CHECK(entry.name == "a");
  CHECK_FALSE(reader.next(entry));
  reader.feed("b\r");
  CHECK_FALSE(reader.next(entry));
  reader.feed("\n");
  CHECK(reader.next(entry));
  CHECK(entry.name == "bb");
  reader.finish();
  CHECK_FALSE(reader.next(entry));
  CHECK(reader.tally().entries == 2);
  CHECK(reader.dialect() == "UNIX");
}

TEST_CASE("nothing_of_an_entry_is_left_in_the_next") {
  const auto outcome = read(
      "lrwxrwxrwx 1 u g 7 Jan  1  2000 bin -> usr/bin\r\nA.B;1 1 8-SEP-1996 16:09\r\n+,\tb\r\n");
  REQUIRE(outcome.entries.size() == 3);
  Entry bare;
  bare.name = "b";
  CHECK(outcome.entries[2] == bare);
}

TEST_CASE("headings_and_the_folder_itself_are_no_entries") {
  const auto outcome =
      read("total 12\r\n\r\n   \r\n" + kFolder + ".\r\n" + kFolder + "..\r\n" + kFolder +
           "../\r\n" + kFile + "a\r\ninsgesamt 4,0K\r\ntype=cdir; /x\r\n");
  CHECK(outcome.entries.size() == 1);
  CHECK(outcome.tally.entries == 1);
  CHECK(outcome.tally.own_folders == 4);
  CHECK(outcome.tally.is_complete());
}

TEST_CASE("a_listing_of_nothing_known_is_not_an_empty_one") {
  for (const std::string_view empty : {"", "\r\n", "total 0\r\n", "type=cdir; /\r\n"}) {
    CHECK_FALSE(read(empty).tally.is_unreadable());
    CHECK(read(empty).tally.is_complete());
  }
  const auto unreadable = read("total 1\r\n\x1b[31mWhat is this\r\nand this\r\n");
  CHECK(unreadable.tally.is_unreadable());
  CHECK(unreadable.tally.not_understood == 2);
  CHECK(unreadable.tally.first_not_understood == "\x1b[31mWhat is this");
  const auto partly = read(kFolder + ".\r\nftpd: .: Permission denied\r\n");
  CHECK_FALSE(partly.tally.is_unreadable());
  CHECK_FALSE(partly.tally.is_complete());
}

TEST_CASE("names_that_lead_elsewhere_are_refused") {  // L12
  CHECK(fault_of(kFile + "../../etc/passwd") == NameFault::slash);
  CHECK(fault_of(kFile + "/etc/passwd") == NameFault::slash);
  CHECK(fault_of(kFile + "a/") == NameFault::slash);
  CHECK(fault_of(kFolder + "a//") == NameFault::slash);
  CHECK(fault_of("lrwxrwxrwx 1 u g 7 Jan  1  2000 a/b -> c") == NameFault::slash);
  CHECK(fault_of("type=file; a/b") == NameFault::slash);
  CHECK(fault_of("+r,\t/a") == NameFault::slash);
  CHECK(read(kFile + "a/b\r\n" + kFile + "c\\d").tally.first_refused == kFile + "a/b");
}

TEST_CASE("names_that_would_break_a_command_are_refused") {  // L1
  CHECK(fault_of(kFile + "a\rDELE b") == NameFault::line_break);
  CHECK(fault_of(kFile + std::string("a\0b", 3)) == NameFault::nul);
  CHECK(fault_of("lrwxrwxrwx 1 u g 7 Jan  1  2000 a -> b\rc") == NameFault::line_break);
  CHECK(fault_of(kFile) == NameFault::empty);
  CHECK(fault_of("type=file; ") == NameFault::empty);
  CHECK(fault_of(kFolder + "/") == NameFault::empty);
  CHECK(fault_of(kFile + std::string(ListingReader::kMaxNameBytes + 1, 'a')) ==
        NameFault::too_long);
  CHECK(names_in(kFile + std::string(ListingReader::kMaxNameBytes, 'a')).size() == 1);
}

TEST_CASE("other_bytes_of_names_stay_as_they_came") {  // L5, L9
  const std::string name = " \x01\x1b[2J\x7f\xc3\xe4\\*?\xff ";
  CHECK(names_in(kFile + name + "\r\n") == Names{name});
}

TEST_CASE("the_dialect_may_change_from_line_to_line") {  // L15
  CHECK(names_in("total 3\r\ntype=file;size=1; a\r\n" + kFile +
                 "b\r\n+r,\tc\r\n"
                 "05-20-97  03:31PM                  681 d\r\ntype=file;size=1; e\r\n") ==
        Names{"a", "b", "c", "d", "e"});
}

TEST_CASE("a_name_without_facts_is_believed_after_lines_with_some") {  // RFC 3659 7.2
  CHECK(names_in("type=file; a\r\n b\r\n  c\r\n") == Names{"a", "b", " c"});
  CHECK(read(" b\r\n").tally.is_unreadable());
  CHECK(read(kFile + "a\r\n b\r\n").tally.not_understood == 1);
}

TEST_CASE("an_overlong_line_is_passed_over_and_counted") {
  const std::string overlong = kFile + std::string(ListingReader::kMaxLineBytes, 'a');
  const auto outcome = read(overlong + "\r\n" + kFile + "b\r\n" + overlong);
  CHECK(outcome.entries.size() == 1);
  CHECK(outcome.tally.not_understood == 2);
  CHECK(outcome.tally.first_not_understood == overlong.substr(0, ListingReader::kMaxKeptLineBytes));
  CHECK(listing::read_in_pieces(overlong + "\r\n" + kFile + "b\r\n" + overlong,
                                [] { return 1000; }) == outcome);
}

TEST_CASE("a_line_as_long_as_may_be_is_read_however_it_is_cut") {
  for (const size_t length : {ListingReader::kMaxLineBytes, ListingReader::kMaxLineBytes + 1}) {
    const std::string line = "type=file;x=" + std::string(length - 15, 'a') + "; a";
    REQUIRE(line.size() == length);
    const size_t entries = length <= ListingReader::kMaxLineBytes ? 1 : 0;
    for (const char* end : {"", "\n"}) {
      const auto whole = read(line + end);
      CHECK(whole.entries.size() == entries);
      CHECK(listing::read_in_pieces(line + end, [] { return 1; }) == whole);
    }
  }
}

TEST_CASE("first_halves_without_a_second_are_not_understood") {
  const auto outcome = read("a\r\nb\r\n\r\n                  79215\r\nc");
  CHECK(outcome.entries.empty());
  CHECK(outcome.tally.not_understood == 4);
  CHECK(outcome.tally.first_not_understood == "a");
  CHECK(outcome.tally.is_unreadable());
}

TEST_CASE("a_first_half_does_not_take_a_line_that_is_an_entry") {
  CHECK(names_in("x=1;\r\ntype=file; a\r\nb\r\n" + kFile + "c\r\nN;1\r\n" + kFile + "d") ==
        Names{"a", "c", "d"});
}

TEST_CASE("a_joined_line_tells_the_dialect_too") {
  ListingReader reader(listing::kNow);
  Entry entry;
  reader.feed("N;1\r\n  4/15  24-FEB-2003 13:17:24\r\n");
  CHECK(reader.dialect().empty());
  CHECK(reader.next(entry));
  CHECK(reader.dialect() == "VMS");
}

TEST_CASE("every_cut_of_a_listing_gives_the_same_entries") {  // A10, for listings
  const std::string bytes = "total 3\r\n" + kFile + " a\r\n" + kFolder + "..\r\r\n\r\n" +
                            "type=file;size=5; b\n c\n" + kFile + "d/e\r\nNAME.TXT;12\r\n" +
                            "   4/15  24-FEB-2003 13:17:24\r\nwhat is this\r\n" + kFile + "last";
  const auto whole = read(bytes);
  CHECK(whole.entries.size() == 5);
  CHECK(whole.tally.all_refused() == 1);
  CHECK(whole.tally.not_understood == 1);
  for (size_t first = 0; first <= bytes.size(); ++first) {
    for (size_t second = first; second <= bytes.size(); ++second) {
      size_t piece = 0;
      const size_t lengths[] = {first, second - first, bytes.size()};
      const auto cut = [&] {
        while (lengths[piece] == 0) ++piece;
        return lengths[piece++];
      };
      REQUIRE(listing::read_in_pieces(bytes, cut) == whole);
    }
  }
}

TEST_CASE("every_beginning_of_a_listing_gives_the_beginning_of_its_entries") {
  const std::string bytes = kFile + "a\r\n" + kFolder + "b\r\ntype=file; c\r\n";
  const auto whole = read(bytes).entries;
  for (size_t length = 0; length < bytes.size(); ++length) {
    ListingReader reader(listing::kNow);
    reader.feed(std::string_view(bytes).substr(0, length));
    Entry entry;
    size_t count = 0;
    for (; reader.next(entry); ++count) REQUIRE(entry == whole.at(count));
    REQUIRE(count == static_cast<size_t>(std::count(
                         bytes.begin(), bytes.begin() + static_cast<long>(length), '\n')));
  }
}
