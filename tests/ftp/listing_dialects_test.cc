// One dialect after the other: what is read of its lines, and what is not. The corpora
// (listing_corpus_test.cc) have more lines of each.
#include <doctest/doctest.h>

#include "ftp/listing/mlsd.h"
#include "listing_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using listing::entry_of;
using listing::text_of;

namespace {

struct Row {
  std::string_view line;
  std::string_view expect;  // text_of()
};

void check(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(text_of(entry_of(row.line)) == row.expect);
  }
}

void check_not_understood(std::initializer_list<std::string_view> lines) {
  for (const std::string_view line : lines) {
    CAPTURE(line);
    const auto outcome = listing::read(line);
    CHECK(outcome.entries.empty());
    CHECK(outcome.tally.not_understood == 1);
  }
}

}  // namespace

TEST_CASE("mlsd_facts_are_in_any_case_and_order") {  // L14
  check({{"type=file;size=5;modify=20030405060708; name", "f 5 2003-04-05 06:07:08Z |name|"},
         {"Modify=20030405060708.25;SIZE=5;TYPE=File; name",
          "f 5 2003-04-05 06:07:08.250000000Z |name|"},
         {"type=dir;sizd=512;modify=20030405060708; name", "d - 2003-04-05 06:07:08Z |name|"},
         {"Type=DIR;Size=4096; name", "d - - |name|"},
         {"type=file;size=5 name", "f 5 - |name|"},
         {"type=file;size=;modify=; name", "f - - |name|"},
         {"type=file;size=9223372036854775808; name", "f - - |name|"},
         {"x.odd=1; name", "o - - |name|"}});
}

TEST_CASE("mlsd_has_what_is_neither_file_nor_folder") {
  check({{"type=unknown;size=0;modify=20030405060708; fifo", "o - 2003-04-05 06:07:08Z |fifo|"},
         {"type=OS.unix=chr-1/3;size=0; null", "o - - |null|"}});
}

TEST_CASE("a_name_of_mlsd_is_all_after_the_first_blank") {  // L14, L9
  check({{"type=file;  two blanks  ", "f - - | two blanks  |"},
         {"type=file;\tname", "f - - |name|"},
         {"type=file; a; b=c;", "f - - |a; b=c;|"},
         {"type=file; \xe4\xff", "f - - |\xe4\xff|"},
         {"type=file; a\x01\x1b[2J", "f - - |a\x01\x1b[2J|"}});
}

TEST_CASE("mlsd_has_links_in_several_ways") {  // L13
  check({{"type=OS.unix=slink:/target; name", "l - - |name|->/target|"},
         {"type=OS.unix=slink:a b; name", "l - - |name|->a b|"},
         {"type=OS.unix=slink:a; b; name", "l - - |b; name|->a|"},
         {"type=OS.UNIX=slink; name", "l - - |name|"},
         {"type=os.unix=symlink; name", "l - - |name|"},
         {"type=OS.unix=chr-1/2; name", "o - - |name|"}});
}

TEST_CASE("permissions_of_mlsd_are_the_mode_or_else_the_perm_fact") {  // L14
  CHECK(entry_of("perm=adfr;UNIX.mode=0644; a").permissions == "0644");
  CHECK(entry_of("UNIX.mode=0644;perm=adfr; a").permissions == "0644");
  CHECK(entry_of("type=file;perm=adfr; a").permissions == "adfr");
}

TEST_CASE("facts_that_cannot_be_read_are_not_believed") {
  check_not_understood({"type=file;size=5k; a", "type=file;size=-1; a", "type=bad; a",
                        "type=file;modify=20030231000000; a", "type=file;modify=2003; a",
                        "type=file;modify=20030405060708Z; a",
                        "type=file;modify=20030405060708.; a", "type=file;size; a",
                        "type=file;;size=5; a", "type=file;=5; a", "type=file;size=5;", "x=1 a",
                        "= a", "; a"});
}

