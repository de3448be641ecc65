// How far the clock on a server's wall is ahead of UTC, and what times in its listings mean then.
//
// LIST has the wall's time, to the minute or the day, and MDTM has UTC to the second: one file that
// has both tells the difference, which is a number of quarters of an hour (RFC 3659 section 2.3;
// offsets of zones). Where nothing is known it is taken for none, as vsftpd has it (3.0.3 lists in
// UTC). A zone that changes its clocks in summer is off by an hour for half of the year: files of
// that half are fetched once more when the clocks change.
#pragma once

#include <cstdint>
#include <optional>

#include "ftpull/entry.h"

namespace ftpull::transfer {

class ServerClock {
 public:
  /// From a listed time and what MDTM says of the same file. Empty where the two do not tell it:
  /// UTC, days, or no difference that a zone could have.
  static std::optional<int64_t> ahead_by(const EntryTime& listed, int64_t mdtm_utc);

  void set_ahead(int64_t seconds) { ahead_seconds_ = seconds; }
  bool is_known() const { return ahead_seconds_.has_value(); }

  /// As well as it can be told.
  int64_t utc_of(const EntryTime& listed) const;
  /// Is a local file as old as the server says, as far as that goes?
  bool is_same(const EntryTime& listed, int64_t local_mtime) const;

 private:
  std::optional<int64_t> ahead_seconds_;
};

}  // namespace ftpull::transfer
