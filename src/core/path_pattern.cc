#include "core/path_pattern.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull {
namespace {

/// Beyond Unicode, so that a stray byte equals only itself.
constexpr uint32_t kStrayByte = 0x110000;

/// The character at `at`, which is moved behind it.
uint32_t next_character(std::string_view text, size_t& at) {
  uint32_t character = 0;
  const size_t length = utf8_length(text.substr(at), character);
  if (length == 0) character = kStrayByte | static_cast<unsigned char>(text[at]);
  at += std::max<size_t>(length, 1);
  return character;
}

tl::unexpected<Error> refuse(std::string_view pattern, std::string_view reason,
                             std::string_view hint) {
  return fail(ErrorKind::usage, fmt::format("the pattern \"{}\" {}", for_display(pattern), reason),
              {}, std::string(hint));
}

}  // namespace

/// Makes the tokens of one pattern from left to right.
class PathPattern::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<PathPattern> parse() {
    if (text_.size() > kLongest) return refuse("is too long", "Write at most 4096 bytes");
    if (text_.starts_with('/')) {
      made_.anchored_ = true;
      at_ = 1;
    }
    while (at_ < text_.size()) {
      const Status status = add_token();
      if (!status) return tl::make_unexpected(status.error());
    }
    if (!made_.tokens_.empty() && ends_with_slash()) {
      made_.folders_only_ = true;
      drop_last_slash();
    }
    if (made_.tokens_.empty()) {
      return refuse("names nothing", "Write a name, or \"*\" for all of them");
    }
    made_.anchored_ = made_.anchored_ || std::ranges::any_of(made_.tokens_, is_slash);
    return std::move(made_);
  }

 private:
  static bool is_slash(const Token& token) {
    return token.kind == Token::Kind::folders ||
           (token.kind == Token::Kind::literal && token.character == '/');
  }

  bool ends_with_slash() const { return is_slash(made_.tokens_.back()); }
  bool at_part() const { return made_.tokens_.empty() || ends_with_slash(); }

  /// "a/**" followed by '/' is "**" for folders, no more folders before something.
  void drop_last_slash() {
    Token& last = made_.tokens_.back();
    if (last.kind == Token::Kind::folders) {
      last.kind = Token::Kind::across;
    } else {
      made_.tokens_.pop_back();
    }
  }

  tl::unexpected<Error> refuse(std::string_view reason, std::string_view hint) const {
    return ftpull::refuse(text_, reason, hint);
  }

  Status add_token() {
    const uint32_t character = next_character(text_, at_);
    if (character == '[') return add_set();
    Token token;
    token.character = character;
    if (character == '*') {
      token.kind = stars();
    } else if (character == '?') {
      token.kind = Token::Kind::any;
    } else if (character == '\\') {
      if (at_ == text_.size()) return open_escape();
      token.character = next_character(text_, at_);
    }
    if (is_slash(token) && token.kind == Token::Kind::literal && at_part()) {
      return refuse("has an empty part", "Write one '/' between two names");
    }
    made_.tokens_.push_back(token);
    return {};
  }

  /// After a first '*'.
  Token::Kind stars() {
    const size_t first = at_;
    while (at_ < text_.size() && text_[at_] == '*') ++at_;
    if (at_ == first) return Token::Kind::within;
    if (!at_part() || at_ == text_.size() || text_[at_] != '/') return Token::Kind::across;
    ++at_;
    return Token::Kind::folders;
  }

  tl::unexpected<Error> open_escape() const {
    return refuse("ends with a '\\' that has nothing to escape",
                  "Write \"\\\\\" for the character itself");
  }

  /// A character of a set, without its special meaning.
  Result<uint32_t> set_character() {
    uint32_t character = next_character(text_, at_);
    if (character == '[' && text_.substr(at_).starts_with(':')) {
      return refuse("has a class of characters in a set", "Write its ranges, for example [a-zA-Z]");
    }
    if (character == '\\') {
      if (at_ == text_.size()) return open_escape();
      character = next_character(text_, at_);
    }
    if (character == '/') return refuse("has a '/' in a set", "Write '/' outside of \"[...]\"");
    return character;
  }

  /// After its '['.
  Status add_set() {
    Token token;
    token.kind = Token::Kind::set;
    token.first_range = static_cast<uint32_t>(made_.ranges_.size());
    if (at_ < text_.size() && text_[at_] == '!') {
      token.negated = true;
      ++at_;
    }
    for (bool first = true; at_ < text_.size(); first = false) {
      if (text_[at_] == ']' && !first) {
        ++at_;
        token.end_range = static_cast<uint32_t>(made_.ranges_.size());
        made_.tokens_.push_back(token);
        return {};
      }
      const Status status = add_range();
      if (!status) return status;
    }
    return refuse("has a '[' without a ']'", "Close the set, or write \"\\[\" for the character");
  }

  Status add_range() {
    const Result<uint32_t> first = set_character();
    if (!first) return tl::make_unexpected(first.error());
    Result<uint32_t> last = first;
    // A '-' before the ']' is one of the set.
    const std::string_view rest = text_.substr(at_);
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      ++at_;
      last = set_character();
      if (!last) return tl::make_unexpected(last.error());
    }
    if (*last < *first) {
      return refuse("has a range that runs backwards", "Write the smaller character first");
    }
    made_.ranges_.emplace_back(*first, *last);
    return {};
  }

  const std::string_view text_;
  size_t at_ = 0;
  PathPattern made_;
};