TEST_CASE("facts_can_be_read_without_a_name") {  // MLST
  Entry entry;
  CHECK(parse_facts("Type=file;Size=51;Modify=20030405060708;", entry) == Verdict::entry);
  CHECK(text_of(entry) == "f 51 2003-04-05 06:07:08Z ||");
  entry.clear();
  CHECK(parse_facts("type=cdir;", entry) == Verdict::own_folder);
  CHECK(parse_facts("", entry) == Verdict::unknown);
  CHECK(parse_facts(";", entry) == Verdict::unknown);
}

TEST_CASE("eplf_is_facts_and_a_name_after_a_tab") {
  check({{"+i8388621.44468,m839956783,r,s10376,\tRFC EPLF",
          "f 10376 1996-08-13 17:19:43Z |RFC EPLF|"},
         {"+i8388621.29609,m824255902,/,\tdev", "d - 1996-02-13 23:58:22Z |dev|"},
         {"+\tname", "o - - |name|"},
         {"+r,s5\tname", "f 5 - |name|"}});
  CHECK(entry_of("+r,up644,\ta").permissions == "644");
  check_not_understood({"+r,s5, name", "+r,sx,\tname", "+mx,\tname"});
}

TEST_CASE("unix_lines_are_read_by_the_date_in_them") {  // L16
  check({{"-rw-r--r--   1 root     other        531 Jan 29 03:26 README",
          "f 531 2026-01-29 03:26 |README|"},
         {"dr-xr-xr-x   2 root     512 Apr  8  1994 etc", "d - 1994-04-08 |etc|"},
         {"-rw-r--r-- 531 Apr  8  1994 a", "f 531 1994-04-08 |a|"},
         {"-rw-r--r--+ 1 Domain Users May 5 old 7 Apr  8  1994 a", "f 7 1994-04-08 |a|"},
         {"drwxr-x---+1464 u g 41472 Feb 25 13:17 a", "d - 2026-02-25 13:17 |a|"},
         {"-rw-r--r--. 1 u g 7 Feb 25 13:17:09 a", "f 7 2026-02-25 13:17:09 |a|"},
         {"-rw-r--r-- 1 u group12345 Feb 25 13:17 a", "f - 2026-02-25 13:17 |a|"},
         {"-rw-r--r-- 1 u g 7 25 Feb 13:17 a", "f 7 2026-02-25 13:17 |a|"},
         {"-rw-r--r-- 1 u g 7 25. Feb. 2019 a", "f 7 2019-02-25 |a|"},
         {"-rw-r--r-- 1 u g 33.5k Feb 25 13:17 a", "f - 2026-02-25 13:17 |a|"},
         {"-rw-r--r-- 1 u g 7 Oct 08, 2002 09:47 a", "f 7 2002-10-08 09:47 |a|"},
         {"-rw-r--r-- 1 u g 12 12 Mar 2016 2017", "f 12 2016-03-12 |2017|"},
         {"brw-r----- 1 root disk 8, 1 Feb 25 13:17 sda1", "o - 2026-02-25 13:17 |sda1|"},
         {"crw-r----- 1 root sys 109,767 Feb 25 13:17 tty", "o - 2026-02-25 13:17 |tty|"},
         {"-rw-r--r-- 1 u g 18446744073709551615 Feb 25 13:17 a", "f - 2026-02-25 13:17 |a|"},
         {"-C--E-----FTP A QUA1I1      18128       41 Aug 12 13:56 QUADTEST2",
          "f 41 2025-08-12 13:56 |QUADTEST2|"}});
  CHECK(entry_of("drwxr-x---+1464 u g 41472 Feb 25 13:17 a").permissions == "drwxr-x---");
}

