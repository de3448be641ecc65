#include "cli/listing_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/outcome.h"
#include "cli/utc.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

constexpr size_t kMostBytesOfLine = 200;  // of one that cannot be used: enough to know it again

/// A name that was cut could not be typed.
std::string whole(std::string_view text) {
  return for_display(text, 4 * text.size());
}

std::string shown_name(const Entry& entry) {
  std::string name = whole(entry.name);
  if (entry.version != 0) name += fmt::format(";{}", entry.version);
  return entry.type == EntryType::folder ? name + '/' : name;
}

std::string_view type_letter(EntryType type) {
  switch (type) {
    case EntryType::file:
      return "-";
    case EntryType::folder:
      return "d";
    case EntryType::link:
      return "l";
    case EntryType::other:
      return "?";
  }
  return "?";
}

struct Row {
  std::string permissions;
  std::string size;
  std::string time;
  std::string name;
};

Row row_of(const Entry& entry) {
  Row row;
  row.permissions =
      entry.permissions.empty() ? type_letter(entry.type) : for_display(entry.permissions);
  if (entry.size_bytes) row.size = std::to_string(*entry.size_bytes);
  if (entry.time && has_usual_year(entry.time->unix_seconds))
    row.time = format_entry_time(*entry.time);
  row.name = shown_name(entry);
  if (!entry.target.empty()) row.name += " -> " + whole(entry.target);
  return row;
}

/// A name of one letter is in most messages, but not as a word.
bool has_word(std::string_view message, std::string_view name) {
  const std::string words = fmt::format(" {} ", message);
  return words.find(fmt::format(" {} ", name)) != std::string::npos ||
         words.find(fmt::format(" {}:", name)) != std::string::npos;
}

size_t widest(const std::vector<Row>& rows, std::string Row::*column) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, (row.*column).size());
  return width;
}

}  // namespace

std::string path_within(std::string_view folder, std::string_view name) {
  const bool needs_slash = !folder.empty() && !folder.ends_with('/');
  return fmt::format("{}{}{}", folder, needs_slash ? "/" : "", name);
}

std::string shown_folder(std::string_view path) {
  if (path.empty()) return ".";
  return whole(path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
}

std::string format_entry_time(const EntryTime& time) {
  const bool is_day = time.precision == TimePrecision::day;
  return format_utc(time.unix_seconds, is_day ? "%Y-%m-%d" : "%Y-%m-%d %H:%M");
}

std::string format_names(const ListedFolder& folder) {
  std::string out;
  for (const Entry& entry : folder.entries) out += shown_name(entry) + '\n';
  return out;
}

std::string format_long(const ListedFolder& folder) {
  std::vector<Row> rows;
  for (const Entry& entry : folder.entries) rows.push_back(row_of(entry));
  const size_t permissions = widest(rows, &Row::permissions);
  const size_t size = widest(rows, &Row::size);
  const size_t time = widest(rows, &Row::time);
  std::string out;
  for (const Row& row : rows) {
    out += fmt::format("{:<{}} ", row.permissions, permissions);
    if (size != 0) out += fmt::format("{:>{}} ", row.size, size);
    if (time != 0) out += fmt::format("{:<{}} ", row.time, time);
    out += row.name + '\n';
  }
  return out;
}

std::string describe_unusable(const ListedFolder& folder) {
  const bool one = folder.unusable_lines == 1;
  return fmt::format(
      "{}: {} line{} of its listing cannot be used, there may be more in it; {}: \"{}\"",
      shown_folder(folder.path), folder.unusable_lines, one ? "" : "s",
      one ? "it is" : "the first of them", for_display(folder.first_unusable, kMostBytesOfLine));
}

std::string describe_failure(std::string_view name, Error error) {
  // Nothing was begun that could go on.
  const bool has_hint = !error.hint.empty() || error.kind == ErrorKind::interrupted;
  if (!has_hint) error.hint = usual_hint(error.kind);
  return describe_named_failure(name, error);
}

std::string describe_named_failure(std::string_view name, const Error& error) {
  return has_word(error.message, name) ? describe(error)
                                       : fmt::format("{}: {}", name, describe(error));
}

}  // namespace ftpull::cli
