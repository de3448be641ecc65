// Any bytes as a control connection: where they are cut must not matter, and what is kept stays
// small.
//
// The first byte of the input is the length of the pieces in which the rest comes the second time.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ftp/facts.h"
#include "ftp/features.h"
#include "ftp/passive.h"
#include "ftp/refusal.h"
#include "ftp/reply.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "reply fuzz: %s\n", what);
  std::abort();
}

struct Outcome {
  std::vector<Reply> replies;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, size_t piece) {
  ReplyParser parser;
  Outcome outcome;
  while (!bytes.empty() && !outcome.failed) {
    const size_t length = std::min(piece, bytes.size());
    outcome.failed = !parser.feed(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  while (auto reply = parser.next()) outcome.replies.push_back(std::move(*reply));
  return outcome;
}

void check(const Reply& reply) {
  if (reply.code < 100 || reply.code > 999) broken("a code that is none");
  if (reply.lines.empty()) broken("a reply without a line");
  if (reply.lines.size() > ReplyParser::kMaxKeptLines + 1) broken("too many lines");
  for (const std::string& line : reply.lines) {
    if (line.size() > ReplyParser::kMaxKeptLineBytes) broken("too long a line");
    if (line.find_first_of(std::string_view("\0\n", 2)) != line.npos) broken("a line in a line");
  }
}

/// Whoever reads replies must bear them all.
void read_as_everything(const Reply& reply) {
  static_cast<void>(parse_size(reply));
  static_cast<void>(parse_mdtm(reply));
  static_cast<void>(parse_epsv(reply));
  static_cast<void>(parse_pasv(reply));
  static_cast<void>(Features::parse(reply));
  for (const CommandKind kind :
       {CommandKind::epsv, CommandKind::pasv, CommandKind::rest, CommandKind::retr}) {
    static_cast<void>(classify_refusal(kind, reply, "a/b"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(input + 1), size - 1);
  const Outcome whole = read(bytes, size);
  const Outcome cut = read(bytes, size_t{input[0]} + 1);
  if (cut.failed != whole.failed) broken("it matters where it is cut");
  if (!whole.failed && cut.replies != whole.replies) broken("replies depend on the cuts");
  for (const Reply& reply : whole.replies) {
    check(reply);
    read_as_everything(reply);
  }
  return 0;
}
