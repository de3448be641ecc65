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
  /// `home`: the login folder, where it is known. Fails with not_found where there is no such
  /// folder, and with protocol where the server does not tell its login folder.
  EnterFolder(std::string path, std::optional<std::string> home, bool reply_owed = false,
              Iac iac = Iac::doubled)
      : path_(std::move(path)),
        home_(std::move(home)),
        asks_(reply_owed || !home_),
        owed_(reply_owed),
        iac_(iac) {}

  Actions start();
  Actions on_reply(const Reply& reply);

  const std::optional<std::string>& home() const { return home_; }

 private:
  enum class State { idle, pwd, cwd, ended };

  Actions enter(State state);
  Actions on_pwd(const Reply& reply);
  Actions fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost = false);

  const std::string path_;
  std::optional<std::string> home_;
  const bool asks_;
  OwedReplies owed_;
  const Iac iac_;
  State state_ = State::idle;
};

/// The path as it is from the login folder `home`, whatever the working directory.
std::string absolute_path(std::string_view path, std::string_view home);

}  // namespace ftpull::ftp
