#include "transfer/same_file.h"

namespace ftpull::transfer {

bool same_file(const ftp::FileFacts& first, const ftp::FileFacts& now, OnChange on_change) {
  const bool is_gone = first.refusal.empty() && !now.refusal.empty();
  if (is_gone) return false;
  const bool sizes_known = first.size_bytes && now.size_bytes;
  if (on_change == OnChange::append && sizes_known && *now.size_bytes > *first.size_bytes) {
    return true;
  }
  const bool same_size = !sizes_known || *first.size_bytes == *now.size_bytes;
  const bool same_time = !first.mdtm || !now.mdtm || first.mdtm->raw == now.mdtm->raw;
  return same_size && same_time;
}

Error content_changed() {
  return {ErrorKind::changed,
          "the file on the server is not the one of which something is here",
          {},
          "To fetch it as it is now, use ftpull get --restart"};
}

Error change_error(const store::Identity& then, const store::Identity& now,
                   const ftp::FileFacts& facts) {
  if (!facts.refusal.empty()) {
    return {ErrorKind::changed,
            "the file has gone from the server while it was fetched",
            facts.refusal,
            {}};
  }
  return {ErrorKind::changed,
          store::describe_change(then, now) + ": it changed while it was fetched",
          {},
          store::change_hint(then, now)};
}

}  // namespace ftpull::transfer
