// Any bytes as a listing: reading it must not crash, where it is cut must not matter, and each
// entry's name may be used as one.
//
// The first byte of the input is the length of the pieces in which the rest comes the second time.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "../ftp/listing_pieces.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "listing fuzz: %s\n", what);
  std::abort();
}

void check(const Entry& entry) {
  constexpr std::string_view kBreaking("/\0\r\n", 4);
  if (entry.name.empty() || entry.name == "." || entry.name == "..") broken("a name that is none");
  if (entry.name.size() > ListingReader::kMaxNameBytes) broken("a name that is too long");
  if (entry.name.find_first_of(kBreaking) != entry.name.npos) broken("a name that leads elsewhere");
  if (entry.target.find_first_of(kBreaking.substr(1)) != entry.target.npos) {
    broken("a target that breaks commands");
  }
  if (entry.size_bytes && (entry.type != EntryType::file || *entry.size_bytes > INT64_MAX)) {
    broken("a size that is none");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(input + 1), size - 1);
  const auto whole = listing::read(bytes);
  const size_t piece = size_t{input[0]} + 1;
  if (listing::read_in_pieces(bytes, [&] { return piece; }) != whole)
    broken("it matters where it is cut");
  if (whole.tally.entries != whole.entries.size()) broken("entries are counted wrongly");
  for (const Entry& entry : whole.entries) check(entry);
  return 0;
}
