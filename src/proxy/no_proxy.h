// The hosts that are reached without a proxy, as curl reads them from no_proxy.
#pragma once

#include <string_view>

namespace ftpull::proxy {

/// Is `host`, a server's name or address as typed, in the list? Names and addresses, with commas or
/// blanks between them: a name, with a dot before it or not, is itself and all below it; an address
/// may have "/BITS". "*" alone is every host. Names are never looked up for this.
bool is_in_no_proxy(std::string_view host, std::string_view list);

}  // namespace ftpull::proxy
