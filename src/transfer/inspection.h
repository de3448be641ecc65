// Asks what remote files are, one after the other, over one session of a pool at a time.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "transfer/session_pool.h"

namespace ftpull::transfer {

class Inspection final : public SessionUser {
 public:
  using Done = std::function<void(Result<ftp::FileFacts>)>;

  /// The pool must outlive it.
  explicit Inspection(SessionPool& pool) : pool_(pool) {}

  /// `done` is called from step(). A path that is a folder fails with usage; one where the session
  /// is lost twice with what befell that.
  void ask(std::string path, Done done) {
    questions_.push_back({std::move(path), std::move(done)});
  }
  bool is_idle() const { return questions_.empty() && session_ == nullptr; }

  /// The pool's own step() must follow.
  void step();
  void stop();

 private:
  struct Question {
    std::string path;
    Done done;
    int losses = 0;
  };

  void on_inspected(Session& session, Result<ftp::FileFacts> facts) override;
  void on_bytes(Session&, uint64_t, TimePoint) override {}
  void on_range_end(Session&, const RangeEnd&, TimePoint) override {}
  void on_lost(Session& session, const SessionEnd& end, TimePoint now) override;

  SessionPool& pool_;
  std::deque<Question> questions_;
  Session* session_ = nullptr;
  bool asking_ = false;
  std::optional<Result<ftp::FileFacts>> answer_;
};

}  // namespace ftpull::transfer
