// Plays scripts (script.h) to the conversation that fetches a file: here always "f".
#pragma once

#include <cstdint>
#include <string_view>

#include "ftp/retrieve.h"
#include "script.h"

namespace ftpull::ftp::script {

inline auto retrieve(const Retrieve::Request& request, std::string_view script) {
  return run([&] { return Retrieve(request); }, script);
}

inline Retrieve::Request from(uint64_t offset) {
  Retrieve::Request request;
  request.path = "f";
  request.offset = offset;
  return request;
}

}  // namespace ftpull::ftp::script
