#include "ftp/listing/reader.h"

#include <utility>

namespace ftpull::ftp {
namespace {

bool is_only_blanks(std::string_view text) {
  return without_leading_blanks(text).empty();
}

bool is_settled(Verdict verdict) {
  return verdict != Verdict::unknown && verdict != Verdict::first_half;
}

/// A CR at the end of a line is gone; within a name there may be one.
std::optional<NameFault> fault_of(const Entry& entry) {
  const std::string_view name = entry.name;
  if (name.empty()) return NameFault::empty;
  if (name.size() > ListingReader::kMaxNameBytes) return NameFault::too_long;
  for (const std::string_view text : {name, std::string_view(entry.target)}) {
    if (text.find('\0') != text.npos) return NameFault::nul;
    if (text.find('\r') != text.npos) return NameFault::line_break;
  }
  if (name.find('/') != name.npos) return NameFault::slash;
  return std::nullopt;
}

}  // namespace

void ListingReader::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

bool ListingReader::next(Entry& entry) {
  while (const auto line = take_line()) {
    if (read(*line, entry)) return true;
  }
  if (finished_) give_up_first_half();
  return false;
}

std::optional<std::string_view> ListingReader::take_line() {
  while (begin_ < buffer_.size()) {
    const size_t end = buffer_.find('\n', searched_);
    const bool whole = end != buffer_.npos;
    searched_ = whole ? end : buffer_.size();
    const bool overlong = searched_ - begin_ > kMaxLineBytes;
    if (!whole && !overlong && !skipping_ && !finished_) return std::nullopt;

    std::string_view line(buffer_.data() + begin_, searched_ - begin_);
    begin_ = searched_ = whole ? end + 1 : buffer_.size();
    if (std::exchange(skipping_, (skipping_ || overlong) && !whole)) continue;
    if (overlong) {
      give_up_first_half();
      not_understood(line);
      continue;
    }
    while (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
  return std::nullopt;
}

bool ListingReader::read(std::string_view text, Entry& entry) {
  const bool blank = is_only_blanks(text);
  if (!blank && half_of_ != nullptr && join(text, entry)) {
    const std::string whole = std::exchange(first_half_, {});
    half_of_ = nullptr;
    return accept(whole, Verdict::entry, entry);
  }
  give_up_first_half();
  return !blank && accept(text, recognise(text, entry), entry);
}

/// Into one line, if that is an entry.
bool ListingReader::join(std::string_view text, Entry& entry) {
  const size_t length = first_half_.size();
  first_half_.append(" ").append(text);
  entry.clear();
  if (half_of_->parse(Line(first_half_, now_), entry) == Verdict::entry) {
    latest_ = half_of_;
    return true;
  }
  first_half_.resize(length);
  return false;
}

Verdict ListingReader::recognise(std::string_view text, Entry& entry) {
  Line line(text, now_, true);
  const auto ask = [&](const Dialect& dialect) {
    entry.clear();
    const Verdict verdict = dialect.parse(line, entry);
    if (is_settled(verdict)) latest_ = &dialect;
    return verdict;
  };
  if (latest_) {
    const Verdict verdict = ask(*latest_);
    if (is_settled(verdict)) return verdict;
  }
  line.set_dialect_known(false);
  for (const Dialect& dialect : dialects()) {
    const Verdict verdict = ask(dialect);
    if (verdict == Verdict::first_half) half_of_ = &dialect;
    if (verdict != Verdict::unknown) return verdict;
  }
  return Verdict::unknown;
}

bool ListingReader::accept(std::string_view text, Verdict verdict, Entry& entry) {
  switch (verdict) {
    case Verdict::unknown:
      not_understood(text);
      return false;
    case Verdict::first_half:
      first_half_ = text;
      return false;
    case Verdict::heading:
      return false;
    case Verdict::own_folder:
      ++tally_.own_folders;
      return false;
    case Verdict::entry:
      break;
  }
  // Some dialects mark folders with it.
  if (entry.type == EntryType::folder && entry.name.ends_with('/')) entry.name.pop_back();
  if (entry.name == "." || entry.name == "..") {
    ++tally_.own_folders;
    return false;
  }
  if (const auto fault = fault_of(entry)) {
    refuse(text, *fault);
    return false;
  }
  ++tally_.entries;
  return true;
}

void ListingReader::give_up_first_half() {
  if (half_of_ == nullptr) return;
  not_understood(first_half_);
  first_half_.clear();
  half_of_ = nullptr;
}

void ListingReader::not_understood(std::string_view text) {
  if (tally_.not_understood++ == 0) tally_.first_not_understood = text.substr(0, kMaxKeptLineBytes);
}

void ListingReader::refuse(std::string_view text, NameFault fault) {
  ++tally_.refused[static_cast<size_t>(fault)];
  if (tally_.first_fault) return;
  tally_.first_fault = fault;
  tally_.first_refused = text.substr(0, kMaxKeptLineBytes);
}

}  // namespace ftpull::ftp
