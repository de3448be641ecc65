// The columns that `ls -l` has before the name, and with it most servers: size, then a date.
#pragma once

#include <optional>

#include "ftpull/entry.h"

#include "ftp/listing/line.h"

namespace ftpull::ftp {

struct LsDate {
  EntryTime time;
  size_t words = 0;  // that it takes
};

/// The date at word `at`: "Nov  5  2018", "Nov  5 13:46", "Nov 05, 2018 13:46", "5 Nov 2018",
/// "5 Nov 13:46", "2005-04-08", "2005/04/08 11:22", "2005-04-08 11:22:33.000000000 +0200" (which is
/// UTC then), "6月 3日 2003年", "2003년 6월 3일" (QUIRKS L16). The whole of each word is looked at.
std::optional<LsDate> parse_ls_date(const Line& line, size_t at);

struct LsColumns {
  size_t size = 0;  // the word before the date
  EntryTime time;
  size_t last = 0;  // the last word of the date
};

/// The first date with a size before it, whatever columns precede: with or without link count,
/// owner and group, and those may have blanks in them. The size is at word `first` or later. Digits
/// that hang on a name ("ftpadmin125435904") hold its place too, although what of them is the size
/// cannot be told; so do rounded sizes ("33.5k").
std::optional<LsColumns> find_ls_columns(const Line& line, size_t first);

/// Of a file. Empty when it is not a number, or above 2^63 - 1: "18446744073709551615" is -1.
std::optional<uint64_t> size_in(std::string_view word);

}  // namespace ftpull::ftp
