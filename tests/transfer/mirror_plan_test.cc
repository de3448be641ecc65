#include "transfer/mirror_plan.h"

#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include "core/text.h"

using namespace ftpull;
using namespace ftpull::transfer;
using store::LocalItem;
using Kind = LocalItem::Kind;

namespace {

constexpr int64_t kMoment = 1'700'000'000;

EntryTime at(int64_t unix_seconds) {
  return {unix_seconds, 0, TimePrecision::second, true};
}

Entry file(std::string name, std::optional<uint64_t> size_bytes = 5, int64_t time = kMoment) {
  Entry entry;
  entry.name = std::move(name);
  entry.type = EntryType::file;
  entry.size_bytes = size_bytes;
  entry.time = at(time);
  return entry;
}

Entry folder(std::string name) {
  Entry entry;
  entry.name = std::move(name);
  entry.type = EntryType::folder;
  return entry;
}

Entry link_to(std::string name, std::string target) {
  Entry entry;
  entry.name = std::move(name);
  entry.type = EntryType::link;
  entry.target = std::move(target);
  return entry;
}

LocalItem here(Kind kind, std::string name, uint64_t size_bytes = 5, int64_t mtime = kMoment) {
  LocalItem item;
  item.kind = kind;
  item.name = std::move(name);
  item.size_bytes = size_bytes;
  item.mtime = mtime;
  item.permissions = 0644;
  return item;
}

LocalItem link_here(std::string name, std::string target) {
  LocalItem item = here(Kind::link, std::move(name));
  item.target = std::move(target);
  return item;
}

/// The rules, and what they refer to.
struct Rules {
  explicit Rules(const MirrorOptions& options = {}) : wanted(*WantedTree::make(options)) {}

  FolderPlan plan(const std::vector<Entry>& remote, const std::vector<LocalItem>& local = {}) {
    return plan_folder(path, depth, remote, local, own,
                       {wanted, clock, links, times, folds_names, removes});
  }

  WantedTree wanted;
  ServerClock clock;
  std::string path;
  int depth = 1;
  std::vector<std::string> own;
  MirrorLinks links = MirrorLinks::copy;
  bool times = true;
  bool folds_names = false;
  bool removes = false;
};

/// What a plan does with each name, one word each: "fetch a", "replace b".
std::string text_of(const FolderPlan& plan) {
  std::string text;
  const auto say = [&](const std::string& what, const std::string& name) {
    text += (text.empty() ? "" : ", ") + what + " " + for_display(name);
  };
  for (const auto& one : plan.fetch) {
    say(one.clears ? "clear" : one.replaces ? "replace" : "fetch", one.entry.name);
  }
  for (const auto& one : plan.kept) say("keep", one.entry.name);
  for (const auto& one : plan.folders) {
    say(one.clears ? "clear" : one.is_new ? "make" : "enter", one.name);
  }
  for (const auto& one : plan.links) say(one.replaces ? "relink" : "link", one.entry.name);
  for (const auto& one : plan.kept_links) say("keep", one.name);
  for (const auto& one : plan.follow) say("follow", one.name);
  for (const auto& one : plan.refused) say("refuse", one.name);
  for (const auto& one : plan.extras) say(one.is_folder ? "remove all of" : "remove", one.name);
  if (plan.left_out > 0) text += " (" + std::to_string(plan.left_out) + " left out)";
  return text;
}

MirrorOptions with(MirrorRule rule) {
  MirrorOptions options;
  options.rules.push_back(std::move(rule));
  return options;
}

}  // namespace

TEST_CASE("what_is_not_here_is_fetched") {
  Rules rules;
  CHECK(text_of(rules.plan({file("a"), folder("b"), link_to("c", "a")})) ==
        "fetch a, make b, link c");
}

TEST_CASE("what_is_equal_is_kept") {
  Rules rules;
  const FolderPlan plan =
      rules.plan({file("a"), folder("b"), link_to("c", "a")},
                 {here(Kind::file, "a"), here(Kind::folder, "b"), link_here("c", "a")});
  CHECK(text_of(plan) == "keep a, enter b, keep c");
  CHECK(plan.kept.front().mtime == kMoment);
  CHECK(plan.kept.front().permissions == 0644);
}

TEST_CASE("another_size_or_time_is_another_file") {
  Rules rules;
  const std::vector<LocalItem> local = {here(Kind::file, "a", 5, kMoment)};
  CHECK(text_of(rules.plan({file("a", 6)}, local)) == "replace a");
  CHECK(text_of(rules.plan({file("a", 5, kMoment + 1)}, local)) == "replace a");
  CHECK(text_of(rules.plan({file("a", 5, kMoment - 1)}, local)) == "replace a");
}

