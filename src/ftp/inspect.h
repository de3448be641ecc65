// The conversation that asks what a remote file is: SIZE, MDTM, and, where the server says 550 to
// SIZE, whether the path is a folder. A server that knows none of these is no error; the facts are
// then unknown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ftp/action.h"
#include "ftp/facts.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

struct FileFacts {
  /// 0 may mean "cannot tell" (QUIRKS G5): only the transfer shows whether the file is empty.
  std::optional<uint64_t> size_bytes;
  std::optional<Mdtm> mdtm;
  /// The 550 to SIZE: what the server would most likely say to RETR as well. Not a fact of the
  /// file.
  std::string refusal;
  friend bool operator==(const FileFacts& a, const FileFacts& b) {
    return a.size_bytes == b.size_bytes && a.mdtm.has_value() == b.mdtm.has_value() &&
           (!a.mdtm || a.mdtm->raw == b.mdtm->raw);
  }
};

class Inspect {
 public:
  /// `reply_owed`: a transfer on this session was stopped before its final reply came. What answers
  /// it, in one of many forms or not at all (QUIRKS D), is swallowed before the answer to SIZE.
  explicit Inspect(std::string path, bool reply_owed = false)
      : path_(std::move(path)), reply_owed_(reply_owed) {}

  /// What it asks about most files, for whoever sends ahead.
  static std::vector<Send> usual_lines(const std::string& path);

  Actions start();
  Actions on_reply(const Reply& reply);

  /// Valid after Finish.
  const FileFacts& facts() const { return facts_; }

 private:
  enum class State { idle, size, folder, time, ended };

  Actions enter(State state);
  bool swallow_owed(const Reply& reply);

  const std::string path_;
  const bool reply_owed_;
  int owed_swallowed_ = 0;
  State state_ = State::idle;
  FileFacts facts_;
};

}  // namespace ftpull::ftp
