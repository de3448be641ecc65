#include "transfer/inspection.h"

#include <utility>

namespace ftpull::transfer {
namespace {

/// The session may have been at fault, and not the question.
constexpr int kMostLosses = 2;

}  // namespace

void Inspection::step() {
  if (answer_) {
    Question answered = std::move(questions_.front());
    questions_.pop_front();
    answered.done(*std::exchange(answer_, std::nullopt));
  }
  if (questions_.empty()) {
    if (session_ != nullptr && !asking_) pool_.give_back(*std::exchange(session_, nullptr));
    if (session_ == nullptr) pool_.want(*this, 0);
    return;
  }
  pool_.want(*this, 1);
  if (session_ == nullptr) session_ = pool_.borrow(*this);
  if (session_ == nullptr || asking_) return;
  asking_ = true;
  session_->inspect(questions_.front().path, true);
}

void Inspection::stop() {
  questions_.clear();
  answer_.reset();
  if (session_ != nullptr) pool_.discard(*session_);
}

void Inspection::on_inspected(Session&, Result<ftp::FileFacts> facts) {
  asking_ = false;
  if (!questions_.empty()) answer_ = std::move(facts);
}

void Inspection::on_lost(Session&, const SessionEnd& end, TimePoint) {
  session_ = nullptr;
  if (!std::exchange(asking_, false) || questions_.empty()) return;
  if (++questions_.front().losses >= kMostLosses) answer_ = tl::make_unexpected(end.error);
}

}  // namespace ftpull::transfer
