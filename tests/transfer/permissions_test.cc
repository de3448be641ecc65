#include "transfer/permissions.h"

#include <doctest/doctest.h>

using ftpull::transfer::parse_permissions;

TEST_CASE("permissions_are_letters_or_digits") {
  CHECK(parse_permissions("-rw-r--r--") == 0644);
  CHECK(parse_permissions("drwxr-xr-x") == 0755);
  CHECK(parse_permissions("rwx------") == 0700);
  CHECK(parse_permissions("---------") == 0);
  CHECK(parse_permissions("-rw-r--r--+") == 0644);
  CHECK(parse_permissions("-rw-r--r--.") == 0644);
  CHECK(parse_permissions("0644") == 0644);
  CHECK(parse_permissions("644") == 0644);
  CHECK(parse_permissions("100644") == 0644);
}

TEST_CASE("rights_of_the_owner_are_not_given_to_others") {
  CHECK(parse_permissions("-rwsr-sr-t") == 0755);
  CHECK(parse_permissions("-rwSr-Sr-T") == 0644);
  CHECK(parse_permissions("4755") == 0755);
  CHECK(parse_permissions("1777") == 0777);
}

TEST_CASE("what_is_no_permissions_says_nothing") {
  for (const char* text : {"", "adfr", "(RWED,RE,,)", "rw", "-rw-r--r-", "999", "0", "07", "0648",
                           "-rw-r--q--", "1234567", "-xwrxwrxwr"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_permissions(text));
  }
}
