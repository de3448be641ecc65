#include "transfer/visit.h"

#include <utility>

namespace ftpull::transfer {

TimePoint Visit::step(TimePoint now) {
  if (!result_) {
    if (Session* const session = pool_.borrow(*this)) {
      pool_.give_back(*session);
      end({});
    } else if (pool_.failure()) {
      end(tl::make_unexpected(*pool_.failure()));
    }
  }
  return pool_.step(now);
}

void Visit::stop() {
  if (!result_) end(fail(ErrorKind::interrupted, "stopped"));
}

void Visit::end(Status result) {
  result_ = std::move(result);
  pool_.want(*this, 0);
}

}  // namespace ftpull::transfer