TEST_CASE("unix_dates_may_be_iso_or_of_another_language") {  // L16
  check({{"-rw-r--r-- 1 u g 7 2005-04-08 11:22 a", "f 7 2005-04-08 11:22 |a|"},
         {"-rw-r--r-- 1 u g 7 2005/04/08 11:22 a", "f 7 2005-04-08 11:22 |a|"},
         {"-rw-r--r-- 1 u g 7 2005.04.08 a", "f 7 2005-04-08 |a|"},
         {"-rw-r--r-- 1 u g 7 2005년  1월  6일 a", "f 7 2005-01-06 |a|"},
         {"-rw-r--r-- 1 u g 7 26. Juli, 20:10 a", "f 7 2025-07-26 20:10 |a|"},
         {"-rw-r--r-- 1 u g 7 2005-04-08 a", "f 7 2005-04-08 |a|"},
         {"-rw-r--r-- 1 u g 7 2005-04-08 11:22:33.500000000 +0200 a",
          "f 7 2005-04-08 09:22:33.500000000Z |a|"},
         {"-rw-r--r-- 1 u g 7 2005-04-08 11:22:33 -0130 a", "f 7 2005-04-08 12:52:33Z |a|"},
         {"-rw-r--r-- 1 u g 0 6月 3日 2003年 試.csv", "f 0 2003-06-03 |試.csv|"},
         {"-rw-r--r-- 1 u g 0 12월  3 20:10 a", "f 0 2025-12-03 20:10 |a|"},
         {"-rw-r--r-- 1 u g 7 Mär  3  2019 a", "f 7 2019-03-03 |a|"},
         {"-rw-r--r-- 1 u g 7 M\xe4r  3  2019 a", "f 7 2019-03-03 |a|"},
         {"-rw-r--r-- 1 u g 7  3 juil.  2019 a", "f 7 2019-07-03 |a|"},
         {"-rw-r--r-- 1 u g 7 dic  3  2019 a", "f 7 2019-12-03 |a|"},
         {"-rw-r--r-- 1 u g 7 дек  3  2019 a", "f 7 2019-12-03 |a|"}});
}

TEST_CASE("unix_lines_may_be_all_numbers") {  // L16
  check({{"0100644   500  101   12345    123456789       my name",
          "f 12345 1973-11-29 21:33:09Z |my name|"},
         {"0040755   500  101   12345    123456789       a", "d - 1973-11-29 21:33:09Z |a|"},
         {"0020644   500  101   12345    123456789       a", "o - 1973-11-29 21:33:09Z |a|"}});
  check_not_understood({"0100648 500 101 12345 123456789 a", "0100644 500 101 12345 123456789",
                        "0100644 500 101 x 123456789 a"});
}

TEST_CASE("a_unix_name_is_all_after_one_blank") {  // L9, L14
  check({{"-rw-r--r-- 1 u g 7 Jan  1  2000   a  b ", "f 7 2000-01-01 |  a  b |"},
         {"-rw-r--r-- 1 u g 7 Jan  1  2000 a -> b", "f 7 2000-01-01 |a -> b|"},
         {"-rw-r--r-- 1 u g 7 Jan  1 10:00 7 Feb  2 11:00 c",
          "f 7 2026-01-01 10:00 |7 Feb  2 11:00 c|"}});
}

TEST_CASE("the_size_of_a_link_tells_which_arrow_is_meant") {  // L13
  check({{"lrwxrwxrwx 1 u g 7 Jan  1  2000 bin -> usr/bin", "l - 2000-01-01 |bin|->usr/bin|"},
         {"lrwxrwxrwx 1 u g 6 Jan  1  2000 a -> b -> c", "l - 2000-01-01 |a|->b -> c|"},
         {"lrwxrwxrwx 1 u g 1 Jan  1  2000 a -> b -> c", "l - 2000-01-01 |a -> b|->c|"},
         {"lrwxrwxrwx 1 u g 9 Jan  1  2000 a -> b -> c", "l - 2000-01-01 |a|->b -> c|"},
         {"lrwxrwxrwx 1 u g 9 Jan  1  2000 a", "l - 2000-01-01 |a|"}});
}

TEST_CASE("what_is_nearly_a_unix_line_is_not_understood") {
  check_not_understood({"zrw-r--r-- 1 u g 7 Jan  1  2000 a", "-xrwr--r-- 1 u g 7 Jan  1  2000 a",
                        "-rw-r--r- 1 u g 7 Jan  1  2000 a", "- 1 u g 7 Jan  1  2000 a",
                        "-rw-r--r--+x 1 u g 7 Jan  1  2000 a", "-rw-r--r-- 1 u g 7 Jan  1 a",
                        "-rw-r--r-- 1 u g 7 Jam  1  2000 a", "-rw-r--r-- 1 u g 7 Feb 30  2000 a",
                        "-rw-r--r-- 1 u g 7 Jan  1 24:00 a", "-rw-r--r-- 1 u g 7 Jan  1 10:60 a",
                        "-rw-r--r-- 1 u g 7 Jan  1 200 a", "-rw-r--r-- 1 u g 7x Jan  1  2000 a",
                        "-rw-r--r-- 1 u g 7 13月  1  2000 a",
                        " -rw-r--r-- 1 u g 7 Jan  1  2000 a"});
}

