#include "transfer/connect_pace.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("some_are_made_at_once_and_then_one_each_interval") {  // C11
  ConnectPace pace(milliseconds(100), 4);
  TimePoint now{seconds(50)};
  int made = 0;
  for (int ms = 0; ms < 1000; ++ms, now += milliseconds(1)) {
    while (pace.ready(now)) {
      pace.take(now);
      ++made;
    }
    CHECK(made == 4 + ms / 100);
  }
}

TEST_CASE("it_says_when_the_next_one_may_be_made") {
  ConnectPace pace(milliseconds(100), 2);
  const TimePoint now{seconds(50)};
  pace.take(now);
  CHECK(pace.ready(now));
  pace.take(now);
  CHECK_FALSE(pace.ready(now));
  CHECK(pace.ready_at() == now + milliseconds(100));
}

TEST_CASE("after_a_pause_as_many_are_made_at_once_again_and_no_more") {
  ConnectPace pace(milliseconds(100), 4);
  TimePoint now{seconds(50)};
  for (int i = 0; i < 10; ++i) pace.take(now);
  now += seconds(60);
  int made = 0;
  while (pace.ready(now) && made < 100) {
    pace.take(now);
    ++made;
  }
  CHECK(made == 4);
}

TEST_CASE("without_an_interval_nothing_is_waited_for") {
  ConnectPace pace(Duration(0), 1);
  const TimePoint now{seconds(50)};
  for (int i = 0; i < 100; ++i) {
    CHECK(pace.ready(now));
    pace.take(now);
  }
}
