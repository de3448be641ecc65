#include "proxy/no_proxy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <string>

#include "core/text.h"

namespace ftpull::proxy {
namespace {

/// Of an IPv4 or IPv6 address; empty when it is none.
std::string bytes_of(std::string_view text) {
  const std::string address(text);
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
  return {};
}

bool is_in_network(const std::string& address, std::string_view network) {
  if (network.starts_with('[') && network.ends_with(']')) {
    network = network.substr(1, network.size() - 2);
  }
  const size_t slash = network.find('/');
  const std::string base = bytes_of(network.substr(0, slash));
  if (base.size() != address.size()) return false;
  if (slash == network.npos) return base == address;
  const auto bits = parse_decimal(network.substr(slash + 1));
  if (!bits || *bits > base.size() * 8) return false;
  for (size_t bit = 0; bit < *bits; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((base[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

bool is_in_domain(std::string_view name, std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.empty() || domain.size() > name.size()) return false;
  const size_t before = name.size() - domain.size();
  if (!equals_ignoring_case(name.substr(before), domain)) return false;
  return before == 0 || name[before - 1] == '.';
}

}  // namespace

bool is_in_no_proxy(std::string_view host, std::string_view list) {
  constexpr std::string_view kBetween = ", \t";
  if (trim(list) == "*") return true;
  const std::string address = bytes_of(host);
  if (host.ends_with('.')) host.remove_suffix(1);
  while (!list.empty()) {
    const size_t end = std::min(list.find_first_of(kBetween), list.size());
    const std::string_view entry = list.substr(0, end);
    if (address.empty() ? is_in_domain(host, entry) : is_in_network(address, entry)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace ftpull::proxy