TEST_CASE("netware_may_pad_names") {
  check({{"d [R----F--] supervisor            512       Jan 16 18:53    login",
          "d - 2026-01-16 18:53 |login|"},
         {"d[RWCEMFA]  1 cyp           512 Jul 01 11:49 htdocs", "d - 2026-07-01 11:49 |htdocs|"},
         {"- [RWCEAFMS] jrd                    192 Jan 01  2000  file2",
          "f 192 2000-01-01 | file2|"}});
  CHECK(entry_of("- [R----F--] me 5 Jan 16 18:53 a").permissions == "[R----F--]");
  check_not_understood({"a [R----F--] me 5 Jan 16 18:53 a", "d [R---xF--] me 5 Jan 16 18:53 a",
                        "d [R----F-- me 5 Jan 16 18:53 a"});
}

TEST_CASE("dos_lines_have_month_day_and_year") {
  check({{"05-20-97  03:31PM                  681 .bash history",
          "f 681 1997-05-20 15:31 |.bash history|"},
         {"12-05-2069  12:03AM       <DIR>          a", "d - 2069-12-05 00:03 |a|"},
         {"12-05-69  12:03PM       <DIR>          a", "d - 2069-12-05 12:03 |a|"},
         {"12-05-70  17:03         <DIR>          a", "d - 1970-12-05 17:03 |a|"},
         {"2002-09-02  18:48       <DIR>          a", "d - 2002-09-02 18:48 |a|"},
         {"2002-09-02  19:06                9,730 a", "f - 2002-09-02 19:06 |a|"},
         {"06-15-00  07:37AM       <JUNCTION>     a -> bar too",
          "l - 2000-06-15 07:37 |a|->bar too|"},
         {"06-15-00  07:37AM       <JUNCTION>     a => b", "l - 2000-06-15 07:37 |a|->b|"}});
  check_not_understood({"20-05-97  03:31PM 681 a", "05-20-97  13:31PM 681 a",
                        "05-20-97  00:31AM 681 a", "05-20-97  03:31PM OMAR a",
                        "34-08-14  03:31PM 681 a", "05-20-97  03:31PM"});
}

TEST_CASE("a_blank_that_a_dos_name_begins_with_is_told_by_its_column") {  // L14
  check({{"01-01-00  01:00AM       <DIR>           dir2", "d - 2000-01-01 01:00 | dir2|"},
         {"01-01-00  01:00AM     <DIR>             dir2", "d - 2000-01-01 01:00 |dir2|"},
         {"01-01-00  01:00AM                95077  file2", "f 95077 2000-01-01 01:00 | file2|"},
         {"01-01-00  01:00AM               95077  file1", "f 95077 2000-01-01 01:00 |file1|"}});
}

TEST_CASE("os2_lines_begin_with_the_size") {
  check(
      {{"     0           DIR   05-12-97   16:52  My Desktop", "d - 1997-05-12 16:52 |My Desktop|"},
       {"587823    RSA    DIR   01-08-97   13:58  OS2KRNL", "d - 1997-01-08 13:58 |OS2KRNL|"},
       {"  310992                 06-28-94   09:56  INSTALL.EXE",
        "f 310992 1994-06-28 09:56 |INSTALL.EXE|"}});
}

TEST_CASE("chameleon_lines_begin_with_the_name") {
  check({{"CMT.CSV             0      Jul 06 1995 14:56   RHA", "f 0 1995-07-06 14:56 |CMT.CSV|"},
         {"INSTALL         <DIR>           11-16-94        17:17",
          "d - 1994-11-16 17:17 |INSTALL|"}});
  check_not_understood({"CMT.CSV 0 Jul 06 1995 14:56 RHX", "CMT.CSV 0 Feb 30 1995 14:56 R"});
}

