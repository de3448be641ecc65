// The commands of a session that use a data connection, or prepare one.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "listing.h"
#include "session.h"

namespace ftpull::test_server {
namespace {

/// How long a client may take to connect to the data port.
constexpr uint64_t kConnectTimeout_ms = 30'000;

std::string list_line_today(const Node& node) {
  return list_line(node, std::time(nullptr));
}

/// In place of each "%d", with as many digits whatever the number is.
std::string with_number(std::string line, uint64_t number) {
  const std::string digits = fmt::format("{:08}", number);
  for (size_t at = line.find("%d"); at != line.npos; at = line.find("%d", at + digits.size())) {
    line.replace(at, 2, digits);
  }
  return line.ends_with('\n') ? line : line + "\r\n";
}

}  // namespace

void Session::do_rest() {
  auto offset = parse_decimal(argument_);
  if (!offset) return finish("501 The offset is a decimal number.\r\n");
  rest_ = *offset;
  rang_end_ = kNoLimit;
  finish(fmt::format("350 Restart position accepted ({}).\r\n", rest_));
}

/// As ProFTPD 1.3.8 does it.
void Session::do_rang() {
  const size_t blank = std::min(argument_.find(' '), argument_.size());
  const auto first = parse_decimal(std::string_view(argument_).substr(0, blank));
  const auto last = parse_decimal(trim(std::string_view(argument_).substr(blank)));
  const bool reset = first == 1 && last == 0;
  if (!first || !last || (*first > *last && !reset))
    return finish("501 RANG takes two offsets.\r\n");
  rest_ = reset ? 0 : *first;
  rang_end_ = reset ? kNoLimit : *last + 1;
  finish(fmt::format("350 Transferring the bytes from {} to {}.\r\n", *first, *last));
}

bool Session::open_listener() {
  DataListener::Options options{control_.local_address(), behaviour_.dead_port,
                                behaviour_.accept_delay_ms};
  listener_.reset();
  auto listener = DataListener::open(shared_.loop, options);
  if (listener) listener_ = std::move(*listener);
  return listener_ != nullptr;
}

void Session::do_epsv() {
  if (!open_listener()) return finish("425 No data port.\r\n");
  finish(fmt::format("229 Entering Extended Passive Mode (|||{}|)\r\n", listener_->port()));
}

void Session::do_pasv() {
  std::string host = behaviour_.pasv_host.value_or(control_.local_address());
  if (host.find(':') != std::string::npos) return finish("425 PASV is for IPv4, use EPSV.\r\n");
  if (!open_listener()) return finish("425 No data port.\r\n");
  std::replace(host.begin(), host.end(), '.', ',');
  int port = listener_->port();
  finish(fmt::format("227 Entering Passive Mode ({},{},{}).\r\n", host, port / 256, port % 256));
}

uint64_t Session::offset_to_send_from() const {
  if (behaviour_.rest_ignored || rest_ == 0) return 0;
  uint64_t offset = behaviour_.rest_modulo > 0 ? rest_ % behaviour_.rest_modulo : rest_;
  int64_t shift = behaviour_.rest_shift;
  if (shift < 0) return offset - std::min(offset, static_cast<uint64_t>(-shift));
  return offset + static_cast<uint64_t>(shift);
}

void Session::do_retr() {
  Transfer transfer{argument_path().value_or(""), nullptr, rest_, offset_to_send_from(),
                    behaviour_.rang_overshoots ? kNoLimit : rang_end_};
  if (!behaviour_.rest_kept) {
    rest_ = 0;
    rang_end_ = kNoLimit;
  }
  const Settings& settings = shared_.script.settings();
  std::string problem;
  if (behaviour_.file_size) {
    transfer.content = std::make_unique<GeneratedContent>(*behaviour_.file_size, 1);
  } else if (!transfer.path.empty()) {
    transfer.content = shared_.tree.open(transfer.path);
  }
  if (!transfer.content) {
    problem = "550 Failed to open file.\r\n";
  } else if (transfer.asked > transfer.content->size()) {
    problem = "554 The restart offset is beyond the end of the file.\r\n";
  } else if (shared_.transfers >= settings.max_transfers) {
    problem = settings.max_transfers_reply.value_or("451 Too many transfers.\r\n");
  }
  if (problem.empty()) return begin_transfer(std::move(transfer));
  listener_.reset();
  finish(problem);
}

void Session::do_list() {
  list_with(list_line_today);
}

void Session::do_nlst() {
  list_with(name_line);
}

void Session::do_mlsd() {
  list_with(fact_line);
}

void Session::list_with(std::string (*write)(const Node&)) {
  if (argument_.starts_with('-')) {
    size_t blank = argument_.find(' ');
    argument_ = blank == std::string::npos ? "" : argument_.substr(blank + 1);
  }
  rest_ = 0;
  const std::string path = argument_path().value_or("");
  auto content = listing_to_send(path, write);
  if (!content) {
    listener_.reset();
    return finish("550 No such file or directory.\r\n");
  }
  begin_transfer({path, std::move(content)});
}

/// Null where nothing is.
std::unique_ptr<Content> Session::listing_to_send(const std::string& path,
                                                  std::string (*write)(const Node&)) const {
  if (behaviour_.listing) {
    const auto& lines = *behaviour_.listing;
    return std::make_unique<LinesContent>(
        lines.size() * behaviour_.listing_count,
        [lines](uint64_t i) { return with_number(lines[i % lines.size()], i / lines.size()); });
  }
  const auto node = path.empty() ? std::nullopt : shared_.tree.find(path);
  if (!node) return nullptr;
  if (!node->folder) {
    return std::make_unique<LinesContent>(1, [node, write](uint64_t) { return write(*node); });
  }
  const FolderItems items = shared_.tree.list(path);
  return std::make_unique<LinesContent>(
      items.count, [items, write](uint64_t i) { return write(items.item(i)); });
}

void Session::begin_transfer(Transfer transfer) {
  if (!listener_) return finish("425 Use PASV or EPSV first.\r\n");
  transfer_ = std::move(transfer);
  transferring_ = true;
  transfer_waits_ = true;
  ++shared_.transfers;
  timer_.start(kConnectTimeout_ms, [this] {
    drop_data();
    finish("425 Failed to establish connection.\r\n");
  });
  listener_->when_connected([this](int socket) { run_transfer(socket); });
}

void Session::run_transfer(int socket) {
  timer_.stop();
  listener_.reset();
  shared_.log.data_opened(number_);
  std::string start = fmt::format("150 Opening BINARY mode data connection for {} ({} bytes).\r\n",
                                  transfer_.path, transfer_.content->size());
  sender_ = std::make_unique<DataSender>(
      shared_.loop, socket, std::move(transfer_.content), transfer_.offset, transfer_.end,
      behaviour_.data, shared_.rate, [this](Ending ending) { end_transfer(ending); });
  sender_->start();
  reply(behaviour_.start_reply.value_or(start));
  if (behaviour_.end_first) reply(behaviour_.end_reply.value_or("226 Transfer complete.\r\n"));
}

void Session::end_transfer(Ending ending) {
  shared_.log.data_closed(number_, {transfer_.path, transfer_.asked, transfer_.offset,
                                    sender_->bytes_sent(), ending_name(ending)});
  sender_.reset();
  transferring_ = false;
  --shared_.transfers;
  if (gone_ || closing_ || overtaken_) return;
  std::string text;
  switch (ending) {
    case Ending::complete:
      text = behaviour_.end_reply.value_or("226 Transfer complete.\r\n");
      break;
    case Ending::cut:
      text = behaviour_.end_reply.value_or("426 Failure writing network stream.\r\n");
      break;
    case Ending::client_closed:
      text = behaviour_.abort_reply.value_or("426 Failure writing network stream.\r\n");
      behaviour_.close_after = std::max(behaviour_.close_after, behaviour_.abort_close);
      break;
    case Ending::aborted:
      text = "426 Transfer aborted.\r\n";
      break;
  }
  if (behaviour_.end_first) text.clear();
  timer_.start(behaviour_.end_delay_ms, [this, text] { finish(text); });
}

void Session::do_abor() {
  bool aborted = std::exchange(aborted_, false);
  finish(aborted ? "226 ABOR successful.\r\n" : "225 No transfer to ABOR.\r\n");
}

}  // namespace ftpull::test_server
