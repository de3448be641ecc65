// A line of a listing, and its words: what the parsers of the dialects look at.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ftpull::ftp {

/// Words are separated by blanks (space, tab). Does not own the text, which has no line end.
class Line {
 public:
  // The widest dialects have ten columns; owners and groups with blanks make some more. What
  // follows belongs to a name, which is taken as it came.
  static constexpr size_t kMaxWords = 32;

  /// `now` is for dates without a year. `dialect_known` says that the latest line that was
  /// understood is of the dialect that is asked about this one.
  Line(std::string_view text, int64_t now_unix_seconds, bool dialect_known = false);

  std::string_view text() const { return text_; }
  int64_t now() const { return now_; }
  bool dialect_known() const { return dialect_known_; }
  void set_dialect_known(bool known) { dialect_known_ = known; }

  size_t words() const { return count_; }
  /// Empty when there are not so many.
  std::string_view word(size_t i) const {
    return i < count_ ? text_.substr(begins_[i], ends_[i] - begins_[i]) : std::string_view();
  }
  std::string_view last_word() const { return count_ == 0 ? text_.substr(0, 0) : word(count_ - 1); }

  /// Columns, counted from 0. For words that are there.
  size_t begin_of(size_t i) const { return begins_[i]; }
  size_t end_of(size_t i) const { return ends_[i]; }

  /// The text from the beginning of word `i` to the end of the line; empty without that word.
  std::string_view from(size_t i) const {
    return i < count_ ? text_.substr(begins_[i]) : std::string_view();
  }
  /// The text after word `i` and `blanks` more columns: a name with its own leading blanks (L14).
  std::string_view after(size_t i, size_t blanks = 1) const {
    return i < count_ && ends_[i] + blanks < text_.size() ? text_.substr(ends_[i] + blanks)
                                                          : std::string_view();
  }

 private:
  std::string_view text_;
  int64_t now_;
  bool dialect_known_;
  size_t count_ = 0;
  std::array<uint32_t, kMaxWords> begins_;
  std::array<uint32_t, kMaxWords> ends_;
};

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_number(std::string_view word);

/// Are all characters of `word`, which is not empty, in `set`?
bool is_made_of(std::string_view word, std::string_view set);

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Without the blanks that it begins with.
std::string_view without_leading_blanks(std::string_view text);

}  // namespace ftpull::ftp
