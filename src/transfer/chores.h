// Work that may block, one thing at a time and in order: what comes later may rely on what was
// asked for before it.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "transfer/background.h"

namespace ftpull::transfer {

class Chores {
 public:
  /// It must not be destroyed before is_idle().
  explicit Chores(Background& background) : background_(background) {}

  /// `work` runs in the background; `done` on the caller's thread when it has ended.
  void add(std::function<void()> work, std::function<void()> done) {
    waiting_.push_back({std::move(work), std::move(done)});
    begin_next();
  }
  bool is_idle() const { return !busy_ && waiting_.empty(); }

 private:
  struct Chore {
    std::function<void()> work;
    std::function<void()> done;
  };

  void begin_next() {
    if (busy_ || waiting_.empty()) return;
    busy_ = true;
    Chore chore = std::move(waiting_.front());
    waiting_.pop_front();
    background_.run(std::move(chore.work), [this, done = std::move(chore.done)] {
      busy_ = false;
      done();
      begin_next();
    });
  }

  Background& background_;
  std::deque<Chore> waiting_;
  bool busy_ = false;
};

}  // namespace ftpull::transfer
