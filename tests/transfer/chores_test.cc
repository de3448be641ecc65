#include "transfer/chores.h"

#include <vector>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull::transfer;

TEST_CASE("chores_are_done_one_after_the_other") {
  fake::Time time;
  fake::LaterBackground background(time);
  Chores chores(background);
  CHECK(chores.is_idle());
  std::vector<int> said;
  for (const int number : {1, 2, 3}) {
    chores.add([&said, number] { said.push_back(number); },
               [&said, number] { said.push_back(-number); });
  }
  CHECK_FALSE(chores.is_idle());
  CHECK(said.empty());
  while (time.advance(ftpull::kNever)) {
  }
  CHECK(said == std::vector{1, -1, 2, -2, 3, -3});
  CHECK(chores.is_idle());
}

TEST_CASE("a_chore_may_ask_for_another_one") {
  fake::Time time;
  fake::LaterBackground background(time);
  Chores chores(background);
  std::vector<int> said;
  chores.add([] {}, [&] { chores.add([&] { said.push_back(3); }, [] {}); });
  chores.add([&] { said.push_back(2); }, [] {});
  while (time.advance(ftpull::kNever)) {
  }
  CHECK(said == std::vector{2, 3});
}