TEST_CASE("vms_tells_versions_but_no_sizes_in_bytes") {  // L11
  check({{"1-JUN.LIS;3   9/9   2-JUN-1998 07:32:04  [GROUP,OWNER]  (RWED,RWED,RWED,)",
          "f - 1998-06-02 07:32:04 |1-JUN.LIS|"},
         {".WELCOME;1                 2  13-FEB-2002 23:32:40.47",
          "f - 2002-02-13 23:32:40.470000000 |.WELCOME|"},
         {"CORE.DIR;1    1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)",
          "d - 1996-09-08 16:09 |CORE|"},
         {"A.B;1    2/8    7-JAN-2000    [IV2_XXX]   (RWED,RWED,RE,)", "f - 2000-01-07 |A.B|"},
         {".DIR;1        1  8-SEP-1996 16:09", "f - 1996-09-08 16:09 |.DIR|"}});
  const Entry entry = entry_of("A.B;12 1 8-SEP-1996 16:09 [SYSTEM] (RWE,,RE,RE)");
  CHECK(entry.version == 12);
  CHECK(entry.permissions == "(RWE,,RE,RE)");
  check_not_understood({"A.B;1 x/9 2-JUN-1998 07:32", "A.B; 1 9 2-JUN-1998 07:32",
                        "A.B;1 9 JUN-2-1998 07:32", "A.B;1 9 2-JUN-1998 07:32 PM",
                        "A.B;1 9 2-JUN-1998 07:32 (RWX)"});
}

TEST_CASE("a_long_vms_name_has_a_line_of_its_own") {
  const auto outcome = listing::read(
      "Directory DISK$USER:[ME]\r\n\r\n"
      "UCX$REXECD_STARTUP.LOG;1098\r\n    4/15  24-FEB-2003 13:17:24\r\n"
      "BIG.LOG;1\r\n170774/170775  24-APR-2003 08:16:15  [ME]  (RWED,RWED,RE,)\r\n"
      "LONELY.LOG;1\r\n"
      "A.B;1   4  24-FEB-2003 13:17:24\r\n\r\n"
      "Total of 3 files, 8 blocks.\r\n");
  REQUIRE(outcome.entries.size() == 3);
  CHECK(text_of(outcome.entries[0]) == "f - 2003-02-24 13:17:24 |UCX$REXECD_STARTUP.LOG|");
  CHECK(outcome.entries[0].version == 1098);
  CHECK(outcome.entries[1].name == "BIG.LOG");
  CHECK(outcome.entries[2].name == "A.B");
  CHECK(outcome.tally.not_understood == 1);
  CHECK(outcome.tally.first_not_understood == "LONELY.LOG;1");
}

TEST_CASE("os400_has_dates_in_the_order_of_the_job") {
  check({{"PEP              4019 04/03/18 18:58:16 *STMF      my file.zip",
          "f 4019 2004-03-18 18:58:16 |my file.zip|"},
         {"PEP              4019 05/20/15 18:58:16 *STMF      a", "f 4019 2015-05-20 18:58:16 |a|"},
         {"QPGMR        16347136 29.06.13 15:45:09 *FILE      A.SAVF",
          "f 16347136 2013-06-29 15:45:09 |A.SAVF|"},
         {"PEP             36864 04/03/24 14:06:34 *DIR       dir1/",
          "d - 2004-03-24 14:06:34 |dir1|"},
         {"QPGMR                                   *MEM       A.MBR", "f - - |A.MBR|"}});
  check_not_understood({"PEP 4019 04/03/18 18:58:16 STMF a", "PEP 4019 04/03/18 30:58:16 *STMF a",
                        "PEP 4019 04/03/18 18:58:16 *FILE", "PEP 04/03/18 18:58:16 *FILE a"});
}

