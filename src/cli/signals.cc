#include "cli/signals.h"

#include <atomic>
#include <cerrno>
#include <unistd.h>

namespace ftpull::cli {
namespace {

std::atomic<FileFetcher*> to_stop{nullptr};
std::atomic<bool> stopping{false};
static_assert(std::atomic<FileFetcher*>::is_always_lock_free, "or a signal handler may wait");

extern "C" void stop_or_leave(int) {
  const int error_before = errno;
  FileFetcher* const fetcher = to_stop.load();
  if (fetcher == nullptr || stopping.exchange(true)) _exit(exit_code(ErrorKind::interrupted));
  fetcher->stop();
  errno = error_before;
}

}  // namespace

InterruptGuard::InterruptGuard(FileFetcher& fetcher) {
  stopping = false;
  to_stop = &fetcher;
  struct sigaction action {};
  action.sa_handler = stop_or_leave;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
  to_stop = nullptr;
}

bool InterruptGuard::was_interrupted() {
  return stopping;
}

void take_write_errors_as_values() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);
}

}  // namespace ftpull::cli