TEST_CASE("what_the_server_does_not_tell_is_not_compared") {
  Rules rules;
  Entry untimed = file("a");
  untimed.time.reset();
  CHECK(text_of(rules.plan({untimed}, {here(Kind::file, "a", 5, 1)})) == "keep a");
  // But without a size nothing says that they are the same.
  CHECK(text_of(rules.plan({file("a", std::nullopt)}, {here(Kind::file, "a")})) == "replace a");
}

TEST_CASE("times_that_are_not_wanted_are_not_compared") {
  Rules rules;
  rules.times = false;
  CHECK(text_of(rules.plan({file("a")}, {here(Kind::file, "a", 5, 1)})) == "keep a");
}

TEST_CASE("times_on_a_servers_wall_are_compared_as_far_as_they_go") {
  Rules rules;
  Entry entry = file("a");
  entry.time = EntryTime{kMoment / 60 * 60 + 7200, 0, TimePrecision::minute, false};
  const std::vector<LocalItem> local = {here(Kind::file, "a")};
  CHECK(text_of(rules.plan({entry}, local)) == "replace a");
  rules.clock.set_ahead(7200);
  CHECK(text_of(rules.plan({entry}, local)) == "keep a");
}

TEST_CASE("what_is_of_another_kind_here_is_replaced_but_no_folder") {
  Rules rules;
  CHECK(text_of(rules.plan({file("a")}, {link_here("a", "elsewhere")})) == "clear a");
  CHECK(text_of(rules.plan({file("a")}, {here(Kind::other, "a")})) == "clear a");
  CHECK(text_of(rules.plan({folder("a")}, {here(Kind::file, "a")})) == "clear a");
  CHECK(text_of(rules.plan({folder("a")}, {link_here("a", "/etc")})) == "clear a");
  CHECK(text_of(rules.plan({link_to("a", "b")}, {here(Kind::file, "a")})) == "relink a");
  CHECK(text_of(rules.plan({link_to("a", "b")}, {link_here("a", "c")})) == "relink a");
  CHECK(text_of(rules.plan({file("a")}, {here(Kind::folder, "a")})) == "refuse a");
  CHECK(text_of(rules.plan({link_to("a", "b")}, {here(Kind::folder, "a")})) == "refuse a");
}

TEST_CASE("names_that_cannot_be_taken_are_refused_and_said_cleanly") {
  Rules rules;
  rules.path = "sub";
  rules.own = {"sub/list.jsonl"};
  const FolderPlan plan =
      rules.plan({file("a\x1b[2J"), file("b\n"), file("\x7f"), file(std::string(256, 'x')),
                  file(std::string(255, 'y')), file("list.jsonl")});
  CHECK(plan.refused.size() == 5);
  REQUIRE(plan.fetch.size() == 1);
  CHECK(plan.fetch.front().entry.name == std::string(255, 'y'));
  CHECK(plan.refused.front().error.message == "sub/a\\x1b[2J: its name has control characters");
  CHECK(plan.refused.back().error.message ==
        "sub/list.jsonl: its name is that of a file of ftpull's own");
}

TEST_CASE("a_file_of_our_own_is_ours_in_its_own_folder_only") {
  Rules rules;
  rules.own = {"list.jsonl"};
  rules.path = "sub";
  CHECK(text_of(rules.plan({file("list.jsonl")})) == "fetch list.jsonl");
}

TEST_CASE("of_two_names_that_are_one_here_the_second_is_refused") {
  Rules rules;
  const std::vector<Entry> remote = {file("README"), folder("Readme"), file("readme")};
  CHECK(text_of(rules.plan(remote)) == "fetch README, fetch readme, make Readme");
  rules.folds_names = true;
  const FolderPlan plan = rules.plan(remote);
  CHECK(text_of(plan) == "fetch README, refuse Readme, refuse readme");
  CHECK(plan.refused.front().error.message ==
        "Readme: its name is the same as \"README\" in the local file system");
}

TEST_CASE("a_name_that_is_listed_twice_is_taken_once") {
  Rules rules;
  CHECK(text_of(rules.plan({file("a"), file("a", 9), folder("a")})) == "fetch a");
}

TEST_CASE("devices_and_the_like_are_refused") {
  Rules rules;
  Entry fifo = file("fifo");
  fifo.type = EntryType::other;
  CHECK(text_of(rules.plan({fifo})) == "refuse fifo");
}

