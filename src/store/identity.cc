#include "store/identity.h"

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::store {

std::string describe_change(const Identity& then, const Identity& now) {
  const auto size = [](const Identity& identity) {
    return identity.size_bytes ? fmt::format("{} bytes", *identity.size_bytes)
                               : std::string("of unknown size");
  };
  const auto time = [](const Identity& identity) {
    return identity.mdtm.empty() ? "unknown" : for_display(identity.mdtm);
  };
  if (then.size_bytes != now.size_bytes) {
    return fmt::format("the remote file was {} and is {}", size(then), size(now));
  }
  return fmt::format("the remote file's time was {} and is {}", time(then), time(now));
}

std::string change_hint(const Identity& then, const Identity& now) {
  std::string hint =
      "Type the same command again to fetch the file as it is now; --on-change refetch does so at "
      "once";
  if (then.size_bytes < now.size_bytes) {
    hint += ", and for a file that only ever grows --on-change append goes on";
  }
  return hint;
}

}  // namespace ftpull::store
