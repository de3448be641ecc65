// Names of the files of a download, as a person types them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ftpull::cli {

/// NAME of NAME.part.
inline std::filesystem::path final_path(const std::filesystem::path& part) {
  return part.extension() == ".part" ? std::filesystem::path(part).replace_extension() : part;
}

/// `text` as one word of a POSIX shell, to be pasted: as it is where that is safe, else in quotes.
/// What for_display() would escape is escaped so that bash, zsh and ksh read the same bytes.
std::string shell_word(std::string_view text);

}  // namespace ftpull::cli
