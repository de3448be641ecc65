// The conversation that asks what a remote file is: SIZE, MDTM, and, where the server says 550 to
// SIZE, whether the path is a folder. A server that knows none of these is no error; the facts are
// then unknown.
//
// In a name with 0xFF it finds out how that is to be written (iac.h): when the doubled form is not
// found the single one is asked for. If that has a size, so may the name that a server would read
// from it that obeys Telnet; then the single form is given up, as it would fetch another file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ftp/action.h"
#include "ftp/facts.h"
#include "ftp/owed_replies.h"
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
  /// `owed`: for the transfer before on this session. It is swallowed before the answer to SIZE.
  /// `iac`: as the server is known to want it; empty: it is found out.
  explicit Inspect(std::string path, Owed owed = Owed::nothing, std::optional<Iac> iac = {});

  /// What it asks about most files, for whoever sends ahead.
  static std::vector<Send> usual_lines(const std::string& path, std::optional<Iac> iac);

  Actions start();
  Actions on_reply(const Reply& reply);

  /// Valid after Finish.
  const FileFacts& facts() const { return facts_; }
  /// The same: as the server is known to want it by now.
  std::optional<Iac> iac() const { return known_iac_; }

 private:
  enum class State { idle, size, size_as_telnet, folder, time, ended };

  Actions enter(State state);
  Actions lose(const char* what, const Reply& reply);
  Actions on_size(const Reply& reply);
  Actions on_size_as_telnet(const Reply& reply);
  OwedReplies::Kind sort(const Reply& reply);

  const std::string path_;
  OwedReplies owed_;
  std::optional<Iac> known_iac_;
  Iac iac_;
  std::string refusal_;  // of the doubled form
  State state_ = State::idle;
  FileFacts facts_;
};

}  // namespace ftpull::ftp
