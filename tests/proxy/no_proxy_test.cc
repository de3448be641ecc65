#include "proxy/no_proxy.h"

#include <initializer_list>

#include <doctest/doctest.h>

using ftpull::proxy::is_in_no_proxy;

namespace {

struct Case {
  const char* list;
  const char* host;
  bool found;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.list);
    CAPTURE(c.host);
    CHECK(is_in_no_proxy(c.host, c.list) == c.found);
  }
}

}  // namespace

TEST_CASE("no_proxy_names_hosts_and_domains") {
  check({
      {"", "any", false},
      {"b.c", "b.c", true},
      {".b.c", "b.c", true},
      {"b.c", "a.B.c", true},
      {".b.c", "a.b.c", true},
      {"b.c", "ab.c", false},
      {"a.b.c", "b.c", false},
      {"x, y b.c.", "b.c.", true},
      {"x,,y\tz", "z", true},
      {".", "any", false},
  });
}

TEST_CASE("a_star_in_no_proxy_is_every_host_when_it_stands_alone") {
  check({{"*", "any", true},
         {" * ", "10.0.0.1", true},
         {"*,a", "any", false},
         {"*.b", "a.b", false}});
}

TEST_CASE("no_proxy_names_addresses_and_networks") {
  check({
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.0/9", "10.127.0.1", true},
      {"10.0.0.0/9", "10.128.0.1", false},
      {"0.0.0.0/0", "10.0.0.1", true},
      {"10.0.0.0/32", "10.0.0.0", true},
      {"10.0.0.0/33", "10.0.0.0", false},
      {"10.0.0.0/", "10.0.0.0", false},
      {"10.0.0.0/8", "::1", false},
      {"0.1", "10.0.0.1", false},
      {"::1", "::1", true},
      {"[::1]", "::1", true},
      {"0:0::1", "::1", true},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
  });
}
