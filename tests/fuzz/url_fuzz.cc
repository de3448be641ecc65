// Any bytes as a URL: what is accepted can be sent to a server without saying more than was meant,
// and what is refused shows no password.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ftpull/url.h"

using namespace ftpull;

namespace {

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "url fuzz: %s\n", what);
  std::abort();
}

void check_plain(const std::string& bytes) {
  if (bytes.find_first_of(std::string_view("\r\n\0", 3)) != bytes.npos) {
    broken("bytes that would end a command");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  const auto url = Url::parse({reinterpret_cast<const char*>(input), size});
  if (!url) {
    if (url.error().kind != ErrorKind::usage) broken("an error of another kind");
    return 0;
  }
  if (url->host.empty()) broken("no host");
  if (url->port == 0) broken("no port");
  check_plain(url->host);
  check_plain(url->path);
  check_plain(url->user.value_or(""));
  check_plain(url->password.value_or(""));
  if (url->type != '\0' && std::string_view("aid").find(url->type) == std::string_view::npos) {
    broken("a type that is none");
  }
  return 0;
}
