// Patterns for paths within a tree, as a person writes them to say what of it is wanted.
//
//   *.iso        a file or folder with such a name, in all folders
//   /tmp         "tmp" at the top only; so does any '/' within a pattern: "a/b" is "b" in the
//                folder "a" at the top
//   old/         folders named "old", and nothing else
//   a/**         all that is below the folder "a", but not "a" itself
//   **/b/c       "c" in any folder "b", at the top too
//
// '*' stands for any characters but '/', '?' for one, "**" for any characters. "**/" at the
// beginning or after a '/' stands for any folders, none too. "[a-z]" is one character of a set and
// "[!a-z]" one that is not in it, never '/'; a ']' that comes first in it is one of the set. '\'
// takes the special meaning off the character that follows, in sets too. Case matters.
//
// A character is a sequence of UTF-8; a byte that belongs to none is a character of its own, so any
// bytes may be matched with any. Time is at most the product of both lengths, whatever they hold.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "ftpull/error.h"

namespace ftpull {

class PathPattern {
 public:
  /// Bytes, what systems allow a path to be long: what is longer matches nothing.
  static constexpr size_t kLongest = 4096;

  /// Fails with usage when the pattern is empty or too long, has an empty part ("a//b"), an open
  /// '[', a set that holds nothing, '/' or a range that runs backwards, a class as "[:alpha:]", or
  /// a '\' at the end.
  static Result<PathPattern> parse(std::string_view text);

  /// Of a path as mirror.h describes them. The tree itself, "", matches nothing.
  bool matches(std::string_view path, bool is_folder) const;

 private:
  struct Token {
    enum class Kind {
      literal,
      any,      // '?'
      set,      // [first_range, end_range) of ranges_
      within,   // '*'
      across,   // "**"
      folders,  // "**/", of whole parts
    };
    Kind kind = Kind::literal;
    bool negated = false;
    uint32_t character = 0;
    uint32_t first_range = 0;
    uint32_t end_range = 0;
  };
  class Parser;
  class Places;

  bool takes(const Token& token, uint32_t character) const;
  bool matches_whole(std::string_view text) const;

  std::vector<Token> tokens_;
  std::vector<std::pair<uint32_t, uint32_t>> ranges_;  // first and last character
  bool anchored_ = false;
  bool folders_only_ = false;
};

}  // namespace ftpull
