// One session: reads commands one at a time, in order, and answers each as the script wants.
//
// A command is carried out in steps: begin() asks the script, waits its delay; perform() calls the
// handler of the verb; every handler ends with exactly one finish(). Commands that arrive meanwhile
// wait, so a client may pipeline; only ABOR is seen at once while a transfer runs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "behaviour.h"
#include "control.h"
#include "core/token_bucket.h"
#include "data_listener.h"
#include "data_sender.h"
#include "event_log.h"
#include "handles.h"
#include "script.h"
#include "tree.h"

namespace ftpull::test_server {

/// What all sessions of a server share.
struct Shared {
  uv_loop_t* loop;
  Script& script;
  const Tree& tree;
  EventLog& log;
  TokenBucket rate;
  std::function<void()> session_gone;  // may be called deep inside a session: destroy it later
  uint64_t sessions = 0;
  uint64_t logged_in = 0;
  uint64_t transfers = 0;
};

class Session final : public Control::Owner {
 public:
  /// `number` counts accepted connections from 1.
  Session(Shared& shared, int number, Handle<uv_tcp_t> socket);
  void start();
  /// Closes everything at once, as when the server ends.
  void stop();
  bool gone() const { return gone_; }

 private:
  struct Handler {
    void (Session::*run)();
    bool needs_login;
  };
  struct Transfer {
    std::string path;
    std::unique_ptr<Content> content;
    uint64_t asked = 0;
    uint64_t offset = 0;
    uint64_t end = kNoLimit;
  };

  void on_line(std::string line) override;
  void on_gone() override;

  bool may_wait();
  void next();
  void begin(std::string_view line);
  void carry_out();
  bool answer_instead();
  void perform();
  void reply(const std::string& text);
  void finish(const std::string& text);
  void conclude();
  void close(Closing how);
  void set_logged_in();
  void drop_data();
  static const Handler* find_handler(std::string_view verb);

  void greet();
  void do_user();
  void do_pass();
  void do_acct();
  void admit();
  void do_quit();
  void do_syst();
  void do_feat();
  void do_opts();
  void do_noop();
  void do_type();
  void do_mode();
  void do_stru();
  void do_pwd();
  void do_cwd();
  void do_cdup();
  void change_folder(const std::optional<std::string>& path);
  void do_size();
  void do_mdtm();
  void do_mlst();

  void do_rest();
  void do_rang();
  void do_epsv();
  void do_pasv();
  bool open_listener();
  void do_retr();
  void do_list();
  void do_nlst();
  void do_mlsd();
  void do_abor();
  void list_with(std::string (*write)(const Node&));
  std::unique_ptr<Content> listing_to_send(const std::string& path,
                                           std::string (*write)(const Node&)) const;
  uint64_t offset_to_send_from() const;
  void begin_transfer(Transfer transfer);
  void run_transfer(int socket);
  void end_transfer(Ending ending);

  /// The path that the command's argument names, nothing when it climbs out.
  std::optional<std::string> argument_path() const;
  std::optional<Node> argument_node() const;

  Shared& shared_;
  int number_;
  Timer timer_;
  Control control_;
  bool gone_ = false;
  bool closing_ = false;

  std::deque<std::string> lines_;
  bool busy_ = false;
  std::string verb_;
  std::string argument_;
  Behaviour behaviour_;

  std::string user_;
  bool password_good_ = false;
  bool logged_in_ = false;
  std::string folder_ = "/";
  uint64_t rest_ = 0;
  uint64_t rang_end_ = kNoLimit;  // of the bytes to send; RANG names the last one

  std::unique_ptr<DataListener> listener_;
  std::unique_ptr<DataSender> sender_;
  Transfer transfer_;
  bool transferring_ = false;
  bool transfer_waits_ = false;  // for its end and its final reply
  bool aborted_ = false;
  bool overtaken_ = false;
};

}  // namespace ftpull::test_server
