// The seams of one part whose lead has not been compared with the range before it yet, and which
// place each of them has in the journal.
//
// Not thread-safe; the seams in it are, as Seam says.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "store/disk.h"
#include "store/journal.h"
#include "store/seam.h"

namespace ftpull::store {

class SeamBook {
 public:
  struct Pending {
    std::shared_ptr<Seam> seam;
    std::optional<uint64_t> place;  // in the journal; none when all are taken
  };

  SeamBook();

  /// A new one, instead of any that stands at the same begin.
  Pending open(uint64_t begin, size_t length);
  /// Those that an earlier run left in the journal. One whose range `holds` nothing, as asked by
  /// the number of its first segment, is forgotten.
  template <class Holds>
  Status adopt(Journal& journal, Holds holds);
  /// Another that began at the same place since is not touched.
  void drop(const Seam& seam);
  void drop_at(uint64_t begin);
  /// All that lie in this range. Their records stay in the journal.
  void drop_in(Range range);

  /// Those whose both sides are there.
  std::vector<Pending> due(const Journal& journal) const;
  bool empty() const { return pending_.empty(); }
  /// Where the first one is; there must be one.
  uint64_t first() const { return pending_.begin()->first; }

 private:
  void adopt(uint64_t place, const SeamRecord& record);

  std::map<uint64_t, Pending> pending_;  // by begin
  // The one that was freed last is taken last: a record stays true after its seam was compared, and
  // is asked for when a power cut took the durable bit.
  std::deque<uint64_t> free_places_;
};

template <class Holds>
Status SeamBook::adopt(Journal& journal, Holds holds) {
  for (const auto& [place, record] : journal.seams()) {
    if (holds(record.begin / journal.header().segment_bytes) && !pending_.contains(record.begin)) {
      adopt(place, record);
    } else if (auto forgotten = journal.forget_seam(place); !forgotten) {
      return forgotten;
    }
  }
  return {};
}

}  // namespace ftpull::store
