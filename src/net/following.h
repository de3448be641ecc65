// Whether a server bears the commands for the next file while it sends one. Pure.
//
// One session tries first. What is answered speaks for the server, but each answer only a little:
// a small file may be over before the server reads what came behind it, so that it has borne
// nothing. It counts as proven after a number of answers in a row, and only then is it remembered
// for other runs. A session that is lost with such a command unanswered speaks against it, if there
// was another not long before: that may be the server's way to refuse (QUIRKS J5, K3, K4), or a bad
// network, which is no reason to go slower for the rest of a long mirror. What can only be a
// refusal, or silence, ends it at once.
#pragma once

#include <algorithm>
#include <optional>

#include "store/host_profiles.h"

namespace ftpull::net {

class Following {
 public:
  /// In a row. Where every seventh file is empty, a refusal came within the first three.
  static constexpr int kProof = 20;

  Following() = default;
  explicit Following(store::Pipelining known)
      : verdict_(known), answered_(known == store::Pipelining::works ? kProof : 0) {}

  /// May this session do it?
  bool may(int session) const {
    if (verdict_ != store::Pipelining::unknown) return verdict_ == store::Pipelining::works;
    return answered_ > 0 || first_.value_or(session) == session;
  }

  /// Lately; see verdict() for what was true of the server once.
  bool is_proven() const { return answered_ >= kProof; }
  store::Pipelining verdict() const { return verdict_; }

  void on_tried(int session) { first_ = session; }
  void on_answered() {
    answered_ = std::min(answered_ + 1, kProof);
    if (is_proven() && verdict_ == store::Pipelining::unknown) verdict_ = store::Pipelining::works;
  }
  /// A session that had not had the answer.
  void on_lost() {
    if (!is_proven()) verdict_ = store::Pipelining::fails;
    answered_ = 0;
  }
  /// Refused, not answered in time, or answered in the place of the transfer before it.
  void on_broken() { verdict_ = store::Pipelining::fails; }
  /// The session is over, whatever came of its attempt.
  void on_closed(int session) {
    if (first_ == session) first_.reset();
  }

 private:
  store::Pipelining verdict_ = store::Pipelining::unknown;
  int answered_ = 0;          // in a row, as far as it matters
  std::optional<int> first_;  // the session that tries
};

}  // namespace ftpull::net
