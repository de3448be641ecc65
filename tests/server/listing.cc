#include "listing.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ftpull::test_server {

std::string list_line(const Node& node, std::time_t now) {
  constexpr std::time_t kHalfYear_s = 182 * 24 * 3600;
  bool recent = node.modified <= now && now - node.modified < kHalfYear_s;
  std::tm when = fmt::gmtime(node.modified);
  std::string date =
      recent ? fmt::format("{:%b %d %H:%M}", when) : fmt::format("{:%b %d  %Y}", when);
  return fmt::format("{}    1 ftp      ftp      {:>12} {} {}\r\n",
                     node.folder ? "drwxr-xr-x" : "-rw-r--r--", node.size_bytes, date, node.name);
}

std::string name_line(const Node& node) {
  return node.name + "\r\n";
}

std::string fact_line(const Node& node) {
  return facts(node) + " " + node.name + "\r\n";
}

std::string facts(const Node& node) {
  std::string modify = time_value(node.modified);
  if (node.folder) return fmt::format("type=dir;modify={};", modify);
  return fmt::format("type=file;size={};modify={};", node.size_bytes, modify);
}

std::string time_value(std::time_t time) {
  return fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(time));
}

}  // namespace ftpull::test_server
