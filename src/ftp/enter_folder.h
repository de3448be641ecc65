// The conversation that makes a folder the session's working directory, to LIST it there:
//
//   -> PWD  <- 257 "/home"  -> CWD /home/pub  <- 250
//
// LIST with a path is no good: a name that begins with '-' is taken for options, blanks and '*' go
// to a shell or a glob (QUIRKS L4, L7), and a missing folder is an empty listing (E11). CWD takes
// names as they are, and says what is missing.
//
// PWD is asked once a session, which has absolute paths from then on, wherever it is; and once more
// after a transfer that was stopped early: nothing that is owed for that can be its answer.
//
// Of a name with 0xFF it finds out how that is to be written (iac.h), as Inspect does of files:
// when the doubled form is not found the single one is tried, and PWD asked whether the byte is
// still there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftp/action.h"
#include "ftp/iac.h"
#include "ftp/owed_replies.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

class EnterFolder {
 public:
  /// `home`: the login folder, and `iac`: what the server wants, where they are known. Fails with
  /// not_found where there is no such folder, and with protocol where the server does not tell its
  /// login folder.
  EnterFolder(std::string path, std::optional<std::string> home, Owed owed = Owed::nothing,
              std::optional<Iac> iac = {});

  /// What it begins with where the login folder is not known, for whoever sends ahead.
  static Send first_line() { return {"PWD"}; }

  Actions start();
  Actions on_reply(const Reply& reply);

  const std::optional<std::string>& home() const { return home_; }
  /// As the server is known to want it by now.
  std::optional<Iac> iac() const { return known_iac_; }

 private:
  enum class State { idle, pwd, cwd, check, ended };

  Actions enter(State state);
  bool may_answer(const Reply& reply) const;
  Actions on_pwd(const Reply& reply);
  Actions on_cwd(const Reply& reply);
  Actions on_refused(const Reply& reply);
  Actions on_check(const Reply& reply);
  Actions fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost = false);

  const std::string path_;
  std::optional<std::string> home_;
  const bool asks_;
  OwedReplies owed_;
  std::optional<Iac> known_iac_;
  const bool in_doubt_;  // how the path is to be written
  Iac iac_;
  std::optional<Reply> refusal_;  // of the doubled form
  State state_ = State::idle;
};

/// The path as it is from the login folder `home`, whatever the working directory.
std::string absolute_path(std::string_view path, std::string_view home);

}  // namespace ftpull::ftp
