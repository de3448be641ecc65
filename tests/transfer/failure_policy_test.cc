#include "transfer/failure_policy.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

constexpr int kRetries = 5;

RangeFailure failure_of(ErrorKind kind, int failures = 1) {
  RangeFailure failure;
  failure.kind = kind;
  failure.failures = failures;
  return failure;
}

}  // namespace

TEST_CASE("a_range_is_tried_again_until_the_retries_are_used_up") {
  CHECK(judge(failure_of(ErrorKind::network, kRetries), kRetries) == Verdict::try_again);
  CHECK(judge(failure_of(ErrorKind::network, kRetries + 1), kRetries) == Verdict::give_up);
  CHECK(judge(failure_of(ErrorKind::network), 0) == Verdict::give_up);
}

TEST_CASE("while_another_session_is_able_no_range_is_given_up") {
  RangeFailure failure = failure_of(ErrorKind::network, 100);
  failure.others_able = 1;
  CHECK(judge(failure, kRetries) == Verdict::try_again);
}

TEST_CASE("a_session_that_never_brought_a_byte_is_at_fault_when_others_are_able") {  // O8
  for (const ErrorKind kind : {ErrorKind::network, ErrorKind::not_found, ErrorKind::protocol}) {
    RangeFailure failure = failure_of(kind);
    failure.session_proven = false;
    failure.others_able = 2;
    CHECK(judge(failure, kRetries) == Verdict::try_elsewhere);
  }
}

TEST_CASE("a_missing_file_is_given_up_unless_its_bytes_have_come") {  // O7
  RangeFailure failure = failure_of(ErrorKind::not_found);
  CHECK(judge(failure, kRetries) == Verdict::give_up);
  failure.file_is_known = true;
  CHECK(judge(failure, kRetries) == Verdict::try_again);
}

TEST_CASE("one_transfer_too_many_means_fewer") {  // C7
  RangeFailure failure = failure_of(ErrorKind::busy);
  failure.others_able = 3;
  CHECK(judge(failure, kRetries) == Verdict::fewer_transfers);
  failure.others_able = 0;
  CHECK(judge(failure, kRetries) == Verdict::try_again);
}

TEST_CASE("refused_offsets_leave_one_session_unless_they_have_worked") {  // F2, F6
  RangeFailure failure = failure_of(ErrorKind::no_restart);
  CHECK(judge(failure, kRetries) == Verdict::refuse_offsets);
  failure.offsets_have_worked = true;
  CHECK(judge(failure, kRetries) == Verdict::try_again);
  failure.offsets_have_worked = false;
  failure.offsets = Offsets::useless;
  CHECK(judge(failure, kRetries) == Verdict::try_again);
}

TEST_CASE("a_short_file_that_is_called_complete_is_tried_once_more_only") {  // E14
  CHECK(judge(failure_of(ErrorKind::corrupt, 1), kRetries) == Verdict::try_again);
  CHECK(judge(failure_of(ErrorKind::corrupt, 2), kRetries) == Verdict::give_up);
}

TEST_CASE("what_trying_again_cannot_mend_is_given_up_at_once") {
  for (const ErrorKind kind :
       {ErrorKind::disk, ErrorKind::changed, ErrorKind::tls, ErrorKind::interrupted}) {
    RangeFailure failure = failure_of(kind);
    failure.others_able = 5;
    CHECK(judge(failure, kRetries) == Verdict::give_up);
  }
}
