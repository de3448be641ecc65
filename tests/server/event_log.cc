#include "event_log.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "latin1.h"

namespace ftpull::test_server {

Result<EventLog> EventLog::open(const std::string& path) {
  EventLog log;
  log.file_.reset(std::fopen(path.c_str(), "we"));
  if (!log.file_) {
    return fail(ErrorKind::disk, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
  return log;
}

template <class... Fields>
void EventLog::write(std::string_view event, int session, Fields... fields) {
  if (!file_) return;
  nlohmann::ordered_json line;
  line["event"] = event;
  line["t"] = to_seconds(std::chrono::steady_clock::now() - start_);
  line["session"] = session;
  ((line[fields.first] = fields.second), ...);
  std::string text = line.dump() + "\n";
  std::fwrite(text.data(), 1, text.size(), file_.get());
  std::fflush(file_.get());
}

void EventLog::session_opened(int session, std::string_view peer) {
  write("open", session, std::pair("peer", peer));
}

void EventLog::session_closed(int session, std::string_view by) {
  write("close", session, std::pair("by", by));
}

void EventLog::command(int session, std::string_view line) {
  write("command", session, std::pair("line", bytes_to_latin1(line)));
}

void EventLog::reply(int session, std::string_view text) {
  write("reply", session, std::pair("text", bytes_to_latin1(text)));
}

void EventLog::data_opened(int session) {
  write("data_open", session);
}

void EventLog::data_closed(int session, const TransferEnd& end) {
  write("data_close", session, std::pair("file", bytes_to_latin1(end.file)),
        std::pair("rest", end.rest), std::pair("offset", end.offset), std::pair("bytes", end.bytes),
        std::pair("ended", end.ended));
}

}  // namespace ftpull::test_server