TEST_CASE("links_that_lead_out_of_the_tree_are_refused") {
  Rules rules;
  rules.path = "a/b";
  for (const auto how : {MirrorLinks::copy, MirrorLinks::follow}) {
    rules.links = how;
    for (const char* out : {"/etc/passwd", "../../..", "../../../x", "x/../../../../y", "/"}) {
      CAPTURE(out);
      CHECK(text_of(rules.plan({link_to("l", out)})) == "refuse l");
    }
  }
  rules.links = MirrorLinks::copy;
  CHECK(text_of(rules.plan({link_to("l", "../../x")})) == "link l");
  CHECK(text_of(rules.plan({link_to("l", "")})) == "refuse l");
  rules.links = MirrorLinks::follow;
  CHECK(text_of(rules.plan({link_to("l", "../../x")})) == "follow l");
  // Asked about later.
  CHECK(text_of(rules.plan({link_to("l", "")})) == "follow l");
  rules.links = MirrorLinks::skip;
  CHECK(text_of(rules.plan({link_to("l", "../../x")})) == " (1 left out)");
}

TEST_CASE("what_the_rules_leave_out_is_counted") {
  Rules rules(with({false, "*.tmp"}));
  CHECK(text_of(rules.plan({file("a"), file("b.tmp"), folder("c.tmp"), link_to("d.tmp", "a")})) ==
        "fetch a (3 left out)");
}

TEST_CASE("no_folder_is_entered_below_the_depth") {
  MirrorOptions options;
  options.depth = 2;
  Rules rules(options);
  CHECK(text_of(rules.plan({file("a"), folder("b")})) == "fetch a, make b");
  rules.depth = 2;
  CHECK(text_of(rules.plan({file("a"), folder("b")})) == "fetch a (1 left out)");
}

TEST_CASE("what_only_is_here_is_removed_where_that_is_wanted") {
  Rules rules;
  const std::vector<LocalItem> local = {here(Kind::file, "a"), here(Kind::file, "old"),
                                        here(Kind::folder, "older"), link_here("oldest", "a")};
  CHECK(text_of(rules.plan({file("a")}, local)) == "keep a");
  rules.removes = true;
  CHECK(text_of(rules.plan({file("a")}, local)) ==
        "keep a, remove old, remove all of older, remove oldest");
}

TEST_CASE("nothing_is_removed_that_is_ours_unfinished_refused_or_left_out") {
  Rules rules(with({false, "*.log"}));
  rules.removes = true;
  rules.own = {"list.jsonl"};
  Entry device = file("device");
  device.type = EntryType::other;
  const FolderPlan plan = rules.plan(
      {file("big"), device, file("bad\x01")},
      {here(Kind::file, "big.part"), here(Kind::file, "big.part.journal"),
       here(Kind::file, "list.jsonl"), here(Kind::file, "mine.log"), here(Kind::file, "device"),
       here(Kind::file, "bad\x01"), here(Kind::file, "gone.part")});
  CHECK(text_of(plan) == "fetch big, refuse device, refuse bad\\x01, remove gone.part");
}

TEST_CASE("permissions_are_to_be_set_where_they_are_others") {
  Rules rules;
  Entry entry = folder("a");
  entry.permissions = "drwxr-x---";
  CHECK(rules.plan({entry}).folders.front().permissions == 0750);
  LocalItem item = here(Kind::folder, "a");
  item.permissions = 0750;
  CHECK_FALSE(rules.plan({entry}, {item}).folders.front().permissions);
  item.permissions = 0700;
  CHECK(rules.plan({entry}, {item}).folders.front().permissions == 0750);
}

TEST_CASE("paths_are_joined_with_one_slash") {
  CHECK(join_path("", "a") == "a");
  CHECK(join_path("a/b", "c") == "a/b/c");
}

TEST_CASE("targets_are_told_from_their_paths") {
  CHECK(target_in_tree("", "a/b") == "a/b");
  CHECK(target_in_tree("x/y", "../a") == "x/a");
  CHECK(target_in_tree("x/y", "./a//b/.") == "x/y/a/b");
  CHECK(target_in_tree("x", "..") == "");
  CHECK(target_in_tree("x/y", "../../x/y/a") == "x/y/a");
  CHECK_FALSE(target_in_tree("", ".."));
  CHECK_FALSE(target_in_tree("x", "../../x"));
  CHECK_FALSE(target_in_tree("x", "/x"));
  CHECK_FALSE(target_in_tree("x", ""));
}
