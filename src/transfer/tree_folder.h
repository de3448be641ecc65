// A folder of a mirror under its two names. What waits to be fetched has one together with its
// neighbours: with paths of its own a file would take twice the memory, and there may be millions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ftpull::transfer {

struct TreeFolder {
  std::string remote;  // as in Url
  std::string path;    // in the tree
};

using SharedFolder = std::shared_ptr<const TreeFolder>;

}  // namespace ftpull::transfer