TEST_CASE("mvs_data_sets_have_no_time_of_change") {
  check({{"SAVE00 3390   2004/06/23  1    1  FB     128  6144  PS    A.B.D061704",
          "f - - |A.B.D061704|"},
         {"SAVE02 3390   2004/06/23  1    1  FB     128  6144  PO-E  A.B", "d - - |A.B|"},
         {"PEX26F 3390   2017/07/03  115807  FB   29600 29600  PS    A", "f - - |A|"},
         {"Migrated                                                  A", "f - - |A|"},
         {"V43525 Tape                                             A", "f - - |A|"},
         {"TSO004 3390   VSAM A", "f - - |A|"},
         {"ARCIVE Not Direct Access Device                           A", "f - - |A|"},
         {"IBMUSER2 JOB01906 IBMUSER  OUTPUT A        RC=0000 3 spool files", "f - - |JOB01906|"}});
  check_not_understood({"Migrated yesterday", "SAVE00 3390 2004/06/23 1 1 FB 128 6144 XX A.B"});
}

TEST_CASE("a_member_without_statistics_is_believed_after_others") {
  constexpr std::string_view kHeading =
      "Name      VV.MM   Created       Changed      Size  Init   Mod   Id\r\n";
  constexpr std::string_view kMember =
      "SAVE03    01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001\r\n";
  CHECK(listing::read("SAVE04   \r\n").tally.is_unreadable());
  for (const std::string_view before : {kHeading, kMember}) {
    const auto outcome = listing::read(std::string(before) + "SAVE04   \r\n");
    REQUIRE_FALSE(outcome.entries.empty());
    CHECK(text_of(outcome.entries.back()) == "f - - |SAVE04|");
    CHECK(outcome.tally.is_complete());
  }
  CHECK(text_of(entry_of(kMember)) == "f - 2002-10-11 09:37 |SAVE03|");
}

TEST_CASE("nonstop_lines_end_with_rights_in_quotes") {
  check({{"IGNWEB 101 528 6-Apr-07 14:21:18 255, 0 \"oooo\"", "f 528 2007-04-06 14:21:18 |IGNWEB|"},
         {"IGNWEB 101 528 6-Apr-07 14:21:18 255,255 \"oooo\"",
          "f 528 2007-04-06 14:21:18 |IGNWEB|"}});
  check_not_understood({"IGNWEB 101 528 6-Apx-07 14:21:18 255,255 \"oooo\"",
                        "IGNWEB 101 528 6-Apr-07 14:21:18 255,255 oooo"});
}

TEST_CASE("vxworks_lines_end_with_the_kind") {
  check({{"2048    Feb-28-1998  05:23:30   my folder <DIR>", "d - 1998-02-28 05:23:30 |my folder|"},
         {"  512    Feb-28-1998  05:23:30   a.txt", "f 512 1998-02-28 05:23:30 |a.txt|"}});
  check_not_understood({"2048 Feb-30-1998 05:23:30 a", "2048 Feb-28-1998 a b"});
}

TEST_CASE("vm_names_have_two_parts") {
  check({{"README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291",
          "f - 1997-04-02 12:33:20 |README.ANONYMOU|"},
         {"AUTHORS           DIR        -          -          - 1999-09-20 10:31:11 -",
          "d - 1999-09-20 10:31:11 |AUTHORS|"},
         {"PROFILE  EXEC      A1 V      17     3      1       9/12/91   12:39:07",
          "f - 1991-09-12 12:39:07 |PROFILE.EXEC|"},
         {"ABADY2K  DATE      A0 V      1      1      1       1/03/100  10:11:12",
          "f - 2000-01-03 10:11:12 |ABADY2K.DATE|"},
         {"AUTHORS            A1 DIR    -      -      -       9/20/99   10:31:11",
          "d - 1999-09-20 10:31:11 |AUTHORS|"}});
}

TEST_CASE("dls_lines_have_their_size_in_one_column") {
  check({{"README              763  Information about this server", "f 763 - |README|"},
         {"bin/                  -", "d - - |bin|"},
         {"pub/                  =  Jul 11 21:04  Public area", "d - 2026-07-11 21:04 |pub|"},
         {"morgan               14  Apr 18  9:39  -> ../real/morgan",
          "l - 2026-04-18 09:39 |morgan|->../real/morgan|"},
         {"TIMIT.mostlikely.Z\r\n                  79215", "f 79215 - |TIMIT.mostlikely.Z|"}});
  check_not_understood(
      {"README             763  Information", "README              763 Information"});
}
