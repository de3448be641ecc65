// What happened, one JSON object a line, flushed at once: see README.md for the events.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "core/time.h"

namespace ftpull::test_server {

class EventLog {
 public:
  /// Logs nothing.
  EventLog() = default;
  static Result<EventLog> open(const std::string& path);

  void session_opened(int session, std::string_view peer);
  void session_closed(int session, std::string_view by);
  void command(int session, std::string_view line);
  void reply(int session, std::string_view text);
  void data_opened(int session);

  struct TransferEnd {
    std::string_view file;
    uint64_t rest = 0;    // asked for with REST
    uint64_t offset = 0;  // sent from
    uint64_t bytes = 0;   // handed to the kernel
    std::string_view ended;
  };
  void data_closed(int session, const TransferEnd& end);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  template <class... Fields>
  void write(std::string_view event, int session, Fields... fields);

  std::unique_ptr<std::FILE, CloseFile> file_;
  TimePoint start_ = std::chrono::steady_clock::now();
};

}  // namespace ftpull::test_server
