#include "net/route.h"

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::net {

Route Route::to_port(uint16_t port) const {
  if (!beyond) return {{addresses.front().with_port(port)}, std::nullopt};
  Route other = *this;
  other.beyond->target.port = port;
  return other;
}

bool Route::is_ipv6() const {
  return beyond ? beyond->target.is_ipv6() : addresses.front().is_ipv6();
}

std::string Route::text() const {
  if (!beyond) return addresses.front().text();
  return fmt::format("{} through {}", for_display(beyond->target.text()), beyond->proxy.text());
}

}  // namespace ftpull::net
