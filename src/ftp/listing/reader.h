// A listing as it comes over a data connection: bytes in, entries out, one at a time.
//
// Memory does not grow with the listing, whatever is sent. What of it could not be used is counted,
// so that nobody takes a listing for complete that is not.
//
// An empty folder may also be a reply and no listing at all ("450 No files found", z/OS "550 No
// data sets found.", QUIRKS E10, O6). Of that this class sees nothing; who reads the replies knows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/entry.h"

#include "ftp/listing/dialects.h"

namespace ftpull::ftp {

/// Why an entry is not given out (L1, L12).
enum class NameFault {
  empty,
  slash,       // it would lead out of its folder, or into another one
  nul,         // a NUL, in the name or in a link's target
  line_break,  // the same with a CR
  too_long
};
inline constexpr size_t kNameFaults = 5;

/// What became of the lines.
struct ListingTally {
  uint64_t entries = 0;                         // given out
  uint64_t own_folders = 0;                     // ".", "..", cdir, pdir
  std::array<uint64_t, kNameFaults> refused{};  // entries, by NameFault
  uint64_t not_understood = 0;                  // lines; an overlong one too

  // The first line that was refused or not understood, as it came, without its end; cut to
  // ListingReader::kMaxKeptLineBytes.
  std::string first_refused;
  std::optional<NameFault> first_fault;
  std::string first_not_understood;

  uint64_t all_refused() const {
    uint64_t sum = 0;
    for (const uint64_t count : refused) sum += count;
    return sum;
  }
  /// Is there an entry for all that is in the folder?
  bool is_complete() const { return not_understood == 0 && all_refused() == 0; }
  /// Not empty, but not a listing in any dialect that is known either.
  bool is_unreadable() const {
    return not_understood > 0 && entries + own_folders + all_refused() == 0;
  }

  bool operator==(const ListingTally&) const = default;
};

/// Takes the listing of one folder.
///
///   reader.feed(bytes);                      // as they come, or:
///   reader.finish();                         // there are no more
///   while (reader.next(entry)) use(entry);   // after each of them
///
/// - A line ends with LF; CRs before it are dropped. The last one may have no end.
/// - The dialect is found out for each line. The one of the latest line is asked first, because
///   servers answer LIST with lines of MLSD (L15) and some lines only mean something after others.
/// - A first half (dialects.h) and the next line are one line, with a blank between, if the dialect
///   of the first half understands that; otherwise they are two.
///
/// Where the bytes were cut into calls of feed() never matters. Not thread-safe.
class ListingReader {
 public:
  // Facts, owner, group and blanks, a name and the path of a link's target (4096 on most systems).
  static constexpr size_t kMaxLineBytes = 16 * 1024;
  // 255 UTF-16 units, the most that NTFS and APFS have, are up to 765 bytes of UTF-8.
  static constexpr size_t kMaxNameBytes = 1024;
  // Enough for a message.
  static constexpr size_t kMaxKeptLineBytes = 512;

  /// `now` is for the year of dates that have none; see listed_time.h.
  explicit ListingReader(int64_t now_unix_seconds) : now_(now_unix_seconds) {}

  /// Keeps `bytes` until next() has taken them. Not after finish().
  void feed(std::string_view bytes);
  void finish() { finished_ = true; }

  /// The next entry, if there is a whole one. `entry` is overwritten, also when there is none; used
  /// again and again it costs few allocations.
  bool next(Entry& entry);

  /// Of what next() has taken; of all when it gave false after finish().
  const ListingTally& tally() const { return tally_; }

  /// That of the latest line understood, for logs; empty before.
  std::string_view dialect() const { return latest_ ? latest_->name : std::string_view(); }

 private:
  std::optional<std::string_view> take_line();
  bool read(std::string_view text, Entry& entry);
  bool join(std::string_view text, Entry& entry);
  Verdict recognise(std::string_view text, Entry& entry);
  bool accept(std::string_view text, Verdict verdict, Entry& entry);
  void give_up_first_half();
  void not_understood(std::string_view text);
  void refuse(std::string_view text, NameFault fault);

  int64_t now_;
  std::string buffer_;
  size_t begin_ = 0;       // what of buffer_ has been taken
  size_t searched_ = 0;    // up to here it has no LF
  bool skipping_ = false;  // the rest of an overlong line
  bool finished_ = false;
  std::string first_half_;
  const Dialect* half_of_ = nullptr;  // whose first_half_ is
  const Dialect* latest_ = nullptr;
  ListingTally tally_;
};

}  // namespace ftpull::ftp