Result<PathPattern> PathPattern::parse(std::string_view text) {
  return Parser(text).parse();
}

bool PathPattern::takes(const Token& token, uint32_t character) const {
  if (token.kind == Token::Kind::literal) return token.character == character;
  if (character == '/') return false;
  if (token.kind == Token::Kind::any) return true;
  const auto* const first = ranges_.data() + token.first_range;
  const auto* const end = ranges_.data() + token.end_range;
  return token.negated != std::any_of(first, end, [&](const auto& range) {
           return range.first <= character && character <= range.second;
         });
}

bool PathPattern::matches(std::string_view path, bool is_folder) const {
  if (path.empty() || path.size() > kLongest || (folders_only_ && !is_folder)) return false;
  if (anchored_) return matches_whole(path);
  return matches_whole(path.substr(path.rfind('/') + 1));
}

/// Which characters of the text can the tokens so far have taken? Kept for all numbers of
/// characters at once, instead of attempts that are taken back: those may be as many as there are
/// ways to share out the text among the stars.
class PathPattern::Places {
 public:
  explicit Places(std::string_view text) {
    text_.reserve(text.size());
    for (size_t at = 0; at < text.size();) text_.push_back(next_character(text, at));
    reached_.assign(text_.size() + 1, false);
    reached_[0] = true;
  }

  /// False when there is no place left.
  bool advance(const PathPattern& pattern, const Token& token) {
    if (token.kind == Token::Kind::folders) {
      skip_folders();
    } else if (token.kind == Token::Kind::across || token.kind == Token::Kind::within) {
      skip_many(token.kind == Token::Kind::across);
    } else {
      take_one(pattern, token);
    }
    while (lowest_ <= highest_ && !reached_[lowest_]) ++lowest_;
    return lowest_ <= highest_;
  }

  bool at_end() const { return reached_.back(); }

 private:
  void take_one(const PathPattern& pattern, const Token& token) {
    highest_ = std::min(highest_ + 1, text_.size());
    for (size_t at = highest_; at > lowest_; --at) {
      reached_[at] = reached_[at - 1] && pattern.takes(token, text_[at - 1]);
    }
    reached_[lowest_++] = false;
  }

  void skip_many(bool across) {
    for (size_t at = lowest_; at < text_.size(); ++at) {
      if (!reached_[at] || (!across && text_[at] == '/')) continue;
      reached_[at + 1] = true;
      highest_ = std::max(highest_, at + 1);
    }
  }

  void skip_folders() {
    for (size_t at = lowest_; at < text_.size(); ++at) {
      if (text_[at] != '/') continue;
      reached_[at + 1] = true;
      highest_ = std::max(highest_, at + 1);
    }
  }

  std::u32string text_;
  std::vector<bool> reached_;
  size_t lowest_ = 0;   // nothing before it is reached,
  size_t highest_ = 0;  // and nothing after it
};

bool PathPattern::matches_whole(std::string_view text) const {
  Places places(text);
  return std::ranges::all_of(tokens_,
                             [&](const Token& token) { return places.advance(*this, token); }) &&
         places.at_end();
}

}  // namespace ftpull
