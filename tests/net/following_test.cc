#include "net/following.h"

#include <doctest/doctest.h>

using ftpull::net::Following;
using ftpull::store::Pipelining;

namespace {

void answer(Following& following, int times) {
  for (int i = 0; i < times; ++i) following.on_answered();
}

}  // namespace

TEST_CASE("one_session_tries_before_the_others") {
  Following following;
  CHECK(following.may(1));
  following.on_tried(1);
  CHECK(following.may(1));
  CHECK_FALSE(following.may(2));
  following.on_answered();
  CHECK(following.may(2));
  CHECK(following.verdict() == Pipelining::unknown);
}

TEST_CASE("another_session_tries_when_the_first_is_closed") {
  Following following;
  following.on_tried(1);
  following.on_closed(2);
  CHECK_FALSE(following.may(2));
  following.on_closed(1);
  CHECK(following.may(2));
}

TEST_CASE("it_is_proven_by_many_answers_in_a_row") {
  Following following;
  answer(following, Following::kProof - 1);
  CHECK_FALSE(following.is_proven());
  answer(following, 1);
  CHECK(following.is_proven());
  CHECK(following.verdict() == Pipelining::works);
}

TEST_CASE("a_lost_session_speaks_against_what_is_not_proven") {
  Following following;
  answer(following, Following::kProof - 1);
  following.on_lost();
  CHECK(following.verdict() == Pipelining::fails);
  CHECK_FALSE(following.may(1));
  answer(following, 2 * Following::kProof);
  CHECK(following.verdict() == Pipelining::fails);
}

TEST_CASE("what_works_is_given_up_for_two_lost_in_short_order") {
  Following following(Pipelining::works);
  CHECK(following.is_proven());
  following.on_lost();
  CHECK(following.may(1));
  answer(following, Following::kProof);
  following.on_lost();
  CHECK(following.verdict() == Pipelining::works);
  answer(following, Following::kProof - 1);
  following.on_lost();
  CHECK(following.verdict() == Pipelining::fails);
}

TEST_CASE("a_refusal_ends_it_at_once") {
  Following following(Pipelining::works);
  following.on_broken();
  CHECK(following.verdict() == Pipelining::fails);
  CHECK_FALSE(following.may(1));
}
