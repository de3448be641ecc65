#include "cli/proxy_environment.h"

#include <map>

#include <doctest/doctest.h>

using namespace ftpull::cli;

namespace {

Environment of(std::map<std::string, std::string> set) {
  return [set = std::move(set)](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? nullptr : found->second.c_str();
  };
}

}  // namespace

TEST_CASE("the_variable_for_ftp_and_lower_case_come_first") {
  CHECK(proxy_of(of({})).empty());
  CHECK(proxy_of(of({{"http_proxy", "x"}, {"ALL_PROXY", "d"}})) == "d");
  CHECK(proxy_of(of({{"all_proxy", "c"}, {"ALL_PROXY", "d"}})) == "c");
  CHECK(proxy_of(of({{"FTP_PROXY", "b"}, {"all_proxy", "c"}})) == "b");
  CHECK(proxy_of(of({{"ftp_proxy", "a"}, {"FTP_PROXY", "b"}})) == "a");
}

TEST_CASE("an_empty_variable_is_as_good_as_none") {
  CHECK(proxy_of(of({{"ftp_proxy", ""}, {"FTP_PROXY", "b"}})) == "b");
  CHECK(no_proxy_of(of({{"no_proxy", ""}, {"NO_PROXY", "y"}})) == "y");
}

TEST_CASE("no_proxy_comes_before_its_upper_case") {
  CHECK(no_proxy_of(of({{"no_proxy", "x"}, {"NO_PROXY", "y"}})) == "x");
  CHECK(no_proxy_of(of({})).empty());
}
